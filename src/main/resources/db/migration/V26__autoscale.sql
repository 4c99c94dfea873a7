-- Between how many units a process of an app is kept, and by what; the version is the one whose units follow it.
create table autoscale_rule (
    app text not null references app on delete cascade,
    process text not null,
    spec jsonb not null,
    primary key (app, process)
);
