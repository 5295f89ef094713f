-- Who asked what is held about a person, and what they were given: by the request's own reference,
-- never by name. A row for every copy that left Kith; nothing of the copy itself is kept.
alter table access_audit drop constraint access_audit_what_check;
alter table access_audit add constraint access_audit_what_check
    check (what in ('household', 'decision', 'review', 'person', 'export'));

create table subject_access_export (
    export_id      uuid        not null primary key,
    place_id       text        not null,
    at             timestamptz not null,
    actor          text        not null,
    purpose        text        not null,
    request        text        not null,      -- the office's own reference of the request
    identity       text        not null,      -- how it was checked who asks: a closed word
    person_id      uuid        not null,
    assessment_ids uuid[]      not null,      -- what it covers
    left_out       jsonb       not null,      -- assessments that it does not, each with its reason
    kept           text[]      not null,      -- which words the officer decided to leave in it
    withheld       text[]      not null,      -- and which not: places in assessments, never the words
    undecided      integer     not null,      -- possible matches that nobody had decided by then
    sha256         bytea       not null check (octet_length(sha256) = 32),
    bytes          bigint      not null
);
create index subject_access_export_of_place on subject_access_export (place_id, at);
create index subject_access_export_of_person on subject_access_export (person_id, at);

create function subject_access_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'subject_access_export only grows' using errcode = 'restrict_violation';
end $$;
create trigger subject_access_export_only_grows before update or delete or truncate
    on subject_access_export for each statement execute function subject_access_only_grows();
