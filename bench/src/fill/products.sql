-- Products, and plenty of each at the default source. `:word` stands for a number.

insert into products (
    tenant, sku_key, sku, id, kind, name, price, weight, enabled, decimals, price_on_children, ships_separately,
    websites, created_at, updated_at
)
with recursive n(i) as (select cast(0 as bigint) union all select i + 1 from n where i + 1 < :skus)
select
    1, 'fill-' || cast(:products + i as text), 'FILL-' || cast(:products + i as text), :products + i, 'simple',
    'Filled ' || cast(i as text), (5 + i % 95) * 10000, 10000, 1, 0, 0, 0, '1', :since, :since
from n;

insert into source_items (tenant, sku_key, source, sku, id, on_hand, in_stock)
select 1, sku_key, 'default', sku, :source_items + id - :products, 100000000000, 1
from products where tenant = 1 and id >= :products and id < :products + :skus;

insert into stock_movements (tenant, id, source, sku_key, sku, change, cause, at)
select 1, :entries + id - :products, 'default', sku_key, sku, 100000000000, 'counted', :since
from products where tenant = 1 and id >= :products and id < :products + :skus;

insert into stock_levels (tenant, stock, sku_key, held)
select 1, 1, sku_key, 0 from products where tenant = 1 and id >= :products and id < :products + :skus;

-- Who keeps products in memory is to read them again.
update tenants set products_version = products_version + 1 where id = 1;

insert into numbers (tenant, store, document, next) values (1, 1, 'order', 1)
on conflict (tenant, store, document) do nothing;
insert into numbers (tenant, store, document, next) values (1, 1, 'invoice', 1)
on conflict (tenant, store, document) do nothing;
