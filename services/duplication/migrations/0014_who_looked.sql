-- Privacy officers see who looked at a household; that is a look itself. A possible match is a look at
-- the households that are offered as well.
alter table access_audit drop constraint access_audit_what_check;
alter table access_audit add constraint access_audit_what_check
    check (what in ('household', 'decision', 'review', 'person', 'export', 'looks'));
create index review_case_candidates on review_case using gin (candidates jsonb_path_ops);
