-- Assessments that stated that few may know of their household, where two people have agreed since that
-- this counts no more (lifted), or that it counts again.
create table assessment_lifted (
    assessment_id uuid        primary key,
    lifted        boolean     not null,
    said_at       timestamptz not null
);
