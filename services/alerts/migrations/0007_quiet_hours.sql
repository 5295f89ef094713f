-- When messages may come to a recipient: in working time only, and not in hours they keep free.
alter table preference
    add column only_working_time boolean not null default false,
    add column quiet_from        time,
    add column quiet_until       time,
    add check ((quiet_from is null) = (quiet_until is null) and quiet_from < quiet_until);
