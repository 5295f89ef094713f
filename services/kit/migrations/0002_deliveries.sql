-- What is told to somebody outside, one row for each telling: kept until it arrived or was given up.
-- Those of one lane go out in order, one at a time. `content` says where to find what is told, or
-- is it; no personal data.
create table delivery (
    id              uuid        primary key,            -- the receiver sees it: the same every time
    sequence        bigint      generated always as identity,
    channel         text        not null,
    destination     text        not null,
    lane            text        not null,
    content         jsonb       not null,
    journey_id      uuid        not null,
    traceparent     text,
    created_at      timestamptz not null,
    state           text        not null default 'waiting'
                                check (state in ('waiting', 'delivered', 'given_up')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz,                        -- while it is being tried: when that lapses
    last_attempt_at timestamptz,
    last_status     text,
    settled_at      timestamptz,
    check ((state = 'waiting') = (next_attempt_at is not null)),
    check ((state = 'waiting') = (settled_at is null))
);
create index delivery_due on delivery (next_attempt_at) where state = 'waiting';
create index delivery_lane on delivery (lane, sequence) where state = 'waiting';
create index delivery_of_destination on delivery (destination, sequence);
create index delivery_settled on delivery (settled_at) where state <> 'waiting';
