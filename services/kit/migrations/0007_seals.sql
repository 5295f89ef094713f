-- Seals over the tables of who looked: each covers the rows that came since the one before it, and its
-- digest. What is kept here is said on a topic as well, where this schema's role cannot change it.
create table look_seal (
    look_table  text        not null,
    number      integer     not null check (number > 0),
    said        jsonb       not null,          -- as contracts/audit.py has it
    row_digests bytea       not null,          -- of each row, 32 bytes: to tell which was changed
    primary key (look_table, number)
);

create function look_seal_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'look_seal only grows' using errcode = 'restrict_violation';
end $$;
create trigger look_seal_only_grows before update or delete or truncate on look_seal
    for each statement execute function look_seal_only_grows();
