-- Two households are also asked about where both were seen at one home, with nobody in common.
alter table review_case drop constraint review_case_why_check;
alter table review_case add constraint review_case_why_check
    check (why in ('another_model', 'one_person', 'one_home'));
