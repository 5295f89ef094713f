-- What was erased: whose it was, and a digest of the reference under which it was sent, so that its
-- agency, and no other, is told when it asks for it or sends it again. What it was is not here.
create table erased_assessment (
    assessment_id    uuid  primary key,
    agency_id        text  not null references agency,
    reference_sha256 bytea not null,
    unique (agency_id, reference_sha256)
);
create function reference_digest(agency_id text, reference text) returns bytea
    language sql immutable strict
    return sha256(convert_to(agency_id || E'\n' || reference, 'UTF8'));

-- A reference that is being sent again while its assessment is being erased: the one waits for the
-- other, and would not see it. It is refused as what passes, and told why when it is tried again.
create function refuse_erased() returns trigger language plpgsql as $$
begin
    if exists (select from erased_assessment e where e.agency_id = new.agency_id
                and e.reference_sha256 = reference_digest(new.agency_id, new.reference)) then
        raise exception 'erased a moment ago' using errcode = 'serialization_failure';
    end if;
    return null;
end $$;
create trigger assessment_not_erased after insert on assessment
    for each row execute function refuse_erased();

-- What an agency was told is kept for ever, unless what it was told of was erased.
create function refuse_unless_erased() returns trigger language plpgsql as $$
begin
    if not exists (select from erased_id where id = old.assessment_id) then
        raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
    end if;
    return old;
end $$;
drop trigger outcome_statement_append_only on outcome_statement;
create trigger outcome_statement_append_only before update or truncate on outcome_statement
    for each statement execute function refuse_change();
create trigger outcome_statement_erased_only before delete on outcome_statement
    for each row execute function refuse_unless_erased();

-- Found by the reference of what is erased.
create index rejection_reference on rejection (agency_id, reference) where reference is not null;
