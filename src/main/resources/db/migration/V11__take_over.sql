-- Requests that their client may repeat: what came of each, for a day.
create table idempotency_key (
    caller text not null,
    key text not null,
    event text not null references event on delete cascade,
    kept bytea not null, -- encrypted: what was asked for, and the answer, which may hold secrets
    created_at timestamptz not null default now(),
    primary key (caller, key)
);
create index idempotency_key_created on idempotency_key (created_at);
create index idempotency_key_event on idempotency_key (event);

-- A unit's processes are its machine's: only the servers of that data directory see them. Null for those of before.
alter table unit add column machine text;

-- Where a target's operations run, once they have something there that cannot be reached from elsewhere.
create table target_home (
    target_type text not null,
    target_value text not null,
    machine text not null,
    primary key (target_type, target_value)
);
