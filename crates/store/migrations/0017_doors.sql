-- What a door is told about who comes through it, as JSON text; nothing below the doors reads it.
alter table tokens add column settings text;
-- Whose idempotency keys its requests have, where that is not the token's own: of one that is renewed every day.
alter table tokens add column credential text;

-- The part of the shop's business that an order belongs to, such as a country.
alter table order_details add column market bigint;

-- Bar codes are attributes, and goods are found by them.
create index product_attributes_by_value on product_attributes (tenant, name, value);
