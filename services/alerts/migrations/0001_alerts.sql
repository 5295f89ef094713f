-- One row per alert. Opaque ids, and practitioners' work contacts: no personal data.
create table alert (
    id              uuid        primary key,
    place_id        text        not null,
    kind            text        not null,
    severity        text        not null,
    recipient       jsonb       not null,
    plan            jsonb       not null,               -- whom to tell next, in order
    assessment_id   uuid        not null,
    household_id    uuid,
    details         jsonb       not null,               -- agency, restrictions, reasons, grounds
    raised_at       timestamptz not null,
    due_at          timestamptz not null,
    step            integer     not null default 0,     -- how far the plan has been followed
    escalate_at     timestamptz,                        -- null: acknowledged, or nobody is left
    acknowledged_by text,
    acknowledged_at timestamptz,
    answer          text,
    traceparent     text,
    check ((acknowledged_by is null) = (acknowledged_at is null)),
    check (acknowledged_at is null or escalate_at is null)
);
create index alert_escalate on alert (escalate_at) where escalate_at is not null;
create index alert_unacknowledged on alert (due_at) where acknowledged_at is null;
create index alert_acknowledged on alert (acknowledged_at) where acknowledged_at is not null;

-- Each step that was taken when nobody acknowledged in time. Step 1 follows the first recipient.
create table escalation (
    alert_id     uuid        not null references alert,
    step         integer     not null,
    recipient    jsonb       not null,
    escalated_at timestamptz not null,
    due_at       timestamptz not null,
    primary key (alert_id, step)
);

-- Which alerts a recipient was told of. `changed` numbers every change that a recipient sees; a
-- sequence's order is not commit order, except that here every writer holds the place's lock until
-- it has committed, and a recipient belongs to one place. So reading what is after the last number
-- seen misses nothing.
create sequence inbox_change;
create table inbox (
    recipient_id text    not null,
    alert_id     uuid    not null references alert,
    open         boolean not null default true,
    changed      bigint  not null default nextval('inbox_change'),
    primary key (recipient_id, alert_id)
);
create index inbox_changed on inbox (recipient_id, changed);
create index inbox_open on inbox (recipient_id) where open;
