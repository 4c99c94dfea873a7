-- Roles that new users and teams get by themselves.
create table role_event (
    event text not null,
    role text not null references role on update cascade on delete cascade,
    primary key (event, role)
);

-- Groups have no list of their own: schemes that log people in tell who is in which.
create table account_group (
    email text not null references account on delete cascade,
    group_name text not null,
    primary key (email, group_name)
);

create table group_grant (
    group_name text not null,
    role text not null references role on update cascade on delete cascade,
    context_value text not null default '',
    primary key (group_name, role, context_value)
);
create index group_grant_role on group_grant (role);

-- What is in use of a user's quota is counted.
create index app_owner on app (owner);
