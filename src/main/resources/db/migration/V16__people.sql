-- A password that was mailed is changed before anything else is done with it.
alter table account add column must_change_password boolean not null default false;

create index session_expiry on session (expires_at);

-- One-time tokens that were mailed to whoever forgot a password.
create table reset_token (
    token_hash bytea primary key,
    email text not null references account on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index reset_token_email on reset_token (email);

-- Log-ins that failed lately. People type passwords where names belong, so what was typed is kept as a hash.
create table login_failure (
    subject bytea primary key, -- of the account and the address
    failures int not null,
    last_at timestamptz not null,
    blocked_until timestamptz not null
);

create table ssh_key (
    email text not null references account on delete cascade,
    name text not null,
    key text not null,
    fingerprint text not null unique, -- a key tells who comes, so it is one person's
    created_at timestamptz not null default now(),
    primary key (email, name)
);

-- Tokens of the platform's own agents.
create table internal_token (
    name text primary key,
    token_hash bytea not null unique,
    value bytea not null -- encrypted: agents get it when they are started
);
