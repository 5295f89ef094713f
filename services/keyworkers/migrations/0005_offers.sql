-- Offered to the team until `claim_by`: any member may claim it. Null: not offered, or no longer.
alter table referral add column claim_by timestamptz;
create index referral_offered on referral (claim_by)
    where claim_by is not null and engagement_id is null and closed_at is null;

create or replace view waiting_list as
    select referral_id, place_id, household_id, team_id, assessment_id, cause, severity,
           severity_order, re_referral, languages, skills, known_households, reasons, traceparent,
           opened_at, engagement_id, assigned_at, claim_by
      from referral where engagement_id is null and closed_at is null;

create view offer as
    select referral_id, place_id, household_id, team_id, severity, re_referral, opened_at, claim_by
      from referral
     where claim_by is not null and engagement_id is null and closed_at is null;
