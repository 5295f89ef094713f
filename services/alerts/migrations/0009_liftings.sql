-- Which question an alert asks, where it asks whether a restriction be lifted: its household may be
-- linked into another before it is answered.
alter table alert add column lifting_id uuid;
create index alert_of_lifting on alert (lifting_id) where lifting_id is not null;
