-- Where an agency wants to be told, one address each. The secret signs, so it is kept as it is: this
-- schema's role alone can read it.
create table webhook_endpoint (
    agency_id       text        primary key references agency,
    url             text        not null,
    secret          text        not null,
    previous_secret text,                       -- signs as well, until its receiver has the new one
    previous_until  timestamptz,
    created_at      timestamptz not null,
    changed_at      timestamptz not null,
    succeeded_at    timestamptz,
    failing_since   timestamptz,
    disabled_at     timestamptz,
    statement       text,                       -- why it was disabled, and what to do
    check ((disabled_at is null) = (statement is null)),
    check ((previous_secret is null) = (previous_until is null))
);
