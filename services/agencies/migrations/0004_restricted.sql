-- Of a restricted household no agency is told again who the key worker is or was, whatever it was told
-- before: what was stated stays as it was said, and is shown with the contacts of now.
alter table outcome add column restricted boolean not null default false;
create view told as
    select s.sequence, s.assessment_id, s.version, s.agency_id, s.kind, s.final,
           case when coalesce(o.restricted, false) then case when s.contact is not null then o.contact end
                else s.contact end as contact,
           case when coalesce(o.restricted, false) then case when s.front_door is not null then o.front_door end
                else s.front_door end as front_door,
           s.acknowledged_at, s.reason, s.stated_at
      from outcome_statement s left join outcome o using (assessment_id);
