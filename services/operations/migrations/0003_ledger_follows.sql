-- Which assessment an engagement began with: the other half of every referral avoided.
create table engagement_start (
    engagement_id uuid        primary key,
    assessment_id uuid        not null,
    place_id      text        not null,
    assigned_at   timestamptz not null
);

-- Households said to be one. What is known of a link, in whatever order its events come.
create table household_link (
    link_id              uuid        primary key,
    household_id         uuid,
    retired_household_id uuid,
    undone_at            timestamptz
);
create index household_link_retired on household_link (retired_household_id)
    where undone_at is null;

-- Every id that a link retired, and the household it is part of now. Links that were taken back,
-- and any that would run in a circle, do not count.
create view household_redirect as
    with recursive step as (
        select retired_household_id as retired_id, household_id, 1 as depth
        from household_link where undone_at is null and household_id is not null
        union all
        select s.retired_id, l.household_id, s.depth + 1
        from step s join household_link l on l.retired_household_id = s.household_id
        where l.undone_at is null and l.household_id <> s.retired_id and s.depth < 100
    )
    select distinct on (retired_id) retired_id, household_id
    from step order by retired_id, depth desc;

create or replace view ledger_entry as
    select l.*, j.acknowledged_by, j.acknowledged_at, j.accepted_at,
        case when j.household_id <> l.household_id then j.household_time end as reversed_at,
        s.assessment_id as first_assessment_id,
        coalesce(r.household_id, l.household_id) as household_now
    from ledger l join journey j on j.id = l.assessment_id
        left join engagement_start s on s.engagement_id = l.engagement_id
        left join household_redirect r on r.retired_id = l.household_id;
