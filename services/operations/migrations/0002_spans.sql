-- Spans that services send when there is no collector: what the journey's page draws. No personal
-- data. Kept for a while and up to a number (services/operations/settings.py).
create table span (
    span_id     text        primary key,
    trace_id    text        not null,
    parent_id   text,
    journey_ids uuid[]      not null,
    service     text        not null,
    name        text        not null,
    kind        text        not null,
    started_at  timestamptz not null,
    duration_ms float8      not null,
    failed      boolean     not null,
    attributes  jsonb       not null,
    links       text[]      not null,
    number      bigint      not null generated always as identity
);
create index span_journey on span using gin (journey_ids) with (fastupdate = off);
create index span_started on span (started_at);
create index span_number on span (number);
