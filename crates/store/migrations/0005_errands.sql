-- What is to be done later, by one process at a time: whoever carries an errand out holds it until `leased_until`;
-- should that process die, another takes it over then.
create table errands (
    tenant bigint not null references tenants (id),
    id bigint not null,
    kind text not null,
    due_at bigint not null,
    leased_until bigint not null default 0,
    -- The process that holds it, or the last one that did.
    leased_by text,
    -- How often it was begun since it last ended well.
    attempts bigint not null default 0,
    primary key (tenant, id)
) without rowid;

create index errands_by_due_at on errands (due_at);

-- Each tenant has one that forgets what ran out, and comes back.
insert into errands (tenant, id, kind, due_at) select id, 1, 'tidy', 0 from tenants;
insert into counters (tenant, name, next) select id, 'errand', 2 from tenants;
