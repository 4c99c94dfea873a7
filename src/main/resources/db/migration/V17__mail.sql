-- Mail that is not delivered yet.
create table mail (
    id text primary key,
    content bytea not null, -- encrypted: it may hold a token
    attempts int not null default 0,
    due_at timestamptz not null default now(),
    expires_at timestamptz not null -- nobody has any use of it later
);
create index mail_due on mail (due_at);
