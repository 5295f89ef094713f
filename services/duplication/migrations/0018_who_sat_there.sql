-- Who it was that looked, where several share the id by which they may: a desk's, a team's lead's.
alter table access_audit add column person text;
