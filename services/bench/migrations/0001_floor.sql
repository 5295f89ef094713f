-- What a hop of the floor keeps: one row for each assessment, as each of Kith's services does.

create table hop (
    journey_id uuid        primary key,
    payload    text        not null,
    at         timestamptz not null
);
