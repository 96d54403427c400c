-- One transaction for each order: lock it, write the shipment and its two lines, take the goods, free what was held,
-- settle the order, and leave a note for whoever tells the world.
create table outbox (id bigserial primary key, order_id bigint not null, what text not null, at bigint not null);
create sequence next_order;
create sequence next_id start 1000000000 cache 100;

create function ship_one(wanted bigint) returns bigint language plpgsql as $$
declare
    moment bigint := (extract(epoch from clock_timestamp()) * 1000)::bigint;
    sold record;
    line record;
    parcel bigint := nextval('next_id');
begin
    select stock, store into sold from orders where tenant = 1 and id = wanted for update;
    if not found then
        raise exception 'order % is not there; prepare more with --orders', wanted;
    end if;
    insert into shipments (tenant, id, order_id, store, number, source, total, extra, created_at, updated_at)
    values (1, parcel, wanted, sold.store, parcel::text, 'default', 20000, '{}', moment, moment);
    for line in
        select id, sku, lower(sku) as sku_key, ordered from order_items
        where tenant = 1 and order_id = wanted order by lower(sku)
    loop
        insert into shipment_lines (tenant, shipment, id, item, quantity, extra)
        values (1, parcel, nextval('next_id'), line.id, line.ordered, '{}');
        update order_items set shipped = line.ordered where tenant = 1 and order_id = wanted and id = line.id;
        update source_items set on_hand = on_hand - line.ordered
        where tenant = 1 and sku_key = line.sku_key and source = 'default' and on_hand >= line.ordered;
        if not found then
            raise exception 'not enough of % for order %', line.sku, wanted;
        end if;
        insert into reservations (tenant, id, stock, sku_key, sku, order_id, change, event, at)
        values (1, nextval('next_id'), sold.stock, line.sku_key, line.sku, wanted, -line.ordered, 'shipment_created', moment);
    end loop;
    update orders set state = 'processing', status = 'processing', updated_at = moment where tenant = 1 and id = wanted;
    insert into outbox (order_id, what, at) values (wanted, 'shipped', moment);
    return parcel;
end
$$;
