-- What an assessment stated of who may know, where two people have agreed that it counts no more. It
-- moves between the two columns, so that whatever reads restrictions reads those that count.
alter table assessment add column lifted text[] not null default '{}';
