-- Captures fail after all, also when the money was given back already: what was given back is bounded by what was once
-- taken. SQLite changes no check of a column or table, so the column and the table are made anew.

-- They are in the way, and are made anew with the last step.
drop view if exists reporting_orders;
drop view if exists reporting_order_items;
drop view if exists reporting_shipments;
drop view if exists reporting_invoices;
drop view if exists reporting_credit_memos;
drop view if exists reporting_stock;
drop view if exists reporting_source_stock;

alter table orders add column due_again bigint not null default 0;
alter table orders add column given_back bigint not null default 0 check (given_back <= paid + due_again);
update orders set given_back = refunded where refunded <> 0;
alter table orders drop column refunded;
alter table orders rename column given_back to refunded;

create table new_payments (
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
    -- What was captured and has failed after all.
    failed bigint not null default 0,
    refunded bigint not null,
    -- Whether somebody was told that it ends.
    warned bigint not null default 0,
    primary key (tenant, order_id),
    check (captured >= 0 and captured <= authorised and failed >= 0 and refunded >= 0 and refunded <= captured + failed)
) without rowid;
insert into new_payments (tenant, order_id, gateway, instrument, customer, stage, authorisation, authorised, until, captured,
    refunded, warned)
    select tenant, order_id, gateway, instrument, customer, stage, authorisation, authorised, until, captured, refunded, warned
    from payments;
drop table payments;
alter table new_payments rename to payments;
create index payments_by_until on payments (tenant, until) where stage = 'authorised' and warned = 0;
