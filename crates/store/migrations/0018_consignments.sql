-- What carriers carry, and how it is booked.

-- How many consignments an order ever had.
alter table orders add column consignments bigint not null default 0;

create table consignments (
    tenant bigint not null,
    id bigint not null,
    -- Of which fulfilment order of which order; none where no order of ours knows it.
    order_id bigint,
    fulfilment bigint,
    reference text not null,
    order_reference text not null,
    stage text not null,
    -- own or rehearsal
    carrier text,
    account text,
    prebooked bigint not null,
    tracking text,
    label text,
    -- Whether the carrier has a label for it that was not given back.
    labelled bigint not null,
    attempts bigint not null,
    errand bigint,
    unwanted bigint not null,
    -- What is wrong with the booking, and when it came to each stage: JSON lists.
    faults text not null,
    milestones text not null,
    extra text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, id)
) without rowid;

create unique index consignments_by_reference on consignments (tenant, reference);
create index consignments_by_tracking on consignments (tenant, tracking) where tracking is not null;
create index consignments_by_order on consignments (tenant, order_id) where order_id is not null;
create index consignments_by_updated_at on consignments (tenant, updated_at, id);

-- The errand of a consignment is found by what it is about.
create index errands_by_subject on errands (tenant, kind, subject) where subject is not null;

-- When a row was cancelled; of those that were before this step the last act on their fulfilment order is the nearest known.
alter table fulfilment_rows add column cancelled_at bigint;
update fulfilment_rows set cancelled_at = (
    select f.updated_at from fulfilment_orders f where f.tenant = fulfilment_rows.tenant
        and f.order_id = fulfilment_rows.order_id and f.id = fulfilment_rows.fulfilment
) where stage = 'cancelled';

-- Since when an order speaks of nobody. What doors answered to a request about it is found by it, as that goes too; of
-- answers that are older than this step nobody knows which order they are about, and they run out within a day.
alter table orders add column redacted_at bigint;
alter table answers add column order_id bigint;
create index letters_by_order on letters (tenant, order_id);
create index answers_by_order on answers (tenant, order_id) where order_id is not null;

-- What was done to an order is shown by its number.
create index audit_by_subject on audit (tenant, subject, id) where subject is not null;

-- Accounts with carriers.
create table carrier_accounts (
    tenant bigint not null,
    id text not null,
    name text not null,
    carrier text not null,
    active bigint not null,
    extra text not null,
    created_at bigint not null,
    primary key (tenant, id)
) without rowid;

-- The ledger of the sandbox carrier. It stands for a system outside: nothing of ours refers to it, and it is written in
-- transactions of its own.
create table carrier_ledger (
    -- What was asked under.
    key text not null primary key,
    -- book or cancel
    kind text not null,
    -- What the consignment is called, and the number of its label.
    reference text not null,
    tracking text not null,
    -- asked, late, done or refused
    state text not null,
    -- How often it was asked for.
    asked bigint not null,
    at bigint not null
) without rowid;

create index carrier_ledger_by_tracking on carrier_ledger (tracking);
