-- Whether the look was answered, or hidden from somebody who may not know of the household.
alter table disclosure add column shown boolean not null default true;
