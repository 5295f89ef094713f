-- Agencies, what each may send, and how each proves who it is.

create table agency (
    agency_id       text        primary key,
    place_id        text        not null,
    name            text        not null,
    kind            text        not null,
    locality        text        not null,
    writes_to_kafka boolean     not null default false,
    added_at        timestamptz not null default now(),
    left_at         timestamptz
);

-- One agreement per agency: the gateways, purposes and groups of fields that it names.
create table sharing_agreement (
    agency_id    text   primary key references agency,
    reference    text   not null,
    lawful_bases text[] not null,
    purposes     text[] not null,
    field_groups text[] not null,
    valid_from   date   not null,
    valid_until  date
);

-- The secret has 256 random bits, so a plain hash keeps it.
create table credential (
    prefix        text        primary key,
    agency_id     text        not null references agency,
    secret_sha256 bytea       not null check (octet_length(secret_sha256) = 32),
    label         text        not null default '',
    created_at    timestamptz not null default now(),
    revoked_at    timestamptz
);
create index credential_agency on credential (agency_id);

-- Assessments as received. The same reference of an agency twice is the same assessment.
create table assessment (
    assessment_id  uuid        primary key,
    agency_id      text        not null references agency,
    place_id       text        not null,
    reference      text        not null,
    channel        text        not null,
    recorded_at    timestamptz not null,
    received_at    timestamptz not null,
    content_sha256 bytea       not null,
    submission     jsonb       not null,
    traceparent    text,
    unique (agency_id, reference)
);
create index assessment_of_agency on assessment (agency_id, assessment_id);

-- Answers already given, by the key the agency chose, to be given again.
create table idempotency_key (
    agency_id      text        not null references agency,
    key            text        not null,
    request_sha256 bytea       not null,
    location       text,
    answer         bytea       not null,
    created_at     timestamptz not null,
    primary key (agency_id, key)
);
create index idempotency_key_age on idempotency_key (created_at);

-- What was refused on an agency's own topic: field and rule, never a value.
create table rejection (
    rejection_id  bigint generated always as identity primary key,
    agency_id     text        not null references agency,
    topic         text        not null,
    partition     integer     not null,
    record_offset bigint      not null,
    written_at    timestamptz not null,
    reference     text,
    errors        jsonb       not null,
    rejected_at   timestamptz not null,
    unique (topic, partition, record_offset, written_at)
);
create index rejection_of_agency on rejection (agency_id, rejection_id);

-- What is known of each assessment's fate, and what its agency was last told: one row each.
-- There is no reference to assessment: a topic may be replayed into an empty store.
create table outcome (
    assessment_id uuid        primary key,
    agency_id     text        not null,
    household_id  uuid,
    referral_id   uuid,
    known         jsonb       not null,
    kind          text,
    final         boolean     not null default false,
    contact       jsonb,
    front_door    jsonb,
    acknowledged_at timestamptz,
    version       integer     not null default 0,
    stated_at     timestamptz
);
create index outcome_referral on outcome (referral_id) where referral_id is not null;
create index outcome_household on outcome (household_id) where household_id is not null;

-- Every statement made to an agency, for ever.
create table outcome_statement (
    sequence      bigint generated always as identity unique,
    assessment_id uuid        not null,
    version       integer     not null,
    agency_id     text        not null,
    kind          text        not null,
    final         boolean     not null,
    contact       jsonb,
    front_door    jsonb,
    acknowledged_at timestamptz,
    reason        text        not null,
    stated_at     timestamptz not null,
    primary key (assessment_id, version)
);
create index outcome_statement_of_agency on outcome_statement (agency_id, sequence);

-- A key worker named for a referral, and for all that wait on it.
create table assignment (
    referral_id   uuid        primary key,
    household_id  uuid        not null,
    assessment_id uuid        not null,
    known         jsonb       not null
);
create index assignment_household on assignment (household_id);

-- Who has said that they know. Kept apart: it may come before what it answers.
create table acknowledgement (
    alert_id        uuid        primary key,
    assessment_id   uuid        not null,
    household_id    uuid,
    kind            text        not null,
    acknowledged_at timestamptz not null
);
create index acknowledgement_assessment on acknowledgement (assessment_id);

-- Every look at an assessment by Kith's own people, on whose behalf and why.
create table disclosure (
    disclosure_id  bigint generated always as identity primary key,
    at             timestamptz not null,
    actor          text        not null,
    purpose        text        not null,
    assessment_ids uuid[]      not null,
    fields         text[]      not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create trigger disclosure_append_only before update or delete or truncate on disclosure
    for each statement execute function refuse_change();
create trigger outcome_statement_append_only before update or delete or truncate
    on outcome_statement for each statement execute function refuse_change();
