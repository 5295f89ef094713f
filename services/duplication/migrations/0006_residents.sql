-- Where each member of a household was seen last, when, and their year of birth, in the order of
-- members, one to a line: who lives apart by now is told from it. Of members who are in it already
-- it fills as they are seen again; empty means that nothing is known of any.
alter table household add column residents text not null default '';
