-- Up to which version the other services were told what is in force; null: of none yet.
alter table place add column announced_version integer;
