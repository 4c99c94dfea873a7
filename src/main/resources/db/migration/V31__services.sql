-- Services that people offer to apps, what was made of them, and which apps use it.

create table service (
    name text primary key,
    username text not null,
    password bytea not null,    -- encrypted
    endpoint text not null,     -- an http or https address; where its API is
    team_owner text not null references team on update cascade,
    restricted boolean not null default false, -- only for teams that were let in
    multi_cluster boolean not null default false,
    doc text not null default '',
    manifest jsonb,
    created_at timestamptz not null default now()
);
create index service_team_owner on service (team_owner);

create table service_team (
    service text not null references service on delete cascade,
    team text not null references team on update cascade,
    primary key (service, team)
);
create index service_team_team on service_team (team);

create table service_instance (
    service text not null references service,
    name text not null,
    plan text not null default '',
    pool text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    team_owner text not null references team on update cascade,
    parameters bytea not null,  -- encrypted: they may hold passwords
    state text not null check (state in ('making', 'ready', 'unsure', 'removing')),
    created_at timestamptz not null default now(),
    primary key (service, name)
);
create index service_instance_team_owner on service_instance (team_owner);

create table instance_team (
    service text not null,
    instance text not null,
    team text not null references team on update cascade,
    primary key (service, instance, team),
    foreign key (service, instance) references service_instance on delete cascade
);
create index instance_team_team on instance_team (team);

-- The variables of a bind are the release's; here stands that it is.
create table service_bind (
    service text not null,
    instance text not null,
    app text not null references app,
    state text not null check (state in ('binding', 'bound', 'unbinding')),
    created_at timestamptz not null default now(),
    primary key (service, instance, app),
    foreign key (service, instance) references service_instance
);
create index service_bind_app on service_bind (app);

-- Hosts of an app's units that the service was told of.
create table service_unit_bind (
    service text not null,
    instance text not null,
    app text not null,
    host text not null,
    primary key (service, instance, app, host),
    foreign key (service, instance, app) references service_bind on delete cascade
);
