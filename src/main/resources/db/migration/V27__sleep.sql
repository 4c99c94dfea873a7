-- Names of versions and processes, and apps that are asleep. A unit may get requests for its version that get none for its app.
alter table unit add column addressed boolean not null default false;

-- What leads to an app's units besides its own names, or stands in for them, as its routes have it; null until its routes are
-- written the next time.
alter table app add column exposure jsonb;
