-- The chassis' own tables; every service's schema has them.

create table consumed_event (
    consumer    text        not null,
    event_id    uuid        not null,
    consumed_at timestamptz not null default now(),
    primary key (consumer, event_id)
);
create index consumed_event_age on consumed_event (consumed_at);

create table outbox (
    id          bigint generated always as identity primary key,
    event_id    uuid        not null unique,
    topic       text        not null,
    type        text        not null,
    source      text        not null,
    occurred_at timestamptz not null,
    subject     text        not null,
    journey_id  uuid        not null,
    place_id    text        not null,
    traceparent text,
    value       bytea       not null,
    created_at  timestamptz not null default now(),
    sent_at     timestamptz
);
create index outbox_unsent on outbox (id) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

-- Where a record is that could not be handled, and why: a pointer into Kafka, so that no personal
-- data rests here. Retrying reads the record again.
create table parked_record (
    id            bigint generated always as identity primary key,
    consumer      text        not null,
    topic         text        not null,
    partition     integer     not null,
    record_offset bigint      not null,
    event_id      uuid,
    event_type    text,
    reason        text        not null,
    parked_at     timestamptz not null default now(),
    state         text        not null default 'parked' check (state in ('parked', 'retried', 'discarded')),
    decided_at    timestamptz,
    decided_by    text,
    unique (consumer, topic, partition, record_offset)
);
create index parked_record_open on parked_record (parked_at) where state = 'parked';
