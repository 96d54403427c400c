-- Money at gateways.

-- The operation that a gateway is being asked for: until it is settled, nothing else is done to the order.
alter table orders add column operation bigint;

-- The gateway's reference of the money, where one collected it.
alter table invoices add column
    transaction_id text;

-- What an errand is about, where there are several of its kind.
alter table errands add column subject bigint;

-- An order's money at its gateway, in the order's currency.
create table payments (
    tenant bigint not null,
    order_id bigint not null,
    gateway text not null,
    -- The gateway's names of the means of payment, the customer, and of what is set aside.
    instrument text,
    customer text,
    stage text not null,
    authorisation text,
    authorised bigint not null,
    -- When what is set aside is free again.
    until bigint,
    captured bigint not null,
    refunded bigint not null,
    primary key (tenant, order_id),
    check (captured >= 0 and captured <= authorised and refunded >= 0 and refunded <= captured)
) without rowid;

-- What was asked of gateways, or is to be: the intent is here before anybody is asked.
create table operations (
    tenant bigint not null,
    id bigint not null,
    order_id bigint not null,
    errand bigint not null,
    -- authorise, invoice, ship, void or refund
    kind text not null,
    -- What is decided once the gateway has said yes, as JSON text.
    plan text not null,
    amount bigint not null,
    -- The gateway's reference of what it is done to.
    of_reference text,
    is_last bigint not null,
    -- open, done or refused
    state text not null,
    -- The gateway's reference of what was done.
    reference text,
    -- The document that came of it.
    shipment bigint,
    invoice bigint,
    credit_memo bigint,
    reason text,
    created_at bigint not null,
    settled_at bigint,
    primary key (tenant, id)
) without rowid;

create index operations_by_order on operations (tenant, order_id);
-- One at a time.
create unique index operations_open on operations (tenant, order_id) where state = 'open';

-- This database's own name at gateways, so that two of them never use one idempotency key.
create table installation (
    name text not null primary key
) without rowid;

-- The ledger of the sandbox gateway. It stands for a system outside: nothing of ours refers to it, and it is written in
-- transactions of its own.
create table rehearsal_ledger (
    -- What was asked under.
    key text not null primary key,
    kind text not null,
    -- The authorisation that it belongs to, by its reference.
    authorisation text not null,
    reference text not null,
    amount bigint not null,
    currency text not null,
    -- How the customer's means of payment behaves.
    words text not null,
    state text not null,
    until bigint,
    -- How often it was asked for.
    asked bigint not null,
    at bigint not null
) without rowid;

create index rehearsal_ledger_by_authorisation on rehearsal_ledger (authorisation);
