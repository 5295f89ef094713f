-- Links and separations, reversible: every change keeps the pointers it moved, so that it can be
-- taken back. Rows are added; only undone_by is ever set.
create table change (
    id                 uuid        not null primary key,
    place_id           text        not null,
    kind               text        not null check (kind in ('link', 'separation')),
    household_id       uuid        not null,  -- the one kept, or the one separated from
    other_household_id uuid        not null,  -- the one retired, or where the rest went
    whole              boolean     not null,  -- the other stands by itself: new, or no longer retired
    cause              text        not null,
    decided_by         text,
    purpose            text        not null,
    decided_at         timestamptz not null,
    moves              jsonb       not null,  -- assessments, mentions, cannot-links set and lifted
    undoes             uuid references change,
    undone_by          uuid references change
);
create index change_household on change (household_id);
create index change_other on change (other_household_id);

-- One case may be of a match or of a link between two known households.
alter table review_case drop constraint review_case_assessment_id_key;
alter table review_case add column kind text not null default 'match'
    check (kind in ('match', 'link'));
alter table review_case add column taken_by text;
alter table review_case add column taken_at timestamptz;
create unique index review_case_match on review_case (assessment_id) where kind = 'match';
