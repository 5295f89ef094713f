-- Of which ids of the household an erasure was asked for: what was linked into it since, nobody asked.
alter table erasure_asked add column household_ids uuid[];
