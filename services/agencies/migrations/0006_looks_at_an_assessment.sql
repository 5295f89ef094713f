-- A person's request is answered with how often what is held about them was looked at.
create index disclosure_of_assessment on disclosure using gin (assessment_ids);
