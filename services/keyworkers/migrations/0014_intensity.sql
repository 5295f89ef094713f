-- How much of a caseload a household takes, and why: every change of it, by whom. Only ever added to.
create table intensity_change (
    change_id     bigint      generated always as identity primary key,
    engagement_id uuid        not null,
    intensity     float8      not null,
    reason        text        not null,
    changed_by    text        not null,
    changed_at    timestamptz not null
);
create index intensity_change_of_engagement on intensity_change (engagement_id, change_id);
create trigger intensity_change_only_grows before update or delete or truncate on intensity_change
    for each statement execute function only_grows();

-- Who held an engagement before it was handed over knows the household as well.
create index handover_accepted on handover (engagement_id, decided_at) where state = 'accepted';
