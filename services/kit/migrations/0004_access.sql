-- Who may know of which household, as it was said last: what this service obeys whenever it shows
-- anything. Only workers' ids. A restricted household without readers is shown to nobody.
create table household_access (
    household_id uuid        primary key,
    restricted   boolean     not null,
    restricted_at timestamptz,                         -- when that was said
    version      integer     not null default 0,
    readers      jsonb       not null default '{"readers": []}',
    barred       text[]      not null default '{}',    -- never shown it, restricted or not
    desk         jsonb,                                -- whom everybody else calls
    front_door   jsonb
);
create index household_access_restricted on household_access (household_id) where restricted;
