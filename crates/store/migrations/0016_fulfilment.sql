-- What locations do of orders, and shipments that are packed before they leave.

-- How many shipments an order ever had, and why it is on hold: a JSON list.
alter table orders add column shipments bigint not null default 0;
alter table orders add column holds text;

-- A shipment's running number in its order; when it was good to go and when it was sent; whether what it takes is paid (0 no,
-- 1 before or by other means, 2 by this invoice); whether it carries the order's shipping costs; whether its goods are off
-- their source.
alter table shipments add column sequence bigint not null default 0;
alter table shipments add column ready_at bigint;
alter table shipments add column left_at bigint;
alter table shipments add column paid bigint not null default 0;
alter table shipments add column invoice bigint;
alter table shipments add column costs bigint not null default 1;
alter table shipments add column deducted bigint not null default 1;

update shipments set ready_at = created_at, left_at = created_at, sequence = (select count(*) from shipments other
    where other.tenant = shipments.tenant and other.order_id = shipments.order_id and other.id <= shipments.id);
update orders set shipments = (select count(*) from shipments
    where shipments.tenant = orders.tenant and shipments.order_id = orders.id)
    where exists (select 1 from shipments where shipments.tenant = orders.tenant and shipments.order_id = orders.id);

drop index shipments_by_order;
create unique index shipments_by_order on shipments (tenant, order_id, sequence);

-- What is bound to orders, and what of it can be used for nothing.
alter table source_items add column allocated bigint not null default 0 check (allocated >= 0);
alter table source_items add column unavailable bigint not null default 0 check (unavailable >= 0);

create table fulfilment_orders (
    tenant bigint not null,
    order_id bigint not null,
    id bigint not null,
    reference text,
    -- The source that does it; none has it while there is none.
    location text,
    -- delivery, collection or digital
    method text not null,
    extra text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, order_id, id)
) without rowid;

create unique index fulfilment_orders_by_id on fulfilment_orders (tenant, id);

create table fulfilment_rows (
    tenant bigint not null,
    order_id bigint not null,
    fulfilment bigint not null,
    -- Its place among the rows, from 0.
    position bigint not null,
    item bigint not null,
    quantity bigint not null check (quantity > 0),
    -- open, allocated, packing, fulfilled, cancelled or closed
    stage text not null,
    shipment bigint,
    reference text,
    -- Ids of what carriers carry it with, with commas.
    consignments text not null,
    reason text,
    -- Whether the goods are off their source.
    has_left bigint not null,
    primary key (tenant, order_id, fulfilment, position)
) without rowid;

create index fulfilment_rows_here on fulfilment_rows (tenant, order_id) where has_left = 0;
