-- What a link between households changed here, so that undoing it can put it back.
create table household_link (
    link_id              uuid        not null primary key,
    place_id             text        not null,
    household_id         uuid        not null,
    retired_household_id uuid        not null,
    moved_referrals      uuid[]      not null,
    moved_engagements    uuid[]      not null,
    lost_referral_id     uuid,
    lost_engagement_id   uuid,
    linked_at            timestamptz not null,
    undone_at            timestamptz
);
create index household_link_retired on household_link (retired_household_id) where undone_at is null;
