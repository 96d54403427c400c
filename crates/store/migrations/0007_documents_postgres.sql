-- PostgreSQL only, where a foreign key looks for the other row one row at a time, each time as dear as the insert.
--
-- An order is accepted with its parts, and a document is made with its lines, by one transaction that has the order's
-- row; none of them ever goes. That they belong together is decided there, and looked after by `waybill verify`.
alter table order_items drop constraint order_items_tenant_order_id_fkey;
alter table order_amounts drop constraint order_amounts_tenant_order_id_fkey;
alter table item_prices drop constraint item_prices_tenant_order_id_item_fkey;
alter table item_amounts drop constraint item_amounts_tenant_order_id_item_fkey;
alter table order_details drop constraint order_details_tenant_order_id_fkey;
alter table addresses drop constraint addresses_tenant_order_id_fkey;
alter table shipments drop constraint shipments_tenant_order_id_fkey;
alter table shipment_lines drop constraint shipment_lines_tenant_shipment_fkey;
alter table tracks drop constraint tracks_tenant_shipment_fkey;
alter table invoices drop constraint invoices_tenant_order_id_fkey;
alter table invoice_lines drop constraint invoice_lines_tenant_invoice_fkey;
alter table credit_memos drop constraint credit_memos_tenant_order_id_fkey;
alter table credit_memos drop constraint credit_memos_tenant_invoice_fkey;
alter table credit_memo_lines drop constraint credit_memo_lines_tenant_credit_memo_fkey;
-- What stands in a status is found by `orders_by_status_and_time` as well, and this one moved with each shipment.
drop index orders_by_status;
