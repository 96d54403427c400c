-- What stands in a status, by age: the newest of what is complete are not looked for among all orders there ever were.
-- States have no index: it would be one more entry for each shipment to move, and a status says at least as much.
create index orders_by_status_and_time on orders (tenant, status, created_at, id);

-- A customer's orders. It costs an order that comes in, and no shipment.
create index order_details_by_customer on order_details (tenant, customer, order_id);
