-- When an erasure was done here: samples of what it took stand in what the planner knows of a table until
-- that is read anew.
alter table erasure add column kept_at timestamptz not null default now();
