-- A link of people states their spells anew: the open ones are found by membership_open.
create index membership_ended on membership (person_id) where until is not null;
