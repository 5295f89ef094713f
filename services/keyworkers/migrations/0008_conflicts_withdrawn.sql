-- Conflicts of interest that no longer hold: who declared them, who took them back.
create table conflict_withdrawn (
    place_id      text        not null,
    key_worker_id text        not null,
    household_id  uuid        not null,
    declared_at   timestamptz not null,
    declared_by   text        not null,
    withdrawn_at  timestamptz not null,
    withdrawn_by  text        not null,
    primary key (place_id, key_worker_id, household_id, withdrawn_at)
);
