-- Possible matches that somebody has been told of and nobody has decided: looked at again for as
-- long as it was not a key worker, because the likeliest household may be given one.
create index pending_review_told on pending_review (place_id) where state = 'told';
create index household_link_retired_in_force on household_link (retired_household_id)
    where undone_at is null;
