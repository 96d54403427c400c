-- Views for people and their BI tools, on PostgreSQL. `reporting_sqlite.sql` has the same views with the same columns
-- in the same order; `docs/reporting.md` says what they mean. What changes here changes in all three.
--
-- `x * 0.0001` has exactly four digits after the point, where a division would choose how many. Milliseconds times an
-- interval are exact to the year 2255; `to_timestamp` takes seconds as a float.
--
-- Sums stand in the list of columns, not in the joins: a filter on an order then reaches the keys of the tables, and a
-- column that nobody asks for costs nothing. `…_ms` repeats times as they are stored, because only those have keys.

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
    o.is_virtual = 1 as is_virtual,
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
    (o.rate * 0.00000001)::numeric(20, 8) as rate,
    (o.grand_total * 0.0001)::numeric(20, 4) as grand_total,
    (o.base_grand_total * 0.0001)::numeric(20, 4) as base_grand_total,
    (coalesce(a.subtotal, 0) * 0.0001)::numeric(20, 4) as subtotal,
    (coalesce(a.base_subtotal, 0) * 0.0001)::numeric(20, 4) as base_subtotal,
    (coalesce(a.subtotal_incl_tax, 0) * 0.0001)::numeric(20, 4) as subtotal_incl_tax,
    (coalesce(a.base_subtotal_incl_tax, 0) * 0.0001)::numeric(20, 4) as base_subtotal_incl_tax,
    (coalesce(a.discount, 0) * 0.0001)::numeric(20, 4) as discount,
    (coalesce(a.base_discount, 0) * 0.0001)::numeric(20, 4) as base_discount,
    (coalesce(a.shipping, 0) * 0.0001)::numeric(20, 4) as shipping,
    (coalesce(a.base_shipping, 0) * 0.0001)::numeric(20, 4) as base_shipping,
    (coalesce(a.shipping_incl_tax, 0) * 0.0001)::numeric(20, 4) as shipping_incl_tax,
    (coalesce(a.base_shipping_incl_tax, 0) * 0.0001)::numeric(20, 4) as base_shipping_incl_tax,
    (coalesce(a.shipping_discount, 0) * 0.0001)::numeric(20, 4) as shipping_discount,
    (coalesce(a.base_shipping_discount, 0) * 0.0001)::numeric(20, 4) as base_shipping_discount,
    (coalesce(a.shipping_tax, 0) * 0.0001)::numeric(20, 4) as shipping_tax,
    (coalesce(a.base_shipping_tax, 0) * 0.0001)::numeric(20, 4) as base_shipping_tax,
    (coalesce(a.tax, 0) * 0.0001)::numeric(20, 4) as tax,
    (coalesce(a.base_tax, 0) * 0.0001)::numeric(20, 4) as base_tax,
    (coalesce(a.compensation, 0) * 0.0001)::numeric(20, 4) as compensation,
    (coalesce(a.base_compensation, 0) * 0.0001)::numeric(20, 4) as base_compensation,
    (coalesce(a.shipping_compensation, 0) * 0.0001)::numeric(20, 4) as shipping_compensation,
    (coalesce(a.base_shipping_compensation, 0) * 0.0001)::numeric(20, 4) as base_shipping_compensation,
    (coalesce((
        select a.total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'invoiced'
    ), 0) * 0.0001)::numeric(20, 4) as invoiced,
    (coalesce((
        select a.base_total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'invoiced'
    ), 0) * 0.0001)::numeric(20, 4) as base_invoiced,
    (coalesce((
        select a.total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'canceled'
    ), 0) * 0.0001)::numeric(20, 4) as canceled,
    (coalesce((
        select a.base_total from order_amounts a
        where a.tenant = o.tenant and a.order_id = o.id and a.stage = 'canceled'
    ), 0) * 0.0001)::numeric(20, 4) as base_canceled,
    (o.paid * 0.0001)::numeric(20, 4) as paid,
    (o.base_paid * 0.0001)::numeric(20, 4) as base_paid,
    (o.refunded * 0.0001)::numeric(20, 4) as refunded,
    (o.base_refunded * 0.0001)::numeric(20, 4) as base_refunded,
    (greatest(o.grand_total - o.paid, 0) * 0.0001)::numeric(20, 4) as due,
    (greatest(o.base_grand_total - o.base_paid, 0) * 0.0001)::numeric(20, 4) as base_due,
    ((
        select coalesce(sum(i.ordered), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) * 0.0001)::numeric(20, 4) as quantity_ordered,
    ((
        select coalesce(sum(i.canceled), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) * 0.0001)::numeric(20, 4) as quantity_canceled,
    ((
        select coalesce(sum(i.invoiced), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) * 0.0001)::numeric(20, 4) as quantity_invoiced,
    ((
        select coalesce(sum(i.shipped), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) * 0.0001)::numeric(20, 4) as quantity_shipped,
    ((
        select coalesce(sum(i.refunded), 0) from order_items i
        where i.tenant = o.tenant and i.order_id = o.id and i.parent is null
    ) * 0.0001)::numeric(20, 4) as quantity_refunded,
    timestamptz 'epoch' + o.created_at * interval '1 millisecond' as created_at,
    timestamptz 'epoch' + o.updated_at * interval '1 millisecond' as updated_at,
    o.created_at as created_ms,
    o.updated_at as updated_ms
from tenants t
join orders o on o.tenant = t.id
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
    i.is_virtual = 1 as is_virtual,
    (i.ordered * 0.0001)::numeric(20, 4) as quantity_ordered,
    (i.canceled * 0.0001)::numeric(20, 4) as quantity_canceled,
    (i.invoiced * 0.0001)::numeric(20, 4) as quantity_invoiced,
    (i.shipped * 0.0001)::numeric(20, 4) as quantity_shipped,
    (i.refunded * 0.0001)::numeric(20, 4) as quantity_refunded,
    o.currency,
    o.base_currency,
    (coalesce(p.price, 0) * 0.0001)::numeric(20, 4) as price,
    (coalesce(p.base_price, 0) * 0.0001)::numeric(20, 4) as base_price,
    (coalesce(p.price_incl_tax, 0) * 0.0001)::numeric(20, 4) as price_incl_tax,
    (coalesce(p.base_price_incl_tax, 0) * 0.0001)::numeric(20, 4) as base_price_incl_tax,
    (coalesce(p.original_price, 0) * 0.0001)::numeric(20, 4) as original_price,
    (coalesce(p.base_original_price, 0) * 0.0001)::numeric(20, 4) as base_original_price,
    (p.base_cost * 0.0001)::numeric(20, 4) as base_cost,
    (coalesce(a.row_total, 0) * 0.0001)::numeric(20, 4) as row_total,
    (coalesce(a.base_row_total, 0) * 0.0001)::numeric(20, 4) as base_row_total,
    (coalesce(a.row_incl_tax, 0) * 0.0001)::numeric(20, 4) as row_total_incl_tax,
    (coalesce(a.base_row_incl_tax, 0) * 0.0001)::numeric(20, 4) as base_row_total_incl_tax,
    (coalesce(a.tax, 0) * 0.0001)::numeric(20, 4) as tax,
    (coalesce(a.base_tax, 0) * 0.0001)::numeric(20, 4) as base_tax,
    (coalesce(a.discount, 0) * 0.0001)::numeric(20, 4) as discount,
    (coalesce(a.base_discount, 0) * 0.0001)::numeric(20, 4) as base_discount,
    (coalesce(a.compensation, 0) * 0.0001)::numeric(20, 4) as compensation,
    (coalesce(a.base_compensation, 0) * 0.0001)::numeric(20, 4) as base_compensation,
    timestamptz 'epoch' + o.created_at * interval '1 millisecond' as order_created_at,
    o.created_at as order_created_ms
from tenants t
join orders o on o.tenant = t.id
join order_items i on i.tenant = o.tenant and i.order_id = o.id
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
    (h.total * 0.0001)::numeric(20, 4) as total_quantity,
    (
        select string_agg(k.number, ',' order by k.id) from tracks k
        where k.tenant = h.tenant and k.shipment = h.id
    ) as tracking_numbers,
    timestamptz 'epoch' + h.created_at * interval '1 millisecond' as created_at,
    timestamptz 'epoch' + h.updated_at * interval '1 millisecond' as updated_at,
    h.created_at as created_ms,
    h.updated_at as updated_ms
from tenants t
join shipments h on h.tenant = t.id
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
    (v.quantity * 0.0001)::numeric(20, 4) as total_quantity,
    (v.total * 0.0001)::numeric(20, 4) as grand_total,
    (v.base_total * 0.0001)::numeric(20, 4) as base_grand_total,
    (v.subtotal * 0.0001)::numeric(20, 4) as subtotal,
    (v.base_subtotal * 0.0001)::numeric(20, 4) as base_subtotal,
    (v.subtotal_incl_tax * 0.0001)::numeric(20, 4) as subtotal_incl_tax,
    (v.base_subtotal_incl_tax * 0.0001)::numeric(20, 4) as base_subtotal_incl_tax,
    (v.discount * 0.0001)::numeric(20, 4) as discount,
    (v.base_discount * 0.0001)::numeric(20, 4) as base_discount,
    (v.shipping * 0.0001)::numeric(20, 4) as shipping,
    (v.base_shipping * 0.0001)::numeric(20, 4) as base_shipping,
    (v.shipping_incl_tax * 0.0001)::numeric(20, 4) as shipping_incl_tax,
    (v.base_shipping_incl_tax * 0.0001)::numeric(20, 4) as base_shipping_incl_tax,
    (v.shipping_discount * 0.0001)::numeric(20, 4) as shipping_discount,
    (v.base_shipping_discount * 0.0001)::numeric(20, 4) as base_shipping_discount,
    (v.shipping_tax * 0.0001)::numeric(20, 4) as shipping_tax,
    (v.base_shipping_tax * 0.0001)::numeric(20, 4) as base_shipping_tax,
    (v.tax * 0.0001)::numeric(20, 4) as tax,
    (v.base_tax * 0.0001)::numeric(20, 4) as base_tax,
    (v.compensation * 0.0001)::numeric(20, 4) as compensation,
    (v.base_compensation * 0.0001)::numeric(20, 4) as base_compensation,
    (v.shipping_compensation * 0.0001)::numeric(20, 4) as shipping_compensation,
    (v.base_shipping_compensation * 0.0001)::numeric(20, 4) as base_shipping_compensation,
    (v.base_cost * 0.0001)::numeric(20, 4) as base_cost,
    timestamptz 'epoch' + v.created_at * interval '1 millisecond' as created_at,
    timestamptz 'epoch' + v.updated_at * interval '1 millisecond' as updated_at,
    v.created_at as created_ms,
    v.updated_at as updated_ms
from tenants t
join invoices v on v.tenant = t.id
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
    (m.quantity * 0.0001)::numeric(20, 4) as total_quantity,
    (m.total * 0.0001)::numeric(20, 4) as grand_total,
    (m.base_total * 0.0001)::numeric(20, 4) as base_grand_total,
    (m.subtotal * 0.0001)::numeric(20, 4) as subtotal,
    (m.base_subtotal * 0.0001)::numeric(20, 4) as base_subtotal,
    (m.subtotal_incl_tax * 0.0001)::numeric(20, 4) as subtotal_incl_tax,
    (m.base_subtotal_incl_tax * 0.0001)::numeric(20, 4) as base_subtotal_incl_tax,
    (m.discount * 0.0001)::numeric(20, 4) as discount,
    (m.base_discount * 0.0001)::numeric(20, 4) as base_discount,
    (m.shipping * 0.0001)::numeric(20, 4) as shipping,
    (m.base_shipping * 0.0001)::numeric(20, 4) as base_shipping,
    (m.shipping_incl_tax * 0.0001)::numeric(20, 4) as shipping_incl_tax,
    (m.base_shipping_incl_tax * 0.0001)::numeric(20, 4) as base_shipping_incl_tax,
    (m.shipping_discount * 0.0001)::numeric(20, 4) as shipping_discount,
    (m.base_shipping_discount * 0.0001)::numeric(20, 4) as base_shipping_discount,
    (m.shipping_tax * 0.0001)::numeric(20, 4) as shipping_tax,
    (m.base_shipping_tax * 0.0001)::numeric(20, 4) as base_shipping_tax,
    (m.tax * 0.0001)::numeric(20, 4) as tax,
    (m.base_tax * 0.0001)::numeric(20, 4) as base_tax,
    (m.compensation * 0.0001)::numeric(20, 4) as compensation,
    (m.base_compensation * 0.0001)::numeric(20, 4) as base_compensation,
    (m.shipping_compensation * 0.0001)::numeric(20, 4) as shipping_compensation,
    (m.base_shipping_compensation * 0.0001)::numeric(20, 4) as base_shipping_compensation,
    (m.adjustment_positive * 0.0001)::numeric(20, 4) as adjustment_positive,
    (m.base_adjustment_positive * 0.0001)::numeric(20, 4) as base_adjustment_positive,
    (m.adjustment_negative * 0.0001)::numeric(20, 4) as adjustment_negative,
    (m.base_adjustment_negative * 0.0001)::numeric(20, 4) as base_adjustment_negative,
    (m.base_cost * 0.0001)::numeric(20, 4) as base_cost,
    timestamptz 'epoch' + m.created_at * interval '1 millisecond' as created_at,
    timestamptz 'epoch' + m.updated_at * interval '1 millisecond' as updated_at,
    m.created_at as created_ms,
    m.updated_at as updated_ms
from tenants t
join credit_memos m on m.tenant = t.id
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
    (k.on_hand * 0.0001)::numeric(20, 4) as on_hand,
    (k.held * 0.0001)::numeric(20, 4) as held,
    (k.threshold * 0.0001)::numeric(20, 4) as threshold,
    (case
        when k.limitless then k.on_hand - k.held - k.threshold
        else greatest(k.on_hand - k.held - k.threshold, 0)
    end * 0.0001)::numeric(20, 4) as available,
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
        join stocks s on s.tenant = t.id
        join stock_source_links l on l.tenant = s.tenant and l.stock = s.id
        join source_items i on i.tenant = l.tenant and i.source = l.source
        union
        select t.id, t.name, s.id, s.name, v.sku_key
        from tenants t
        join stocks s on s.tenant = t.id
        join stock_levels v on v.tenant = s.tenant and v.stock = s.id
    ) j
    left join products p on p.tenant = j.tenant and p.sku_key = j.sku_key
) k;

-- One row for each source and sku: what lies where.
create view reporting_source_stock as
select
    t.name as tenant,
    i.source as source_code,
    c.name as source_name,
    c.enabled = 1 as source_enabled,
    i.sku,
    i.sku_key,
    p.name as product_name,
    (i.on_hand * 0.0001)::numeric(20, 4) as on_hand,
    i.in_stock = 1 as in_stock
from tenants t
join source_items i on i.tenant = t.id
left join sources c on c.tenant = i.tenant and c.code = i.source
left join products p on p.tenant = i.tenant and p.sku_key = i.sku_key;
