-- The place file in force, as keyworkers says it: working time and deadlines.
create table place (
    place_id text    primary key,
    version  integer not null,
    content  jsonb   not null
);
