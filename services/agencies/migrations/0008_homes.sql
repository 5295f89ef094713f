-- Whom to call follows from the engagement that an assessment went to, and from those of the household
-- that it is of now: every engagement is kept from its beginning, and not only what became of it.
-- The release before this one adds to `assignment` until it is replaced. After that nobody reads it, nor
-- `referral_kept` and `outcome.referral_id`: a later release drops them.
create function begin_engagement() returns trigger language plpgsql as $$
begin
    insert into engagement (engagement_id, household_id, known)
    values ((new.known ->> 'engagement_id')::uuid, new.household_id,
            jsonb_build_object('at', new.known -> 'at', 'event_id', new.known -> 'event_id',
                               'engagement_id', new.known -> 'engagement_id', 'held', new.known))
    on conflict do nothing;
    return null;
end $$;
create trigger assignment_begins_engagement after insert or update on assignment
    for each row when (new.known ? 'engagement_id') execute function begin_engagement();
update assignment set household_id = household_id;

-- What waited, and was opened with whoever was named for a referral that it shared, says so itself.
update outcome o set known = o.known || jsonb_build_object('opened', a.known)
  from assignment a
 where a.referral_id = o.referral_id and o.kind = 'opened'
   and o.known ? 'queued' and not o.known ?| array['opened', 'routed'];
