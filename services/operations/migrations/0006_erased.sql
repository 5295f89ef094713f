-- Of an assessment that was erased a row stays to be counted, under an id that nobody else has: what was
-- measured of past months stays true, and nothing leads to whose it was. It is on no page and waits for
-- nothing.
alter table journey add column erased boolean not null default false;

create or replace view ledger_entry as
    select l.*,
        (select a.acknowledged_by from acknowledgement a
            where a.assessment_id = l.assessment_id and a.acknowledged_at >= l.routed_at
              and (v.reversed_at is null or a.acknowledged_at <= v.reversed_at)
            order by a.acknowledged_at, a.acknowledged_by limit 1) as acknowledged_by,
        (select min(a.acknowledged_at) from acknowledgement a
            where a.assessment_id = l.assessment_id and a.acknowledged_at >= l.routed_at
              and (v.reversed_at is null or a.acknowledged_at <= v.reversed_at)) as acknowledged_at,
        j.accepted_at, v.reversed_at, s.assessment_id as first_assessment_id,
        coalesce(r.household_id, h.id) as household_now, j.erased
    from ledger l join journey j on j.id = l.assessment_id
        left join lateral (select min(v.reversed_at) as reversed_at from ledger_reversal v
            where v.assessment_id = l.assessment_id and v.engagement_id = l.engagement_id
              and v.reversed_at > l.routed_at) v on true
        left join engagement_start s on s.engagement_id = l.engagement_id
        cross join lateral (select case when v.reversed_at is null
            then coalesce(j.household_id, l.household_id) else l.household_id end as id) h
        left join household_redirect r on r.retired_id = h.id;

-- What was ordered to be erased, and when it was: erased or refused. Whichever is heard first.
create table erasure_order (
    erasure_id  uuid        primary key,
    ordered_at  timestamptz,
    answered_at timestamptz
);
create index erasure_order_open on erasure_order (ordered_at) where answered_at is null;
-- Found by the assessment that is erased.
create index referral_of_journey on referral (journey_id);
create index engagement_start_of on engagement_start (assessment_id);
