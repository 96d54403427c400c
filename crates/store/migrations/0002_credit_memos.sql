-- Credit memos: what was given back, in the manner of invoices. Nothing writes them yet.
--
-- Their numbers are drawn like an invoice's, in the transaction that makes the memo, so that they have no gaps.

create table credit_memos (
    tenant bigint not null,
    id bigint not null,
    order_id bigint not null,
    -- Null: of the order as a whole, whichever invoices it has.
    invoice bigint,
    store bigint not null,
    number text not null,
    -- 1 open, 2 refunded, 3 canceled
    state bigint not null,
    quantity bigint not null,
    subtotal bigint not null,
    base_subtotal bigint not null,
    subtotal_incl_tax bigint not null,
    base_subtotal_incl_tax bigint not null,
    -- Negative, as on invoices.
    discount bigint not null,
    base_discount bigint not null,
    shipping bigint not null,
    base_shipping bigint not null,
    shipping_incl_tax bigint not null,
    base_shipping_incl_tax bigint not null,
    shipping_discount bigint not null,
    base_shipping_discount bigint not null,
    shipping_tax bigint not null,
    base_shipping_tax bigint not null,
    tax bigint not null,
    base_tax bigint not null,
    compensation bigint not null,
    base_compensation bigint not null,
    shipping_compensation bigint not null,
    base_shipping_compensation bigint not null,
    cost bigint not null,
    base_cost bigint not null,
    -- Given back beyond the lines (positive), and kept back from them (negative); both are written without a sign.
    adjustment_positive bigint not null,
    base_adjustment_positive bigint not null,
    adjustment_negative bigint not null,
    base_adjustment_negative bigint not null,
    -- The components' sum, plus what is given beyond, less what is kept back.
    total bigint not null,
    base_total bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, id),
    foreign key (tenant, order_id) references orders (tenant, id),
    foreign key (tenant, invoice) references invoices (tenant, id)
) without rowid;

create unique index credit_memos_by_number on credit_memos (tenant, number, store);
create index credit_memos_by_order on credit_memos (tenant, order_id);
-- What an invoice's earlier memos gave back limits the next one.
create index credit_memos_by_invoice on credit_memos (tenant, invoice);

create table credit_memo_lines (
    tenant bigint not null,
    credit_memo bigint not null,
    id bigint not null,
    item bigint not null,
    quantity bigint not null check (quantity > 0),
    -- Null where another line carries the money.
    row_total bigint,
    base_row_total bigint,
    row_incl_tax bigint,
    base_row_incl_tax bigint,
    tax bigint,
    base_tax bigint,
    discount bigint,
    base_discount bigint,
    compensation bigint,
    base_compensation bigint,
    primary key (tenant, credit_memo, id),
    foreign key (tenant, credit_memo) references credit_memos (tenant, id)
) without rowid;
