-- The register of erasures is read by place, the last first: what was ordered, and what was erased without
-- an order of this service's, as when an agency takes an assessment back.
create index erasure_of_place on erasure (place_id, erased_at, erasure_id);
create index erasure_asked_by_people on erasure_asked (place_id, asked_at) where asked_by is not null;
