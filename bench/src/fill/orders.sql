-- Some orders, from the `:first` to before the `:end`, of `:all` that are made: as they would stand after years of
-- selling. `:word` stands for a number; `:orders`, `:items` and so on are the first ids to use.
-- What an order is follows from its index, so that every run makes the same.

-- The newest are open: new, paid, or shipped in part. Of the others nearly all are complete.
create temporary table fill_heads as
with recursive n(i) as (select cast(:first as bigint) union all select i + 1 from n where i + 1 < :end)
select
    i,
    :orders + i - :first as id,
    case
        when i >= :all - :all * 3 / 100 then
            case i % 3 when 0 then 'new' when 1 then 'paid' else 'part' end
        when i % 97 = 0 then 'canceled'
        else 'complete'
    end as fate,
    (i * 7919 + i / 50000) % 50000 as customer,
    :since + i * :span / :all as made_at
from n;

-- One to three lines each; two orders in a row have no sku in common.
create temporary table fill_items as
select
    l.order_id, l.id, l.fate, l.made_at, p.id as product, p.sku, p.sku_key, p.name, p.price, l.quantity as ordered,
    p.price * l.quantity / 10000 as row_total,
    case l.fate when 'canceled' then l.quantity else 0 end as canceled,
    case when l.fate in ('complete', 'paid', 'part') then l.quantity else 0 end as invoiced,
    case when l.fate = 'complete' or l.fate = 'part' and l.k = 0 then l.quantity else 0 end as shipped
from (
    select
        h.id as order_id, h.fate, h.made_at, k.k,
        :items + (h.i / 3 - :first / 3) * 6 + (h.i % 3) * (h.i % 3 + 1) / 2 + k.k as id,
        (1 + (h.i + k.k) % 3) * 10000 as quantity,
        :products + (h.i * 31 + k.k * 4999) % :skus as product
    from fill_heads h
    join (select 0 as k union all select 1 union all select 2) k on k.k <= h.i % 3
) l
join products p on p.tenant = 1 and p.id = l.product;

create temporary table fill_orders as
select
    h.i, h.id, h.fate, h.customer, h.made_at, t.subtotal, t.subtotal + 50000 as total, t.quantity, t.shipped,
    case when h.fate in ('complete', 'paid', 'part') then t.subtotal + 50000 else 0 end as paid
from fill_heads h
join (
    select
        order_id, cast(sum(row_total) as bigint) as subtotal, cast(sum(ordered) as bigint) as quantity,
        cast(sum(shipped) as bigint) as shipped
    from fill_items group by order_id
) t on t.order_id = h.id
order by h.id;

insert into orders (
    tenant, id, store, stock, number, state, status, is_virtual, currency, base_currency, rate, method, email,
    grand_total, base_grand_total, paid, base_paid, refunded, base_refunded, created_at, updated_at
)
select
    1, id, 1, 1,
    substr(cast(1000000000 + i - :first + (
        select next from numbers where tenant = 1 and store = 1 and document = 'order'
    ) as text), 2),
    case when fate in ('paid', 'part') then 'processing' else fate end,
    case when fate in ('paid', 'part') then 'processing' when fate = 'new' then 'pending' else fate end,
    0, 'USD', 'USD', 100000000, 'checkmo', 'customer' || cast(customer as text) || '@example.com',
    total, total, paid, paid, 0, 0, made_at, case when fate = 'complete' then made_at + 172800000 else made_at end
from fill_orders order by id;

update numbers set next = next + :end - :first where tenant = 1 and store = 1 and document = 'order';

insert into order_items (
    tenant, order_id, id, product, sku, name, kind, is_virtual, decimals, locked_invoice, locked_ship,
    price_on_children, ships_separately, selection, tracked, holds, ordered, canceled, invoiced, shipped, refunded
)
select
    1, order_id, id, product, sku, name, 'simple', 0, 0, 0, 0, 0, 0, 10000, 1, 1, ordered, canceled, invoiced, shipped, 0
from fill_items order by id;

insert into item_prices (
    tenant, order_id, item, price, base_price, price_incl_tax, base_price_incl_tax, original_price, base_original_price
)
select 1, order_id, id, price, price, price, price, price, price from fill_items order by id;

insert into item_amounts (
    tenant, order_id, item, stage, row_total, base_row_total, row_incl_tax, base_row_incl_tax, tax, base_tax,
    discount, base_discount, compensation, base_compensation
)
select 1, i.order_id, i.id, s.stage, i.row_total, i.row_total, i.row_total, i.row_total, 0, 0, 0, 0, 0, 0
from fill_items i
join (select 'ordered' as stage union all select 'invoiced' union all select 'canceled') s
    on s.stage = 'ordered' or s.stage = 'invoiced' and i.invoiced > 0 or s.stage = 'canceled' and i.canceled > 0
order by i.id, s.stage;

insert into order_amounts (
    tenant, order_id, stage, subtotal, base_subtotal, subtotal_incl_tax, base_subtotal_incl_tax,
    discount, base_discount, shipping, base_shipping, shipping_incl_tax, base_shipping_incl_tax,
    shipping_discount, base_shipping_discount, shipping_tax, base_shipping_tax, tax, base_tax,
    compensation, base_compensation, shipping_compensation, base_shipping_compensation, cost, base_cost, total, base_total
)
select
    1, o.id, s.stage, o.subtotal, o.subtotal, o.subtotal, o.subtotal,
    0, 0, 50000, 50000, 50000, 50000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, o.total, o.total
