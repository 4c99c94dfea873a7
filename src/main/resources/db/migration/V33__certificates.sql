-- What routers show for names of apps over TLS.
create table certificate (
    id text primary key,
    app text not null references app on delete cascade,
    name text not null,           -- a host name of the app; a leading *. for all below
    chain text not null,          -- PEM, as it was given
    private_key bytea not null,   -- PKCS#8 in PEM, encrypted
    fingerprint text not null,    -- SHA-256 of the server's own certificate
    not_after timestamptz not null,
    set_at timestamptz not null default now(),
    -- At the end of a statement: a swap exchanges the names of two apps.
    unique (app, name) deferrable
);

-- Who is to issue certificates for a name.
alter table app_cname add column issuer text;

-- Rises with every change of what routers show for an app; 0 while there never was anything.
alter table app add column certificate_epoch bigint not null default 0;
