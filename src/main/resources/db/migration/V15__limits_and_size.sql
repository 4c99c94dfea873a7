-- What callers may still ask of all servers together. Unlogged: after a crash of the database all is as if nobody had asked.
create unlogged table request_quota (
    key text primary key,
    available double precision not null,
    granted int not null, -- by the last draw
    at timestamptz not null
) with (
    -- Few rows, written all the time: room for their new versions beside them.
    fillfactor = 50
);

-- Lists of what failed, and of what somebody did: without reading all that went well, or that others did.
create index event_failed on event (started_at desc) where error <> '';
create index event_owner on event (owner_name, started_at desc);