from fill_orders o
join (select 'ordered' as stage union all select 'invoiced' union all select 'canceled') s
    on s.stage = 'ordered' or s.stage = 'invoiced' and o.paid > 0 or s.stage = 'canceled' and o.fate = 'canceled'
order by o.id, s.stage;

insert into order_details (
    tenant, order_id, customer, firstname, lastname, shipping_method, shipping_description, payment, extra, items
)
select
    1, id, customer + 1, 'Filled', 'Customer ' || cast(customer as text), 'flatrate_flatrate', 'Flat Rate - Fixed',
    '{}', '{}', '{}'
from fill_orders order by id;

insert into addresses (
    tenant, order_id, role, id, firstname, lastname, street, city, region, region_code, region_id, postcode, country,
    telephone, email, extra
)
select
    1, o.id, r.role, :addresses + (o.i - :first) * 2 + r.place, 'Filled', 'Customer ' || cast(o.customer as text),
    cast(1 + o.customer % 900 as text) || ' Main Street', 'Mineola', 'New York', 'NY', 43, '11501', 'US',
    '516-555-0100', 'customer' || cast(o.customer as text) || '@example.com', '{}'
from fill_orders o
cross join (select 'billing' as role, 0 as place union all select 'shipping', 1) r
order by o.id, r.role;

-- What was held, and let go again.
insert into reservations (tenant, id, stock, sku_key, sku, order_id, change, event, at)
select 1, :entries + id - :items, 1, sku_key, sku, order_id, ordered, 'order_placed', made_at
from fill_items order by id;

insert into reservations (tenant, id, stock, sku_key, sku, order_id, change, event, at)
select
    1, :entries + :lines + id - :items, 1, sku_key, sku, order_id, -(shipped + canceled),
    case when canceled > 0 then 'order_canceled' else 'shipment_created' end, made_at + 86400000
from fill_items where shipped + canceled > 0 order by id;

update stock_levels set held = stock_levels.held + s.held
from (
    select sku_key, cast(sum(ordered - shipped - canceled) as bigint) as held from fill_items group by sku_key
) as s
where stock_levels.tenant = 1 and stock_levels.stock = 1 and stock_levels.sku_key = s.sku_key and s.held <> 0;

-- One shipment of all that has left.
insert into shipments (tenant, id, order_id, store, number, source, total, extra, created_at, updated_at)
select
    1, :shipments + i - :first, id, 1, substr(cast(1000000000 + :shipment_numbers + i - :first as text), 2), 'default',
    shipped, '{}', made_at + 86400000, made_at + 86400000
from fill_orders where shipped > 0 order by id;

insert into shipment_lines (tenant, shipment, id, item, quantity, extra)
select 1, :shipments + order_id - :orders, :shipment_lines + id - :items, id, shipped, '{}'
from fill_items where shipped > 0 order by id;

insert into tracks (tenant, shipment, id, order_id, number, title, carrier, created_at)
select 1, :shipments + i - :first, :tracks + i - :first, id, 'FILL' || cast(id as text), 'Parcel', 'ups', made_at + 86400000
from fill_orders where shipped > 0 order by id;

insert into stock_movements (tenant, id, source, sku_key, sku, change, cause, document, at)
select
    1, :entries + :lines + :lines + id - :items, 'default', sku_key, sku, -shipped, 'shipped',
    :shipments + order_id - :orders, made_at + 86400000
from fill_items where shipped > 0 order by id;

update source_items set on_hand = source_items.on_hand - s.shipped
from (select sku_key, cast(sum(shipped) as bigint) as shipped from fill_items group by sku_key) as s
where source_items.tenant = 1 and source_items.sku_key = s.sku_key and source_items.source = 'default'
    and s.shipped > 0;

-- One invoice of everything. Its number is the next one: they have no gaps.
insert into invoices (
    tenant, id, order_id, store, number, state, quantity, subtotal, base_subtotal, subtotal_incl_tax,
    base_subtotal_incl_tax, discount, base_discount, shipping, base_shipping, shipping_incl_tax, base_shipping_incl_tax,
    shipping_discount, base_shipping_discount, shipping_tax, base_shipping_tax, tax, base_tax, compensation,
    base_compensation, shipping_compensation, base_shipping_compensation, cost, base_cost, total, base_total,
    created_at, updated_at
)
select
    1, :invoices + i - :first, id, 1,
    substr(cast(999999999 + row_number() over (order by id) + (
        select next from numbers where tenant = 1 and store = 1 and document = 'invoice'
    ) as text), 2),
    2, quantity, subtotal, subtotal, subtotal, subtotal, 0, 0, 50000, 50000, 50000, 50000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, total, total, made_at, made_at
from fill_orders where paid > 0 order by id;

update numbers set next = next + (select count(*) from fill_orders where paid > 0)
where tenant = 1 and store = 1 and document = 'invoice';

insert into invoice_lines (
    tenant, invoice, id, item, quantity, row_total, base_row_total, row_incl_tax, base_row_incl_tax, tax, base_tax,
    discount, base_discount, compensation, base_compensation
)
select
    1, :invoices + order_id - :orders, :invoice_lines + id - :items, id, invoiced, row_total, row_total, row_total,
    row_total, 0, 0, 0, 0, 0, 0
from fill_items where invoiced > 0 order by id;

drop table fill_orders;
drop table fill_items;
drop table fill_heads;
