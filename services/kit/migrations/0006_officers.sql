-- Who may ask what is held about a person, place by place, as the place file in force says it.
create table privacy_office (
    place_id text    primary key,
    version  integer not null,
    officers text[]  not null
);
