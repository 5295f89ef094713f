-- A request about a person covers every id that ever stood for them.
create index person_retired_into on person (retired_into) where retired_into is not null;
