-- Refunds.

-- Of the refunded: how many had not been sent, and will not be.
alter table order_items add column unsent bigint not null default 0;

-- What credit memos kept back of what they took back; it is not to be refunded any more. In the order's currency.
alter table orders add column kept_back bigint not null default 0;

-- Whether the gateway gave the money back.
alter table credit_memos add column online bigint not null default 0;

-- What came back with a credit memo: no more comes back to a source than left it.
create index stock_movements_returned on stock_movements (tenant, document) where cause = 'returned';
