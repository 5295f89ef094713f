-- What was answered beyond "I know", and alerts that follow their household or are taken back.
alter table alert
    add column hand_over_to     text,
    add column referral_id      uuid,        -- what the alert is about moves with these
    add column engagement_id    uuid,
    add column withdrawn_reason text;        -- null where it was withdrawn before there were reasons
create index alert_household on alert (household_id)
    where acknowledged_at is null and withdrawn_at is null;
create index alert_engagement on alert (engagement_id)
    where acknowledged_at is null and withdrawn_at is null;
create index alert_referral on alert (referral_id)
    where acknowledged_at is null and withdrawn_at is null;
