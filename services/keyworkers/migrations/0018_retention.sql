-- Records that are kept no longer. What is due is worked out, and stands here while it is on notice;
-- who held, asked, answered and ordered, and what was refused, is only ever added to.

create table retention_notice (
    household_id    uuid        not null primary key,
    place_id        text        not null,
    last_contact_at timestamptz not null,
    since           timestamptz not null,
    erases_at       timestamptz not null
);
create index retention_notice_of_place on retention_notice (place_id, erases_at, household_id);

-- A household is kept beyond the policy, until a moment or until somebody ends it.
create table retention_hold (
    hold_id      uuid        not null primary key,
    place_id     text        not null,
    household_id uuid        not null,
    reason       text        not null,              -- HoldReason
    until        timestamptz not null,
    held_by      text        not null,
    held_at      timestamptz not null
);
create index retention_hold_of_household on retention_hold (household_id);
create index retention_hold_of_place on retention_hold (place_id, until, hold_id);

create table retention_hold_end (
    hold_id  uuid        not null primary key references retention_hold,
    ended_by text        not null,
    ended_at timestamptz not null
);

-- An erasure: ordered by the policy (asked_by null), or asked for by somebody and ordered once another
-- has agreed. What came of it stands in erasure_refusal, or in the chassis' own erasure.
create table erasure_asked (
    erasure_id   uuid        not null primary key,
    place_id     text        not null,
    household_id uuid        not null,
    reason       text        not null,              -- ErasureReason
    asked_by     text,
    asked_at     timestamptz not null
);
create index erasure_asked_of_household on erasure_asked (household_id);
create index erasure_asked_of_place on erasure_asked (place_id, asked_at, erasure_id);

create table erasure_answer (
    erasure_id  uuid        not null primary key references erasure_asked,
    answer      text        not null check (answer in ('agreed', 'declined', 'withdrawn')),
    answered_by text        not null,
    answered_at timestamptz not null
);

create table erasure_refusal (
    erasure_id   uuid        not null primary key,
    household_id uuid        not null,
    refusal      text        not null,              -- ErasureRefusal
    not_before   date,
    refused_at   timestamptz not null
);
create index erasure_refusal_of_household on erasure_refusal (household_id);

create trigger retention_hold_only_grows before update or delete or truncate on retention_hold
    for each statement execute function only_grows();
create trigger retention_hold_end_only_grows before update or delete or truncate on retention_hold_end
    for each statement execute function only_grows();
create trigger erasure_asked_only_grows before update or delete or truncate on erasure_asked
    for each statement execute function only_grows();
create trigger erasure_answer_only_grows before update or delete or truncate on erasure_answer
    for each statement execute function only_grows();
create trigger erasure_refusal_only_grows before update or delete or truncate on erasure_refusal
    for each statement execute function only_grows();

-- What happened last with a household, and everything of it, is found by these.
create index referral_closed on referral (place_id, closed_at, referral_id) where closed_at is not null;
create index engagement_of_referral on engagement (referral_id);
create index handover_of_engagement on handover (engagement_id);

-- What stays of an erased household: that somebody at work had an engagement, from which day to which,
-- for what they carried and when they were given their last. Nothing by which it could be found whose.
create table erased_engagement (
    engagement_number bigint  generated always as identity primary key,
    place_id          text    not null,
    team_id           text    not null,
    key_worker_id     text    not null,
    started_on        date    not null,
    ended_on          date    not null
);
create index erased_engagement_of_key_worker on erased_engagement (place_id, key_worker_id, started_on desc);

-- What goes with a household is found by it.
create index household_person_of_household on household_person (household_id);
create index household_apart_other on household_apart (other);
create index conflict_of_interest_of_household on conflict_of_interest (household_id);
create index conflict_withdrawn_of_household on conflict_withdrawn (household_id);
create index handover_refusal_of_household on handover_refusal (household_id);
create index pending_review_of_assessment on pending_review (assessment_id);
