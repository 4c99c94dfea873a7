create table team_token (
    id text primary key,
    team text not null references team on update cascade,
    description text not null default '',
    token_hash bytea not null unique,
    value bytea not null, -- encrypted: the API shows it again
    creator text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_access timestamptz
);
create index team_token_team on team_token (team);

create table token_grant (
    token text not null references team_token on delete cascade,
    role text not null references role on update cascade,
    context_value text not null default '',
    primary key (token, role, context_value)
);
create index token_grant_role on token_grant (role);
