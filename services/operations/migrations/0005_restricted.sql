-- Few may know of it, as the assessment itself states or whoever doubts whose it is: what holds until
-- its household is known, from which on the household's own list does.
alter table journey add column restricted boolean not null default false;
