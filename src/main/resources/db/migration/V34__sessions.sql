-- Events of what lasts as long as a connection: they lock nothing, and whoever has the connection says so again and again.
alter table event add column kept_until timestamptz; -- null for events that lock their target
create index event_kept on event (kept_until) where running and kept_until is not null;
