-- That a household need be restricted no longer: asked for by one, agreed to by another. What was
-- lifted, and what was restricted again, is only ever added to.

create table lifting (
    lifting_id     uuid        not null primary key,
    place_id       text        not null,
    household_id   uuid        not null,
    assessment_ids uuid[]      not null,      -- those that stated it, when it was asked
    reason         text        not null,
    asked_by       text        not null,
    asked_at       timestamptz not null
);
create index lifting_of_household on lifting (household_id);

create table lifting_answer (
    lifting_id  uuid        not null primary key references lifting,
    answer      text        not null check (answer in ('agreed', 'declined', 'withdrawn')),
    answered_by text        not null,
    answered_at timestamptz not null
);

create table restriction_restored (
    restored_id    uuid        not null primary key,
    place_id       text        not null,
    household_id   uuid        not null,
    assessment_ids uuid[]      not null,
    restored_by    text        not null,
    restored_at    timestamptz not null
);
create index restriction_restored_of_household on restriction_restored (household_id);

create trigger lifting_only_grows before update or delete or truncate on lifting
    for each statement execute function only_grows();
create trigger lifting_answer_only_grows before update or delete or truncate on lifting_answer
    for each statement execute function only_grows();
create trigger restriction_restored_only_grows before update or delete or truncate
    on restriction_restored for each statement execute function only_grows();
