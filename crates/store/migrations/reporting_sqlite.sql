-- Views for people and their BI tools, on SQLite. `reporting_postgres.sql` has the same views with the same columns
-- in the same order; `docs/reporting.md` says what they mean. What changes here changes in all three.
--
-- Decimals are written as digits, four after the point: SQLite's only other fraction is the binary float, and what is
-- added up in one differs from what PostgreSQL's numeric gives. `x / 1e4` is the float nearest to the amount, and printed
-- with four digits it is the amount again: up to 400 billion, and what is taken in ends at 100 billion.
--
-- Sums stand in the list of columns, not in the joins: a filter on an order then reaches the keys of the tables, and a
-- column that nobody asks for costs nothing. `…_ms` repeats times as they are stored, because only those have keys.
-- `cross join` keeps the few tenants (and stocks) outside, and a line's order outside its lines: all keys begin with
-- them, and SQLite would rather read a whole table.

drop view if exists reporting_orders;
drop view if exists reporting_order_items;
drop view if exists reporting_shipments;
drop view if exists reporting_invoices;
drop view if exists reporting_credit_memos;
drop view if exists reporting_stock;
drop view if exists reporting_source_stock;

-- One row for each order.
create view reporting_orders as
select
    t.name as tenant,
    o.id,
    o.number,
    s.code as store_code,
    w.code as website_code,
    o.stock as stock_id,
    o.state,
    o.status,
    o.is_virtual,
    exists (
        select 1 from order_items i where i.tenant = o.tenant and i.order_id = o.id and i.shipped > 0
    )
    and not exists (
        select 1
        from order_items i
        left join order_items p on p.tenant = i.tenant and p.order_id = i.order_id and p.id = i.parent
        where i.tenant = o.tenant and i.order_id = o.id
            and i.is_virtual = 0 and i.locked_ship = 0 and i.refunded <> i.ordered
            and i.ordered - i.canceled - i.unsent > i.shipped
            and (
                p.ships_separately = 1
                or (
                    i.parent is null
                    and (
                        i.ships_separately = 0
                        or not exists (
                            select 1 from order_items c
                            where c.tenant = i.tenant and c.order_id = i.order_id and c.parent = i.id
                        )
                    )
                )
            )
    ) as fully_shipped,
    d.customer as customer_id,
    o.email as customer_email,
    nullif(trim(coalesce(d.firstname, '') || ' ' || coalesce(d.lastname, '')), '') as customer_name,
    (
        select a.country from addresses a
        where a.tenant = o.tenant and a.order_id = o.id and a.role = 'billing'
    ) as billing_country,
    (
        select a.country from addresses a
        where a.tenant = o.tenant and a.order_id = o.id and a.role = 'shipping'
    ) as shipping_country,
    o.method as payment_method,
    d.shipping_method,
    o.currency,
    o.base_currency,
    printf('%d.%08d', o.rate / 100000000, o.rate % 100000000) as rate,
    printf('%.4f', o.grand_total / 1e4) as grand_total,
    printf('%.4f', o.base_grand_total / 1e4) as base_grand_total,
    printf('%.4f', coalesce(a.subtotal, 0) / 1e4) as subtotal,
    printf('%.4f', coalesce(a.base_subtotal, 0) / 1e4) as base_subtotal,
    printf('%.4f', coalesce(a.subtotal_incl_tax, 0) / 1e4) as subtotal_incl_tax,
    printf('%.4f', coalesce(a.base_subtotal_incl_tax, 0) / 1e4) as base_subtotal_incl_tax,
    printf('%.4f', coalesce(a.discount, 0) / 1e4) as discount,
    printf('%.4f', coalesce(a.base_discount, 0) / 1e4) as base_discount,
    printf('%.4f', coalesce(a.shipping, 0) / 1e4) as shipping,
    printf('%.4f', coalesce(a.base_shipping, 0) / 1e4) as base_shipping,
    printf('%.4f', coalesce(a.shipping_incl_tax, 0) / 1e4) as shipping_incl_tax,
    printf('%.4f', coalesce(a.base_shipping_incl_tax, 0) / 1e4) as base_shipping_incl_tax,
    printf('%.4f', coalesce(a.shipping_discount, 0) / 1e4) as shipping_discount,
    printf('%.4f', coalesce(a.base_shipping_discount, 0) / 1e4) as base_shipping_discount,
    printf('%.4f', coalesce(a.shipping_tax, 0) / 1e4) as shipping_tax,
    printf('%.4f', coalesce(a.base_shipping_tax, 0) / 1e4) as base_shipping_tax,
    printf('%.4f', coalesce(a.tax, 0) / 1e4) as tax,
    printf('%.4f', coalesce(a.base_tax, 0) / 1e4) as base_tax,
    printf('%.4f', coalesce(a.compensation, 0) / 1e4) as compensation,
    printf('%.4f', coalesce(a.base_compensation, 0) / 1e4) as base_compensation,
    printf('%.4f', coalesce(a.shipping_compensation, 0) / 1e4) as shipping_compensation,
    printf('%.4f', coalesce(a.base_shipping_compensation, 0) / 1e4) as base_shipping_compensation,
    printf('%.4f', coalesce((
        select a.total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'invoiced'
    ), 0) / 1e4) as invoiced,
    printf('%.4f', coalesce((
        select a.base_total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'invoiced'
    ), 0) / 1e4) as base_invoiced,
    printf('%.4f', coalesce((
        select a.total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'canceled'
    ), 0) / 1e4) as canceled,
    printf('%.4f', coalesce((
        select a.base_total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'canceled'
    ), 0) / 1e4) as base_canceled,
    printf('%.4f', o.paid / 1e4) as paid,
    printf('%.4f', o.base_paid / 1e4) as base_paid,
    printf('%.4f', o.refunded / 1e4) as refunded,
    printf('%.4f', o.base_refunded / 1e4) as base_refunded,
    printf('%.4f', max(o.grand_total - o.paid, 0) / 1e4) as due,
    printf('%.4f', max(o.base_grand_total - o.base_paid, 0) / 1e4) as base_due,
    printf('%.4f', (
        select coalesce(sum(i.ordered), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) / 1e4) as quantity_ordered,
    printf('%.4f', (
        select coalesce(sum(i.canceled), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) / 1e4) as quantity_canceled,
    printf('%.4f', (
        select coalesce(sum(i.invoiced), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) / 1e4) as quantity_invoiced,
    printf('%.4f', (
        select coalesce(sum(i.shipped), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) / 1e4) as quantity_shipped,
    printf('%.4f', (
        select coalesce(sum(i.refunded), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) / 1e4) as quantity_refunded,
    strftime('%Y-%m-%dT%H:%M:%fZ', o.created_at / 1000.0, 'unixepoch') as created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', o.updated_at / 1000.0, 'unixepoch') as updated_at,
    o.created_at as created_ms,
    o.updated_at as updated_ms
from tenants t
cross join orders o on o.tenant = t.id
left join stores s on s.tenant = o.tenant and s.id = o.store
left join websites w on w.tenant = s.tenant and w.id = s.website
left join order_amounts a on a.tenant = o.tenant and a.order_id = o.id and a.stage = 'ordered'
left join order_details d on d.tenant = o.tenant and d.order_id = o.id;

-- One row for each line of an order.
-- A part of a kit or configurable is a line of its own below its parent, so sums over quantities take one of both.
create view reporting_order_items as
select
    t.name as tenant,
    i.id,
    i.order_id,
    o.number as order_number,
    o.state as order_state,
    i.parent as parent_id,
    i.product as product_id,
    i.sku,
    i.name,
    i.kind,
    i.is_virtual,
    printf('%.4f', i.ordered / 1e4) as quantity_ordered,
    printf('%.4f', i.canceled / 1e4) as quantity_canceled,
    printf('%.4f', i.invoiced / 1e4) as quantity_invoiced,
    printf('%.4f', i.shipped / 1e4) as quantity_shipped,
    printf('%.4f', i.refunded / 1e4) as quantity_refunded,
    o.currency,
    o.base_currency,
    printf('%.4f', coalesce(p.price, 0) / 1e4) as price,
    printf('%.4f', coalesce(p.base_price, 0) / 1e4) as base_price,
    printf('%.4f', coalesce(p.price_incl_tax, 0) / 1e4) as price_incl_tax,
    printf('%.4f', coalesce(p.base_price_incl_tax, 0) / 1e4) as base_price_incl_tax,
    printf('%.4f', coalesce(p.original_price, 0) / 1e4) as original_price,
    printf('%.4f', coalesce(p.base_original_price, 0) / 1e4) as base_original_price,
    case when p.base_cost is not null then printf('%.4f', p.base_cost / 1e4) end as base_cost,
    printf('%.4f', coalesce(a.row_total, 0) / 1e4) as row_total,
    printf('%.4f', coalesce(a.base_row_total, 0) / 1e4) as base_row_total,
    printf('%.4f', coalesce(a.row_incl_tax, 0) / 1e4) as row_total_incl_tax,
    printf('%.4f', coalesce(a.base_row_incl_tax, 0) / 1e4) as base_row_total_incl_tax,
    printf('%.4f', coalesce(a.tax, 0) / 1e4) as tax,
    printf('%.4f', coalesce(a.base_tax, 0) / 1e4) as base_tax,
    printf('%.4f', coalesce(a.discount, 0) / 1e4) as discount,
    printf('%.4f', coalesce(a.base_discount, 0) / 1e4) as base_discount,
    printf('%.4f', coalesce(a.compensation, 0) / 1e4) as compensation,
    printf('%.4f', coalesce(a.base_compensation, 0) / 1e4) as base_compensation,
    strftime('%Y-%m-%dT%H:%M:%fZ', o.created_at / 1000.0, 'unixepoch') as order_created_at,
    o.created_at as order_created_ms
from tenants t
cross join orders o on o.tenant = t.id
cross join order_items i on i.tenant = o.tenant and i.order_id = o.id
left join item_prices p on p.tenant = i.tenant and p.order_id = i.order_id and p.item = i.id
left join item_amounts a
    on a.tenant = i.tenant and a.order_id = i.order_id and a.item = i.id and a.stage = 'ordered';

-- One row for each shipment.
create view reporting_shipments as
select
    t.name as tenant,
    h.id,
    h.number,
    h.order_id,
    o.number as order_number,
    s.code as store_code,
    w.code as website_code,
    h.source as source_code,
    c.name as source_name,
    printf('%.4f', h.total / 1e4) as total_quantity,
    (
        select group_concat(k.number, ',')
        from (
            select k.number from tracks k
            where k.tenant = h.tenant and k.shipment = h.id
            order by k.id
        ) k
    ) as tracking_numbers,
    strftime('%Y-%m-%dT%H:%M:%fZ', h.created_at / 1000.0, 'unixepoch') as created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', h.updated_at / 1000.0, 'unixepoch') as updated_at,
    h.created_at as created_ms,
    h.updated_at as updated_ms
from tenants t
cross join shipments h on h.tenant = t.id
join orders o on o.tenant = h.tenant and o.id = h.order_id
left join stores s on s.tenant = h.tenant and s.id = h.store
left join websites w on w.tenant = s.tenant and w.id = s.website
left join sources c on c.tenant = h.tenant and c.code = h.source;

-- One row for each invoice.
create view reporting_invoices as
select
    t.name as tenant,
    v.id,
    v.number,
    v.order_id,
    o.number as order_number,
    s.code as store_code,
    w.code as website_code,
    case v.state when 1 then 'open' when 2 then 'paid' when 3 then 'canceled' end as state,
    o.currency,
    o.base_currency,
    printf('%.4f', v.quantity / 1e4) as total_quantity,
    printf('%.4f', v.total / 1e4) as grand_total,
    printf('%.4f', v.base_total / 1e4) as base_grand_total,
    printf('%.4f', v.subtotal / 1e4) as subtotal,
    printf('%.4f', v.base_subtotal / 1e4) as base_subtotal,
    printf('%.4f', v.subtotal_incl_tax / 1e4) as subtotal_incl_tax,
    printf('%.4f', v.base_subtotal_incl_tax / 1e4) as base_subtotal_incl_tax,
    printf('%.4f', v.discount / 1e4) as discount,
    printf('%.4f', v.base_discount / 1e4) as base_discount,
    printf('%.4f', v.shipping / 1e4) as shipping,
    printf('%.4f', v.base_shipping / 1e4) as base_shipping,
    printf('%.4f', v.shipping_incl_tax / 1e4) as shipping_incl_tax,
    printf('%.4f', v.base_shipping_incl_tax / 1e4) as base_shipping_incl_tax,
    printf('%.4f', v.shipping_discount / 1e4) as shipping_discount,
    printf('%.4f', v.base_shipping_discount / 1e4) as base_shipping_discount,
    printf('%.4f', v.shipping_tax / 1e4) as shipping_tax,
    printf('%.4f', v.base_shipping_tax / 1e4) as base_shipping_tax,
    printf('%.4f', v.tax / 1e4) as tax,
    printf('%.4f', v.base_tax / 1e4) as base_tax,
    printf('%.4f', v.compensation / 1e4) as compensation,
    printf('%.4f', v.base_compensation / 1e4) as base_compensation,
    printf('%.4f', v.shipping_compensation / 1e4) as shipping_compensation,
    printf('%.4f', v.base_shipping_compensation / 1e4) as base_shipping_compensation,
    printf('%.4f', v.base_cost / 1e4) as base_cost,
    strftime('%Y-%m-%dT%H:%M:%fZ', v.created_at / 1000.0, 'unixepoch') as created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', v.updated_at / 1000.0, 'unixepoch') as updated_at,
    v.created_at as created_ms,
    v.updated_at as updated_ms
from tenants t
cross join invoices v on v.tenant = t.id
join orders o on o.tenant = v.tenant and o.id = v.order_id
left join stores s on s.tenant = v.tenant and s.id = v.store
left join websites w on w.tenant = s.tenant and w.id = s.website;

-- One row for each credit memo.
create view reporting_credit_memos as
select
    t.name as tenant,
    m.id,
    m.number,
    m.order_id,
    o.number as order_number,
    m.invoice as invoice_id,
    v.number as invoice_number,
    s.code as store_code,
    w.code as website_code,
    case m.state when 1 then 'open' when 2 then 'refunded' when 3 then 'canceled' end as state,
    o.currency,
    o.base_currency,
    printf('%.4f', m.quantity / 1e4) as total_quantity,
    printf('%.4f', m.total / 1e4) as grand_total,
    printf('%.4f', m.base_total / 1e4) as base_grand_total,
    printf('%.4f', m.subtotal / 1e4) as subtotal,
    printf('%.4f', m.base_subtotal / 1e4) as base_subtotal,
    printf('%.4f', m.subtotal_incl_tax / 1e4) as subtotal_incl_tax,
    printf('%.4f', m.base_subtotal_incl_tax / 1e4) as base_subtotal_incl_tax,
    printf('%.4f', m.discount / 1e4) as discount,
    printf('%.4f', m.base_discount / 1e4) as base_discount,
    printf('%.4f', m.shipping / 1e4) as shipping,
    printf('%.4f', m.base_shipping / 1e4) as base_shipping,
    printf('%.4f', m.shipping_incl_tax / 1e4) as shipping_incl_tax,
    printf('%.4f', m.base_shipping_incl_tax / 1e4) as base_shipping_incl_tax,
    printf('%.4f', m.shipping_discount / 1e4) as shipping_discount,
    printf('%.4f', m.base_shipping_discount / 1e4) as base_shipping_discount,
    printf('%.4f', m.shipping_tax / 1e4) as shipping_tax,
    printf('%.4f', m.base_shipping_tax / 1e4) as base_shipping_tax,
    printf('%.4f', m.tax / 1e4) as tax,
    printf('%.4f', m.base_tax / 1e4) as base_tax,
    printf('%.4f', m.compensation / 1e4) as compensation,
    printf('%.4f', m.base_compensation / 1e4) as base_compensation,
    printf('%.4f', m.shipping_compensation / 1e4) as shipping_compensation,
    printf('%.4f', m.base_shipping_compensation / 1e4) as base_shipping_compensation,
    printf('%.4f', m.adjustment_positive / 1e4) as adjustment_positive,
    printf('%.4f', m.base_adjustment_positive / 1e4) as base_adjustment_positive,
    printf('%.4f', m.adjustment_negative / 1e4) as adjustment_negative,
    printf('%.4f', m.base_adjustment_negative / 1e4) as base_adjustment_negative,
    printf('%.4f', m.base_cost / 1e4) as base_cost,
    strftime('%Y-%m-%dT%H:%M:%fZ', m.created_at / 1000.0, 'unixepoch') as created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', m.updated_at / 1000.0, 'unixepoch') as updated_at,
    m.created_at as created_ms,
    m.updated_at as updated_ms
from tenants t
cross join credit_memos m on m.tenant = t.id
join orders o on o.tenant = m.tenant and o.id = m.order_id
left join stores s on s.tenant = m.tenant and s.id = m.store
left join websites w on w.tenant = s.tenant and w.id = s.website
left join invoices v on v.tenant = m.tenant and v.id = m.invoice;

-- One row for each stock and sku: what can still be sold.
-- A sku is here when it lies at a source of the stock, or was ever held on it: held but lying nowhere is what people
-- want to see. The tenant and the key stand inside the union, so that a filter on them reaches the keys of the tables.
create view reporting_stock as
select
    k.tenant_name as tenant,
    k.stock as stock_id,
    k.stock_name,
    k.sku,
    k.sku_key,
    k.product_name,
    printf('%.4f', k.on_hand / 1e4) as on_hand,
    printf('%.4f', k.held / 1e4) as held,
    printf('%.4f', k.threshold / 1e4) as threshold,
    printf('%.4f', (case
        when k.limitless then k.on_hand - k.held - k.threshold
        else max(k.on_hand - k.held - k.threshold, 0)
    end) / 1e4) as available,
    k.limitless as sold_without_limit,
    k.assigned and (k.limitless or k.on_hand - k.held - k.threshold > 0) as is_salable
from (
    select
        j.tenant_name, j.stock, j.stock_name, j.sku_key, p.name as product_name,
        coalesce(p.sku, (
            select min(i.sku) from source_items i where i.tenant = j.tenant and i.sku_key = j.sku_key
        ), j.sku_key) as sku,
        coalesce((
            select sum(i.on_hand)
            from stock_source_links l
            join sources c on c.tenant = l.tenant and c.code = l.source
            join source_items i on i.tenant = l.tenant and i.sku_key = j.sku_key and i.source = l.source
            where l.tenant = j.tenant and l.stock = j.stock and c.enabled = 1 and i.in_stock = 1
        ), 0) as on_hand,
        coalesce((
            select v.held from stock_levels v
            where v.tenant = j.tenant and v.stock = j.stock and v.sku_key = j.sku_key
        ), 0) as held,
        coalesce(p.threshold, 0) as threshold,
        coalesce(p.managed, 1) = 0 or coalesce(p.backorders, 0) = 1 as limitless,
        exists (
            select 1
            from stock_source_links l
            join source_items i on i.tenant = l.tenant and i.sku_key = j.sku_key and i.source = l.source
            where l.tenant = j.tenant and l.stock = j.stock
        ) as assigned
    from (
        select t.id as tenant, t.name as tenant_name, s.id as stock, s.name as stock_name, i.sku_key
        from tenants t
        cross join stocks s on s.tenant = t.id
        cross join stock_source_links l on l.tenant = s.tenant and l.stock = s.id
        cross join source_items i on i.tenant = l.tenant and i.source = l.source
        union
        select t.id, t.name, s.id, s.name, v.sku_key
        from tenants t
        cross join stocks s on s.tenant = t.id
        cross join stock_levels v on v.tenant = s.tenant and v.stock = s.id
    ) j
    left join products p on p.tenant = j.tenant and p.sku_key = j.sku_key
) k;

-- One row for each source and sku: what lies where.
create view reporting_source_stock as
select
    t.name as tenant,
    i.source as source_code,
    c.name as source_name,
    c.enabled as source_enabled,
    i.sku,
    i.sku_key,
    p.name as product_name,
    printf('%.4f', i.on_hand / 1e4) as on_hand,
    i.in_stock
from tenants t
cross join source_items i on i.tenant = t.id
left join sources c on c.tenant = i.tenant and c.code = i.source
left join products p on p.tenant = i.tenant and p.sku_key = i.sku_key;
