-- What each assessment was routed by: opaque ids and facts of the assessment, so that it can be
-- routed again when households are separated. Null: routed before this was kept.
alter table assessment_route add column facts jsonb;

-- Possible matches are looked up by their likeliest household whenever one is given a key worker.
drop index pending_review_told;
drop index household_link_retired; -- there twice
create index pending_review_likeliest on pending_review (((candidates -> 0 ->> 'household_id')::uuid))
    where state = 'told';
create index household_link_kept_in_force on household_link (household_id) where undone_at is null;
