-- What was given up waits for a person: tried again, or let go. `since`: from when it is tried, which
-- a person's retry puts back and a recipient's quiet hours put off. `needless`: nobody need be told
-- any more, or a person let it go; it is no failure that anybody must look at.
alter table delivery
    add column since      timestamptz,
    add column needless   boolean not null default false,
    add column decided_by text,
    add column decided_at timestamptz;
update delivery set since = created_at;
-- Given up before there was this page: whom it concerned has long been told otherwise.
update delivery set needless = true where state = 'given_up';
alter table delivery alter column since set not null;
create index delivery_given_up on delivery (sequence) where state = 'given_up' and not needless;
