-- PostgreSQL only: pages keep room, so that a row that changes stays on its page and its indexes stay as they are.
alter table order_items set (fillfactor = 75);
alter table orders set (fillfactor = 85);
alter table source_items set (fillfactor = 50);
alter table stock_levels set (fillfactor = 50);
