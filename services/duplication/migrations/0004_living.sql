-- Links and separations of people, besides those of households. household_id and
-- other_household_id are then where each of the two was seen last.
alter table change drop constraint change_kind_check;
alter table change add constraint change_kind_check
    check (kind in ('link', 'separation', 'people_link', 'people_separation'));
alter table change add column person_id uuid references person;        -- the one kept
alter table change add column other_person_id uuid references person;  -- retired, or split off
alter table change add constraint change_of_people
    check ((kind like 'people%') = (person_id is not null and other_person_id is not null));

-- Models that were put in force, whole: a version never changes.
create table model (
    version  text        not null primary key,
    digest   text        not null,
    data     jsonb       not null,
    added_at timestamptz not null
);

-- Which model decides for a place: the latest row. Rows are only ever added. A place without any
-- is decided by the service's own.
create table model_in_force (
    id         bigint generated always as identity primary key,
    place_id   text        not null,
    version    text        not null references model,
    since      timestamptz not null,
    decided_by text        not null,
    purpose    text        not null
);
create index model_in_force_place on model_in_force (place_id, id desc);

-- A place's history decided again, carried out step by step. One is under way at a time.
create table rematch (
    id          uuid        not null primary key,
    place_id    text        not null,
    version     text        not null references model,
    decided_by  text        not null,
    purpose     text        not null,
    began_at    timestamptz not null,
    files_anew  boolean     not null,           -- other blocking rules than the model before
    seen        integer     not null default 0, -- assessments of other models it has looked at
    ended_at    timestamptz
);
create unique index rematch_under_way on rematch (place_id) where ended_at is null;

-- What is to be done, in order, and what came of it: opaque ids only. Nothing came yet: under way.
create table rematch_step (
    rematch_id uuid        not null references rematch,
    number     integer     not null,
    step       jsonb       not null,
    came_to    text        check (came_to in ('done', 'asked', 'held', 'overtaken')),
    change_id  uuid references change,
    ended_at   timestamptz,
    primary key (rematch_id, number)
);
create index rematch_step_left on rematch_step (rematch_id, number) where came_to is null;

-- Why an assessment was moved by another model: the decision as that model came to it.
create table redecision (
    assessment_id uuid        not null references assessment,
    rematch_id    uuid        not null references rematch,
    rule          text        not null,
    weight        double precision,
    model_version text        not null,
    detail        jsonb       not null,
    decided_at    timestamptz not null,
    primary key (assessment_id, rematch_id)
);

-- Why a link is asked about, where it is not that one assessment saw people of both.
alter table review_case add column why text check (why in ('another_model'));
