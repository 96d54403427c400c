-- Authorisations end: whoever is warned of it is warned once.

alter table payments add column warned bigint not null default 0;

create index payments_by_until on payments (tenant, until) where stage = 'authorised' and warned = 0;
