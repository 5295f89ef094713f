-- In whose favour a link ended a referral or engagement: it is taken up again where that is gone.
alter table household_link add column kept_referral_id uuid;
create index household_link_lost on household_link (lost_referral_id) where lost_referral_id is not null;
