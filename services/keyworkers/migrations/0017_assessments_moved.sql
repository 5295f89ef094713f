-- Of which household each assessment is that links and their undoing have moved, is said from now on as it
-- happens, and here once of those that there are (AssessmentsMovedV1).
insert into outbox (event_id, topic, type, source, occurred_at, subject, journey_id, place_id, value)
select gen_random_uuid(), 'keyworkers.assignments', 'kith.keyworkers.assessments.moved.v1',
       '/kith/keyworkers', now(), household_id::text,
       (array_agg(assessment_id order by received_at, assessment_id))[1], place_id,
       convert_to(json_build_object('household_id', household_id,
                                    'assessment_ids', json_agg(assessment_id order by assessment_id),
                                    'reason', 'linked')::text, 'utf8')
  from assessment_route
 where state in ('queued', 'opened', 'routed')
   and household_id in (select household_id from household_link
                        union select retired_household_id from household_link)
 group by place_id, household_id
 order by place_id, household_id;
