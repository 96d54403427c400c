-- What stands in a state, and what stands in a status by age: nobody waits for a look at all orders there ever were.
-- Each is one more entry that an order's change of state moves, of some thirty that a shipment writes.
create index orders_by_state on orders (tenant, state, id);
create index orders_by_status_and_time on orders (tenant, status, created_at, id);

-- A customer's orders. It costs an order that comes in, and no shipment.
create index order_details_by_customer on order_details (tenant, customer, order_id);
