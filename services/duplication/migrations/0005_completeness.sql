-- What agencies fill in, counted once a day is over: of the people (or assessments) of that day, how
-- many carried the field. Nothing of anybody.
create table completeness (
    place_id  text    not null,
    agency_id text    not null,
    day       date    not null,
    field     text    not null,
    carried   integer not null,
    of_all    integer not null,
    primary key (place_id, agency_id, day, field)
);
create table completeness_day (day date not null primary key);

-- Assessments arrive in order of time, so that a few bytes for many rows find a day.
create index assessment_received on assessment using brin (received_at) with (pages_per_range = 32);
