-- Restricted households, and who may know of each: workers' ids and closed words, nothing of people.
-- What was said is only ever added to, so that "who could see it on 3 March" has an answer.

create table restricted_household (
    household_id  uuid        not null primary key,
    place_id      text        not null,
    restrictions  text[]      not null,           -- none: everybody may know again
    since         timestamptz not null,           -- restricted without a break since then
    restricted_at timestamptz not null,           -- when that was last said
    assessment_id uuid        not null            -- the journey in which it was said
);
create index restricted_household_of_place on restricted_household (place_id)
    where restrictions <> '{}';
create index restricted_household_journey on restricted_household (assessment_id);

-- Somebody was put on a household's list, beside its key worker and their cover, who are by office.
create table access_entry (
    entry_id     uuid        not null primary key,
    place_id     text        not null,
    household_id uuid        not null,
    reader_id    text        not null,
    reason       text        not null,
    until        timestamptz,
    added_by     text        not null,
    added_at     timestamptz not null,
    copied_from  uuid references access_entry     -- after a separation: the entry it repeats
);
create index access_entry_of_household on access_entry (household_id);

create table access_removal (
    entry_id   uuid        not null primary key references access_entry,
    reason     text        not null,
    removed_by text        not null,
    removed_at timestamptz not null
);

-- Every list that was ever in force, whole.
create table access_version (
    household_id  uuid        not null,
    version       integer     not null,
    place_id      text        not null,
    at            timestamptz not null,
    restricted    boolean     not null,
    restricted_at timestamptz,
    readers       jsonb       not null,
    barred        text[]      not null,
    primary key (household_id, version)
);

-- Who looked at a list, or at a restricted household's engagement, and whether it was shown.
create table access_look (
    look_id      bigint      generated always as identity primary key,
    at           timestamptz not null,
    actor        text        not null,
    purpose      text        not null,
    what         text        not null,
    household_id uuid        not null,
    shown        boolean     not null
);
create index access_look_of_household on access_look (household_id, at);

create function only_grows() returns trigger language plpgsql as $$
begin
    raise exception '% only grows', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger access_entry_only_grows before update or delete or truncate on access_entry
    for each statement execute function only_grows();
create trigger access_removal_only_grows before update or delete or truncate on access_removal
    for each statement execute function only_grows();
create trigger access_version_only_grows before update or delete or truncate on access_version
    for each statement execute function only_grows();
create trigger access_look_only_grows before update or delete or truncate on access_look
    for each statement execute function only_grows();

-- Which front door was told of which assessment: in an emergency it may open what it was told of.
create table front_door_told (
    assessment_id uuid not null,
    household_id  uuid,
    desk_id       text not null,
    primary key (assessment_id, desk_id)
);

-- Households that must not share a key worker: somebody of one is alleged to have caused harm in the
-- other. Both ways round.
create table household_apart (
    place_id text not null,
    one      uuid not null,
    other    uuid not null,
    primary key (one, other)
);

-- Whom a household must not be given to: who has declared it, and who walks beside the other side.
create view conflict as
    select place_id, key_worker_id, household_id from conflict_of_interest
    union
    select a.place_id, e.key_worker_id, a.one from household_apart a
      join engagement e on e.household_id = a.other and e.ended_at is null;

-- What was restricted before lists were kept.
insert into restricted_household
    select distinct on (household_id) household_id, place_id,
           array(select jsonb_array_elements_text(cause->'restrictions')), received_at,
           received_at, assessment_id
      from assessment_route
     where household_id is not null and jsonb_array_length(cause->'restrictions') > 0
     order by household_id, received_at;
