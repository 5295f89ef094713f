-- Two households are also asked about where somebody of each turned out to be one person.
alter table review_case drop constraint review_case_why_check;
alter table review_case add constraint review_case_why_check
    check (why in ('another_model', 'one_person'));
