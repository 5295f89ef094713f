-- One row for each time that an assessment was routed instead of a referral being opened.
alter table ledger drop constraint ledger_pkey;
alter table ledger add primary key (event_id);
create index ledger_assessment on ledger (assessment_id);

-- What takes a row back, by name: the assessment was not that engagement's.
create table ledger_reversal (
    event_id      uuid        primary key,
    assessment_id uuid        not null,
    engagement_id uuid        not null,
    reversed_at   timestamptz not null
);
create index ledger_reversal_assessment on ledger_reversal (assessment_id);

-- Who said that they know of an assessment, each time.
create table acknowledgement (
    event_id        uuid        primary key,
    assessment_id   uuid        not null,
    acknowledged_by text        not null,
    acknowledged_at timestamptz not null
);
create index acknowledgement_assessment on acknowledgement (assessment_id, acknowledged_at);

-- What was reversed so far stays so; and so is what was taken back without having gone to another
-- household, and not been routed to the same one again.
insert into ledger_reversal
    select event_id, assessment_id, engagement_id, max(reversed_at) from (
        select event_id, assessment_id, engagement_id, reversed_at from ledger_entry
         where reversed_at is not null
        union all
        select l.event_id, l.assessment_id, l.engagement_id, e.time
          from ledger l join journey_event e on e.journey_id = l.assessment_id
         where e.type = 'kith.keyworkers.routing.reversed.v1' and e.time > l.routed_at
           and e.subject = l.household_id::text and not exists (
               select from journey_event again where again.journey_id = l.assessment_id
                  and again.type = 'kith.keyworkers.assessment.routed.v1'
                  and again.subject = e.subject and again.time >= e.time)
    ) as known group by 1, 2, 3;
insert into acknowledgement
    select id, id, acknowledged_by, acknowledged_at from journey where acknowledged_at is not null;

-- A row stands until it is reversed, after it was written and however often before. Who
-- acknowledged it: the first to say so while it stood. Where it stands, its household is its
-- assessment's; where it does not, the one that it was thought to be.
drop view ledger_entry;
create view ledger_entry as
    select l.*,
        (select a.acknowledged_by from acknowledgement a
            where a.assessment_id = l.assessment_id and a.acknowledged_at >= l.routed_at
              and (v.reversed_at is null or a.acknowledged_at <= v.reversed_at)
            order by a.acknowledged_at, a.acknowledged_by limit 1) as acknowledged_by,
        (select min(a.acknowledged_at) from acknowledgement a
            where a.assessment_id = l.assessment_id and a.acknowledged_at >= l.routed_at
              and (v.reversed_at is null or a.acknowledged_at <= v.reversed_at)) as acknowledged_at,
        j.accepted_at, v.reversed_at, s.assessment_id as first_assessment_id,
        coalesce(r.household_id, h.id) as household_now
    from ledger l join journey j on j.id = l.assessment_id
        left join lateral (select min(v.reversed_at) as reversed_at from ledger_reversal v
            where v.assessment_id = l.assessment_id and v.engagement_id = l.engagement_id
              and v.reversed_at > l.routed_at) v on true
        left join engagement_start s on s.engagement_id = l.engagement_id
        cross join lateral (select case when v.reversed_at is null
            then coalesce(j.household_id, l.household_id) else l.household_id end as id) h
        left join household_redirect r on r.retired_id = h.id;
