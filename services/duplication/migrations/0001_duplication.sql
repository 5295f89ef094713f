-- People, households and why they are thought to be so. Personal data rests here and in agencies.
-- Every row carries its place: a place never sees another's people.

create table person (
    id           uuid     not null primary key,
    place_id     text     not null,
    profile      jsonb    not null,           -- distinct normalised values per field
    households   uuid[]   not null,           -- every household they were in, the present one last
    mentions     integer  not null,
    retired_into uuid     references person   -- said by a reviewer to be that person
);

create table household (
    id           uuid        not null primary key,
    place_id     text        not null,
    homes        jsonb       not null,        -- distinct normalised addresses
    members      uuid[]      not null,        -- people in it now
    provisional  boolean     not null,        -- its assessment is under review
    first_seen   timestamptz not null
);

-- A household that was linked into another: its id resolves for ever.
create table household_redirect (
    retired_id   uuid        not null primary key references household,
    household_id uuid        not null references household,
    place_id     text        not null,
    redirected_at timestamptz not null
);
create index household_redirect_target on household_redirect (household_id);

create table membership (
    household_id uuid        not null references household,
    person_id    uuid        not null references person,
    since        timestamptz not null,
    until        timestamptz,
    place_id     text        not null,
    primary key (household_id, person_id, since)
);
create unique index membership_open on membership (person_id, household_id) where until is null;

-- One assessment as received, as far as showing and re-deciding need it.
create table assessment (
    id           uuid        not null primary key,
    place_id     text        not null,
    agency_id    text        not null,
    received_at  timestamptz not null,
    household_id uuid        not null references household,
    address      jsonb,
    restrictions text[]      not null,
    facts        jsonb       not null         -- RoutingFacts, for the events a review will send
);
create index assessment_household on assessment (household_id);

-- One person in one assessment: a pointer at the person they are said to be.
create table mention (
    assessment_id uuid     not null,
    position      smallint not null,
    place_id      text     not null,
    person_id     uuid     not null references person,
    as_given      jsonb    not null,          -- the agency's words: contracts.assessments.Person
    primary key (assessment_id, position)
);
create index mention_person on mention (person_id);

create table decision (
    id            uuid        not null primary key,
    assessment_id uuid        not null unique,
    place_id      text        not null,
    household_id  uuid        not null,
    outcome       text        not null check (outcome in ('new', 'matched', 'review')),
    rule          text        not null,
    weight        double precision,
    model_version text        not null,
    detail        jsonb       not null,       -- weights per field, runner-up, guards, thresholds
    decided_at    timestamptz not null
);

create table block_key (
    place_id  text   not null,
    key       bigint not null,
    person_id uuid   not null,
    primary key (place_id, key, person_id)
);
create index block_key_person on block_key (person_id);

create table term_frequency (
    place_id text    not null,
    term     bigint  not null,
    count    integer not null,
    primary key (place_id, term)
) with (fillfactor = 70);

create table review_case (
    id            uuid        not null primary key,
    assessment_id uuid        not null unique,
    place_id      text        not null,
    household_id  uuid        not null,       -- the provisional household
    candidates    jsonb       not null,
    urgency       text        not null,
    opened_at     timestamptz not null,
    due_at        timestamptz not null,
    verdict       text check (verdict in ('same', 'different', 'cannot_tell')),
    reviewed_by   text,
    reviewed_at   timestamptz,
    event_id      uuid        not null,
    journey_id    uuid        not null
);
create index review_case_open on review_case (place_id, due_at) where verdict is null;

-- What people said: two people, or a person and a household, are or are not one. The matcher obeys.
create table cannot_link (
    place_id  text        not null,
    one       uuid        not null,
    other     uuid        not null,
    review_id uuid        not null,
    said_by   text        not null,
    said_at   timestamptz not null,
    primary key (one, other)
);
create index cannot_link_other on cannot_link (other);

create table must_link (
    place_id  text        not null,
    one       uuid        not null,
    other     uuid        not null,
    review_id uuid        not null,
    said_by   text        not null,
    said_at   timestamptz not null,
    primary key (one, other)
);

-- Who looked at whom, and why. Rows are only ever added.
create table access_audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null,
    actor      text        not null,
    purpose    text        not null,
    what       text        not null check (what in ('household', 'decision', 'review')),
    subject_id uuid        not null,
    place_id   text
);
create index access_audit_subject on access_audit (subject_id, at);

create function forbid_change() returns trigger language plpgsql as $$
begin
    raise exception 'access_audit only grows' using errcode = 'restrict_violation';
end $$;
create trigger access_audit_only_grows before update or delete or truncate on access_audit
    for each statement execute function forbid_change();
