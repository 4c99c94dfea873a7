-- The archive that a version was built from, for building it anew.
alter table version add column archive text not null default '';

-- When a release was seen healthy; null when it never was.
alter table release add column healthy_at timestamptz;
