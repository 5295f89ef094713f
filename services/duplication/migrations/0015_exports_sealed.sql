-- Copies that left are sealed like looks: their rows are numbered, and the file's digest is text, so
-- that a seal hashes a row as it is read.
alter table subject_access_export add column id bigint generated always as identity unique;
alter table subject_access_export drop constraint subject_access_export_sha256_check;
alter table subject_access_export alter column sha256 type text using encode(sha256, 'hex');
alter table subject_access_export add check (sha256 ~ '^[0-9a-f]{64}$');
