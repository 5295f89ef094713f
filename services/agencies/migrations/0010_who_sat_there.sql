-- Who it was that looked, where several share the id by which they may: a desk's, a team's lead's.
alter table disclosure add column person text;
