-- Something known, encrypted with the key of the servers: whoever cannot decrypt it has another key.
CREATE TABLE server_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sentinel bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
