-- Operations may hold back what an agency is told by webhook: nothing is lost, nor given up meanwhile.
alter table webhook_endpoint add column paused_at timestamptz;
alter table webhook_endpoint add column paused_by text;
alter table webhook_endpoint add check ((paused_at is null) = (paused_by is null));
