-- A handover that somebody asked for in answer to an alert, and that a rule kept from being proposed.
create table handover_refusal (
    handover_id   uuid        not null primary key,
    place_id      text        not null,
    alert_id      uuid        not null,
    household_id  uuid,
    asked_by      text        not null,
    asked_for     text,
    reason        text        not null,
    refused_at    timestamptz not null
);
create index handover_refusal_asked_by on handover_refusal (asked_by, refused_at desc);
