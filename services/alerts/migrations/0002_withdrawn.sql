-- What an alert said no longer holds: nobody need answer it any more.
alter table alert add column withdrawn_at timestamptz;
alter table alert add check (withdrawn_at is null or escalate_at is null);
create index alert_of_assessment on alert (assessment_id);
