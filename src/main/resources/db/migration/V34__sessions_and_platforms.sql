-- Events of what lasts as long as a connection: they lock nothing, and whoever has the connection says so again and again.
alter table event add column kept_until timestamptz; -- null for events that lock their target
create index event_kept on event (kept_until) where running and kept_until is not null;

-- When it was last wanted that an app's next build starts from scratch: a build under way since before that has not done it.
alter table app add column image_reset_at timestamptz; -- null: it may use what builds before it left
update app set image_reset_at = now() where image_reset;
alter table app drop column image_reset;
