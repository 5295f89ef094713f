-- The engagements that a link ended and that an alert was about before: it goes back to each that is
-- taken up again. The last to end comes last.
alter table alert add column linked_from uuid[] not null default '{}';
