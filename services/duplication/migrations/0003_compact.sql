-- What matching reads of every candidate, and what it looks candidates up by, in fewer bytes.
-- A profile is text, a field to a tab, a value to a line: quicker to read than JSON.
-- A place is part of a key's and a term's number, and no longer a column and an index's first part.

create function pack_homes(homes jsonb) returns text language sql as $$
    select string_agg(concat_ws(E'\r', h->>0, h->>1, h->>2, h->>3), E'\n' order by n)
    from jsonb_array_elements(homes) with ordinality as e(h, n)
$$;

create function pack_values(field jsonb) returns text language sql as $$
    select string_agg(v, E'\n' order by n) from jsonb_array_elements_text(field) with ordinality as e(v, n)
$$;

create function pack_profile(profile jsonb) returns text language sql as $$
    select case when profile = '{}' then '' else
        coalesce(pack_values(profile->'given'), '') || E'\t'
        || coalesce(pack_values(profile->'middle'), '') || E'\t'
        || coalesce(pack_values(profile->'family'), '') || E'\t'
        || coalesce(pack_values(profile->'births'), '') || E'\t'
        || coalesce(pack_values(profile->'sexes'), '') || E'\t'
        || coalesce(pack_values(profile->'identifiers'), '') || E'\t'
        || coalesce(pack_values(profile->'phones'), '') || E'\t'
        || coalesce(pack_values(profile->'emails'), '') || E'\t'
        || coalesce(pack_homes(profile->'homes'), '') || E'\t'
        || coalesce(pack_values(profile->'towns'), '')
    end
$$;

alter table person alter column profile type text using pack_profile(profile);
alter table household alter column homes type text using coalesce(pack_homes(homes), '');

drop function pack_profile(jsonb);
drop function pack_values(jsonb);
drop function pack_homes(jsonb);

-- The first 8 bytes of the place's SHA-256: store/matching.py has the same.
create function place_salt(place_id text) returns bigint language sql immutable as $$
    select ('x' || encode(substring(sha256(convert_to(place_id, 'UTF8')) from 1 for 8), 'hex'))::bit(64)::bigint
$$;

create table block_key_of_person (
    key       bigint not null,                -- of a blocking rule's values, in one place
    person_id uuid   not null
);
insert into block_key_of_person select key # place_salt(place_id), person_id from block_key;
drop table block_key;
alter table block_key_of_person rename to block_key;
alter table block_key add primary key (key, person_id);
create index block_key_person on block_key (person_id);

create table term_count (
    term  bigint  not null,                   -- of a field's value, in one place
    count integer not null
) with (fillfactor = 80);
insert into term_count select term # place_salt(place_id), sum(count) from term_frequency group by 1;
drop table term_frequency;
alter table term_count rename to term_frequency;
alter table term_frequency add primary key (term);

drop function place_salt(text);
