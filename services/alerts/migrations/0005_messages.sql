-- By which channels a recipient wants to be told outside the pages; a row only where it was said.
create table preference (
    recipient_id text        primary key,
    channels     text[]      not null,
    digest       boolean     not null,
    changed_at   timestamptz not null,
    changed_by   text        not null
);

-- When the recipient is reminded, while nobody has acknowledged. Gone once it was done.
create table reminder (
    alert_id  uuid        primary key references alert,
    remind_at timestamptz not null
);
create index reminder_due on reminder (remind_at);

-- The working days for which a place's digests were sent.
create table digest (
    place_id text        not null,
    day      date        not null,
    sent_at  timestamptz not null,
    primary key (place_id, day)
);
