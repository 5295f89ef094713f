-- What each id that was erased here had been: who asks is told of the household by any of them, and an
-- order that comes again is answered as it was.
create table erased_as (
    id         uuid not null primary key,
    erasure_id uuid not null,
    kind       text not null check (kind in
        ('assessment', 'household', 'retired_household', 'person', 'review', 'change'))
);
create index erased_as_erasure on erased_as (erasure_id);

-- When something that a change had moved, or one of its two sides, was erased: what is left may be too
-- little to take it back. A side that has gone stays named, so people are no longer looked up here.
alter table change add column erased_at timestamptz;
alter table change drop constraint change_person_id_fkey;
alter table change drop constraint change_other_person_id_fkey;

-- What is erased is found by its id, wherever it is named.
create index change_moved on change using gin (jsonb_path_query_array(moves, '$.*[*][*]'));
create index change_person on change (person_id) where person_id is not null;
create index change_other_person on change (other_person_id) where other_person_id is not null;
create index change_undoes on change (undoes) where undoes is not null;
create index change_undone_by on change (undone_by) where undone_by is not null;
create index rematch_step_change on rematch_step (change_id) where change_id is not null;
create index must_link_other on must_link (other);
create index review_case_household on review_case (household_id);
create index review_case_link on review_case (assessment_id) where kind = 'link';

-- A person that goes is looked for among all spells: one index of all serves that as well.
drop index membership_ended;
create index membership_person on membership (person_id);
