-- Why few may know of a household, and who is alleged to have caused harm in it: all that any of its
-- assessments states, kept beside it because matching asks it of every candidate.
alter table household add column restrictions text[] not null default '{}';
alter table household add column alleged uuid[] not null default '{}';

-- An agency that names who is alleged to have caused domestic abuse has said that it is restricted.
update assessment a set restrictions = a.restrictions || '{domestic_abuse}'
 where a.facts->'needs' ? 'domestic_abuse' and not 'domestic_abuse' = any(a.restrictions)
   and exists (select from mention m where m.assessment_id = a.id
                and m.as_given ? 'alleged_perpetrator');

update household h set
    restrictions = coalesce((select array_agg(distinct x) from assessment a,
        unnest(a.restrictions) x where a.household_id = h.id), '{}'),
    alleged = coalesce((select array_agg(distinct m.person_id) from assessment a
        join mention m on m.assessment_id = a.id and m.as_given ? 'alleged_perpetrator'
        where a.household_id = h.id), '{}');

-- Nobody's list is known yet; the key-worker service says it within a minute of its own migration.
insert into household_access (household_id, restricted, restricted_at)
    select id, true, first_seen from household where restrictions <> '{}';

-- Whether the look was answered, or hidden from somebody who may not know of the household.
alter table access_audit add column shown boolean not null default true;
