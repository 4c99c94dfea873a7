-- The status that an agent reported of a unit.
alter table unit add column reported text;
