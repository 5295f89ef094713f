-- A key worker is asked to take a household over. Until they accept, nothing changes.
create table handover (
    handover_id        uuid        not null primary key,
    place_id           text        not null,
    engagement_id      uuid        not null references engagement,
    household_id       uuid        not null,
    from_key_worker_id text        not null,
    to_key_worker_id   text        not null,
    reason             text        not null,
    state              text        not null
        check (state in ('proposed', 'accepted', 'declined', 'withdrawn', 'expired')),
    proposed_by        text        not null,
    proposed_at        timestamptz not null,
    expires_at         timestamptz not null,
    decided_by         text,
    decided_at         timestamptz
);
create unique index handover_one_open_per_engagement on handover (engagement_id) where state = 'proposed';
create index handover_of_household on handover (household_id);
create index handover_open on handover (place_id, expires_at) where state = 'proposed';
