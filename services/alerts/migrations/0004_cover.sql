-- Who stands in for a key worker, from when until when. `over_at`: what was open has gone back.
create table cover (
    cover_id      uuid        not null primary key,
    place_id      text        not null,
    key_worker_id text        not null,
    cover         jsonb       not null,
    starts_at     timestamptz not null,
    ends_at       timestamptz not null,
    over_at       timestamptz
);
create index cover_in_force on cover (place_id, key_worker_id) where over_at is null;
