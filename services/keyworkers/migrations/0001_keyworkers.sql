-- Places as data: every version of a place file that was ever in force.
create table place_version (
    place_id  text        not null,
    version   integer     not null,
    sha256    text        not null,
    document  bytea       not null,
    loaded_at timestamptz not null,
    primary key (place_id, version)
);
create table place (
    place_id text    not null primary key,
    version  integer not null,
    foreign key (place_id, version) references place_version
);

-- One referral is opened when a household has nobody. It is open until its engagement ends, and
-- waits while there is no engagement.
create table referral (
    referral_id      uuid        not null primary key,
    place_id         text        not null,
    household_id     uuid        not null,
    team_id          text        not null,
    assessment_id    uuid        not null,
    cause            jsonb       not null,
    severity         text        not null check (severity in ('immediate', 'urgent', 'routine')),
    severity_order   smallint    not null,
    re_referral      boolean     not null,
    languages        jsonb       not null,
    skills           jsonb       not null,
    known_households jsonb       not null,
    reasons          jsonb       not null,
    traceparent      text,
    opened_at        timestamptz not null,
    engagement_id    uuid,
    assigned_at      timestamptz,
    closed_at        timestamptz
);
create unique index referral_one_open_per_household on referral (household_id) where closed_at is null;
create index referral_of_household on referral (household_id);
create index referral_waiting on referral (place_id, team_id, severity_order, opened_at)
    where engagement_id is null and closed_at is null;

create view waiting_list as
    select referral_id, place_id, household_id, team_id, assessment_id, cause, severity,
           severity_order, re_referral, languages, skills, known_households, reasons, traceparent,
           opened_at, engagement_id, assigned_at
      from referral where engagement_id is null and closed_at is null;

create table engagement (
    engagement_id uuid        not null primary key,
    place_id      text        not null,
    household_id  uuid        not null,
    referral_id   uuid        not null references referral,
    team_id       text        not null,
    key_worker_id text        not null,
    intensity     float8      not null default 1,
    started_at    timestamptz not null,
    ended_at      timestamptz,
    end_reason    text,
    ended_by      text,
    check (ended_at is null or end_reason is not null)
);
create unique index engagement_one_active_per_household on engagement (household_id) where ended_at is null;
create index engagement_of_household on engagement (household_id);
create index engagement_active_of_key_worker on engagement (place_id, key_worker_id)
    include (intensity) where ended_at is null;
create index engagement_latest_of_key_worker on engagement (place_id, key_worker_id, started_at desc);

-- Why this key worker: the whole ranking as it stood, in words.
create table assignment_reason (
    engagement_id uuid     not null references engagement,
    rank          smallint not null,
    key_worker_id text     not null,
    eligible      boolean  not null,
    reasons       jsonb    not null,
    primary key (engagement_id, rank)
);

create table conflict_of_interest (
    place_id      text        not null,
    key_worker_id text        not null,
    household_id  uuid        not null,
    declared_at   timestamptz not null,
    declared_by   text        not null,
    primary key (place_id, key_worker_id, household_id)
);

-- What became of each assessment; `referral_avoided` is what the ledger counts.
create table assessment_route (
    assessment_id    uuid        not null primary key,
    place_id         text        not null,
    state            text        not null
        check (state in ('under_review', 'provisional', 'queued', 'opened', 'routed')),
    household_id     uuid,
    referral_id      uuid,
    engagement_id    uuid,
    referral_avoided boolean     not null,
    front_door       boolean     not null,
    severity         text        not null,
    cause            jsonb       not null,
    evidence         jsonb       not null,
    reasons          jsonb       not null,
    traceparent      text,
    received_at      timestamptz not null
);
create index assessment_route_of_household on assessment_route (household_id);
create index assessment_route_queued on assessment_route (referral_id) where state = 'queued';

-- Opaque ids only: who has been seen in which household, for continuity.
create table household_person (
    person_id    uuid not null,
    household_id uuid not null,
    place_id     text not null,
    primary key (person_id, household_id)
);

create table pending_review (
    review_id     uuid        not null primary key,
    place_id      text        not null,
    assessment_id uuid        not null,
    due_at        timestamptz not null,
    candidates    jsonb       not null,
    facts         jsonb       not null,
    evidence      jsonb       not null,
    traceparent   text,
    state         text        not null check (state in ('pending', 'told', 'reviewed'))
);
create index pending_review_due on pending_review (due_at) where state = 'pending';
