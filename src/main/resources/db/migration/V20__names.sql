-- Names that lead to apps besides those that their routers give them.
create table app_cname (
    app text not null references app on delete cascade,
    cname text not null,
    position int not null,
    primary key (app, cname)
);
create index app_cname_cname on app_cname (cname);

-- Whose name an app answers to on a router: its own, or after a swap the other one's.
alter table app_router add column address_of text;
update app_router set address_of = app;
alter table app_router alter column address_of set not null;

-- What single processes have of their own: [{name, plan, metadata}].
alter table app add column processes jsonb not null default '[]';
alter table release add column process_plans jsonb not null default '{}';

-- The next build starts from scratch.
alter table app add column image_reset boolean not null default false;
