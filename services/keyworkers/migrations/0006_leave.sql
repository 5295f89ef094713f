-- Leave that was arranged while the place file stood. `ended_at`: taken back, or back early.
create table arranged_leave (
    leave_id      uuid        not null primary key,
    place_id      text        not null,
    key_worker_id text        not null,
    first_day     date        not null,
    last_day      date        not null,
    cover_id      text,                       -- who of the place stands in, where somebody can
    arranged_by   text        not null,
    arranged_at   timestamptz not null,
    ended_by      text,
    ended_at      timestamptz,
    check (first_day <= last_day)
);
create index arranged_leave_in_force on arranged_leave (place_id, key_worker_id, first_day)
    where ended_at is null;

-- Counts the changes of leave, so that a roster that was read before is read again.
alter table place add column leave_version integer not null default 0;
