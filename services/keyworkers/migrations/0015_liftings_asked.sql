-- Of whom it was asked first that a restriction be lifted, and of whom after a change of teams: where
-- they may answer no more, somebody else is asked.

create table lifting_asked (
    lifting_id uuid    not null references lifting,
    number     integer not null,      -- from 1, each time that it is asked of somebody else
    first      text    not null,
    primary key (lifting_id, number)
);
create trigger lifting_asked_only_grows before update or delete or truncate on lifting_asked
    for each statement execute function only_grows();
