-- What units and the platform print. Without a foreign key: lines of an app come until its last unit is gone, and its removal
-- deletes them. The numbers grow in the order of commits (see LogStore), so "all lines after this one" misses none.
CREATE TABLE log_line (
    id bigint GENERATED ALWAYS AS IDENTITY,
    app text NOT NULL,
    at timestamptz NOT NULL,
    source text NOT NULL,
    unit text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (app, id)
) WITH (
    -- Old lines are deleted all the time; their space is to be found again before it is a fifth of the table.
    autovacuum_vacuum_scale_factor = 0.05
);
