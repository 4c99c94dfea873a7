-- Who may do what.

create table account (
    email text primary key,
    password_hash text not null,
    quota_limit int not null default -1,
    created_at timestamptz not null default now()
);

create table session (
    token_hash bytea primary key,
    email text not null references account on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index session_email on session (email);

create table api_key (
    email text primary key references account on delete cascade,
    token_hash bytea not null unique,
    value bytea not null -- encrypted: the API shows it again
);

create table role (
    name text primary key,
    context text not null,
    description text not null default ''
);

create table role_permission (
    role text not null references role on update cascade on delete cascade,
    permission text not null,
    primary key (role, permission)
);

create table role_grant (
    email text not null references account on delete cascade,
    role text not null references role on update cascade,
    context_value text not null default '',
    primary key (email, role, context_value)
);
create index role_grant_role on role_grant (role);

create table team (
    name text primary key,
    tags text[] not null default '{}',
    quota_limit int not null default -1,
    created_by text not null,
    created_at timestamptz not null default now()
);

-- Where and how big.

create table pool (
    name text primary key,
    provisioner text not null,
    is_default boolean not null default false,
    labels jsonb not null default '{}'
);
create unique index pool_default on pool (is_default) where is_default;

create table pool_constraint (
    pool_expr text not null,
    field text not null,
    value_list text[] not null,
    blacklist boolean not null default false,
    primary key (pool_expr, field)
);

create table plan (
    name text primary key,
    memory bigint not null,
    cpu_milli int not null,
    is_default boolean not null default false
);
create unique index plan_default on plan (is_default) where is_default;

create table platform (
    name text primary key,
    disabled boolean not null default false,
    created_at timestamptz not null default now()
);

-- Apps: what should be.

create sequence epoch;
create sequence unix_user minvalue 0 start 0;

create table app (
    name text primary key,
    description text not null default '',
    platform text references platform,
    pool text not null references pool on update cascade,
    plan jsonb not null, -- copied from the plan, so removing the plan does not touch the app
    team_owner text not null references team on update cascade,
    owner text not null,
    tags text[] not null default '{}',
    metadata jsonb not null default '{}',
    quota_limit int not null default -1,
    unix_user int not null unique,
    desired_release int,
    healthy_release int,
    deploys int not null default 0,
    route_epoch bigint not null default 0, -- grows whenever its routes change
    created_at timestamptz not null default now()
);
create index app_pool on app (pool);
create index app_team_owner on app (team_owner);

create table app_team (
    app text not null references app on delete cascade,
    team text not null references team on update cascade,
    primary key (app, team)
);
create index app_team_team on app_team (team);

create table app_router (
    app text not null references app on delete cascade,
    router text not null,
    options jsonb not null default '{}',
    position int not null,
    primary key (app, router)
);

create table app_token (
    app text primary key references app on delete cascade,
    token_hash bytea not null unique,
    value bytea not null
);

-- The numbers of an app's versions outlive it: an image name never means two builds.
create table version_counter (
    app text primary key,
    last int not null
);

create table version (
    app text not null references app on delete cascade,
    number int not null,
    event text not null,
    platform text not null,
    image text not null,
    processes jsonb not null,
    manifest jsonb not null,
    origin text not null,
    message text not null default '',
    created_by text not null,
    created_at timestamptz not null default now(),
    disabled boolean not null default false,
    disabled_reason text not null default '',
    primary key (app, number)
);

create table release (
    app text not null references app on delete cascade,
    number int not null,
    event text not null,
    environment bytea not null, -- encrypted
    placement jsonb not null,   -- versions with their processes, counts, generations and weights
    plan jsonb not null,
    pool text not null,
    withdrawn text,             -- why it never became healthy, when it did not
    created_at timestamptz not null default now(),
    primary key (app, number)
);

-- Units on record: those that were asked for and not yet seen gone.
create table unit (
    id text primary key,
    app text not null references app on delete cascade,
    process text not null,
    version int not null,
    release int not null,
    generation int not null,
    epoch bigint not null,
    provisioner text not null,
    host text,
    port int,
    healthy boolean not null default false,
    routed boolean not null default false,
    created_at timestamptz not null default now()
);
create index unit_app on unit (app);

-- Operations: who asked for what, the lock, the lease, the journal, the end.

create table event (
    id text primary key,
    kind text not null,
    kind_type text not null,
    target_type text not null,
    target_value text not null,
    extra_targets jsonb not null default '[]',
    owner_type text not null,
    owner_name text not null,
    source_ip text not null default '',
    request_id text not null default '',
    allowed jsonb not null default '{}',
    allowed_cancel jsonb not null default '{}',
    start_data jsonb not null default '[]', -- [{name, value}], private values masked
    other_data jsonb,
    end_data jsonb,
    change_kind text,
    change bytea, -- encrypted; what whoever takes over has to know
    cancelable boolean not null default false,
    cancel_asked_at timestamptz,
    cancel_acknowledged_at timestamptz,
    cancel_owner text not null default '',
    cancel_reason text not null default '',
    attempts int not null default 0,
    instance text not null default '',
    running boolean not null,
    error text not null default '',
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    check (running = (ended_at is null))
);
create index event_started on event (started_at desc);
create index event_target on event (target_type, target_value, started_at desc);
create index event_running on event (id) where running;

create table target_lock (
    target_type text not null,
    target_value text not null,
    event text not null references event on delete cascade,
    primary key (target_type, target_value)
);
create index target_lock_event on target_lock (event);

create table event_log (
    event text not null references event on delete cascade,
    number int not null,
    at timestamptz not null,
    message text not null,
    primary key (event, number)
);

create table lease (
    resource text primary key,
    owner text not null,
    epoch bigint not null,
    expires_at timestamptz not null
);

create table journal (
    event text not null references event on delete cascade,
    key text not null,
    result bytea, -- encrypted JSON; null while only the intent is known
    begun_at timestamptz not null default now(),
    ended_at timestamptz,
    primary key (event, key)
);

create table outbox (
    id bigint generated always as identity primary key,
    event text not null references event on delete cascade,
    listener text not null,
    attempts int not null default 0,
    due_at timestamptz not null default now()
);
create index outbox_due on outbox (due_at);
