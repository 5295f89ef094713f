-- What became of engagements and referrals after somebody was named: agencies are told whom to call
-- as it is now.
alter table outcome add column engagement_id uuid;
create index outcome_engagement on outcome (engagement_id) where engagement_id is not null;

create table engagement (
    engagement_id uuid        primary key,
    household_id  uuid        not null,
    known         jsonb       not null
);
create index engagement_household on engagement (household_id);

-- A referral that was closed because its household went on with another one, after a link.
create table referral_kept (
    referral_id      uuid primary key,
    kept_referral_id uuid not null
);
create index referral_kept_by on referral_kept (kept_referral_id);
