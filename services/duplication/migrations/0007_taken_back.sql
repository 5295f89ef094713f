-- A run taken back as a whole: by whom, and when the last of its changes had been. former: the model
-- that decided before it.
alter table rematch add column former text;
alter table rematch add column taken_back_by text;
alter table rematch add column taken_back_at timestamptz;

-- A run looks again until nothing would change; what it had looked at needs no count.
alter table rematch drop column seen;
