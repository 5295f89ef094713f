-- What was erased, here and when and why: ids that will never be anything again, and how many rows of
-- which table went. An id stays for ever, so that a repeated or replayed event brings nothing back.
create table erasure (
    erasure_id uuid        primary key,
    place_id   text        not null,
    reason     text        not null,          -- ErasureReason
    erased_at  timestamptz not null,
    counts     jsonb       not null           -- {"table": rows}; names nobody
);
create table erased_id (
    id         uuid primary key,              -- an assessment's, a household's or a person's
    erasure_id uuid not null references erasure
);
