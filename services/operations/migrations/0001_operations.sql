-- Everything here is derived from events and can be derived again. No personal data.

-- One row per journey, which is everything that followed from one assessment. How each column comes
-- about from events in any order: services/operations/journeys.py.
create table journey (
    id                         uuid        primary key,
    place_id                   text        not null,
    started_at                 timestamptz not null,
    agency_id                  text,
    urgency                    text,
    accepted_at                timestamptz,
    review_at                  timestamptz,
    matched_at                 timestamptz,
    decided_at                 timestamptz,
    alerted_at                 timestamptz,
    due_at                     timestamptz,
    acknowledged_at            timestamptz,
    acknowledged_by            text,
    outcome_at                 timestamptz,
    outcome                    text,
    outcome_version            integer,
    outcome_final              boolean,
    household_id               uuid,
    household_time             timestamptz,
    household_event            uuid,
    decision                   text,
    decision_time              timestamptz,
    decision_event             uuid,
    front_door_at              timestamptz,
    front_door_alerted_at      timestamptz,
    front_door_due_at          timestamptz,
    front_door_acknowledged_at timestamptz,
    state                      text not null generated always as (case
        when review_at is not null and matched_at is null and decided_at is null then 'under_review'
        when decision = 'queued' then 'queued'
        when acknowledged_at is not null then 'acknowledged'
        when alerted_at is not null then 'alerted'
        when decided_at is not null then 'decided'
        when matched_at is not null then 'matched'
        else 'accepted' end) stored,
    open                       boolean not null generated always as (
        acknowledged_at is null or outcome_at is null
        or (front_door_at is not null and front_door_acknowledged_at is null)) stored
) with (fillfactor = 75);
create index journey_started on journey (started_at desc, id desc);
create index journey_agency on journey (agency_id, started_at desc, id desc);
create index journey_household on journey (household_id) where household_id is not null;
create index journey_open on journey (started_at) where open;

-- Every event, once. `seen_in` is the transaction that wrote it: what a reader has not seen yet is
-- what later transactions wrote, whichever of them commits first.
create table journey_event (
    event_id   uuid        primary key,
    journey_id uuid        not null,
    type       text        not null,
    time       timestamptz not null,
    topic      text        not null,
    partition  integer     not null,
    "offset"   bigint      not null,
    subject    text        not null,
    seen_in    bigint      not null default (pg_current_xact_id()::text::bigint)
);
create index journey_event_journey on journey_event (journey_id);
create index journey_event_seen on journey_event (seen_in);

-- Referrals opened: one per ReferralOpened.
create table referral (
    id            uuid        primary key,
    journey_id    uuid        not null,
    place_id      text        not null,
    household_id  uuid        not null,
    team_id       text        not null,
    agency_id     text        not null,
    re_referral   boolean     not null,
    opened_at     timestamptz not null
);

-- Referrals avoided: one per assessment and household to which it was routed instead.
create table ledger (
    assessment_id           uuid        not null,
    household_id            uuid        not null,
    event_id                uuid        not null,
    place_id                text        not null,
    agency_id               text        not null,
    engagement_id           uuid        not null,
    team_id                 text        not null,
    key_worker_id           text        not null,
    routed_at               timestamptz not null,
    would_have_referred_for text,
    decision_id             uuid        not null,
    match_rule              text        not null,
    match_weight            double precision,
    model_version           text        not null,
    reasons                 jsonb       not null,
    primary key (assessment_id, household_id)
);
create index ledger_routed on ledger (routed_at desc, assessment_id desc);
create index ledger_household on ledger (household_id);

-- The ledger as it stands: a row is reversed once its assessment is found to be of another
-- household. Counts of referrals avoided are counts of this view and of nothing else.
create view ledger_entry as
    select l.*, j.acknowledged_by, j.acknowledged_at, j.accepted_at,
        case when j.household_id <> l.household_id then j.household_time end as reversed_at
    from ledger l join journey j on j.id = l.assessment_id;

-- How many events of each topic were seen, in slots of ten seconds.
create table flow (
    topic  text        not null,
    slot   timestamptz not null,
    events integer     not null,
    primary key (topic, slot)
);
