-- The first shape of the store.
--
-- Amounts and quantities are ten-thousandths, times are milliseconds since 1970 (UTC), flags are 0 or 1: every
-- column is bigint or text, so that one text serves SQLite and PostgreSQL. Each row carries its tenant first.
-- `sku_key` is the sku as it is compared (trimmed, lower case), `sku` as it was written.
-- Checks and keys are the second fence: the first are the decisions, and a bug in those must stop here.

create table tenants (
    id bigint not null primary key,
    name text not null unique,
    -- Grows with each change to a website, store, source, stock or link: who keeps those in memory compares it.
    places_version bigint not null default 0,
    -- The same for its products.
    products_version bigint not null default 0
) without rowid;

-- Ids are drawn in blocks: `next` is the first id that no process has taken.
create table counters (
    tenant bigint not null references tenants (id),
    name text not null,
    next bigint not null,
    primary key (tenant, name)
) without rowid;

-- Document numbers, per store and kind of document; drawn in the transaction that makes the document.
create table numbers (
    tenant bigint not null,
    store bigint not null,
    document text not null,
    next bigint not null,
    primary key (tenant, store, document)
) without rowid;

create table stocks (
    tenant bigint not null references tenants (id),
    id bigint not null,
    name text not null,
    primary key (tenant, id)
) without rowid;

create table websites (
    tenant bigint not null references tenants (id),
    id bigint not null,
    code text not null,
    name text not null,
    currency text not null,
    stock bigint not null,
    primary key (tenant, id),
    unique (tenant, code),
    foreign key (tenant, stock) references stocks (tenant, id)
) without rowid;

create table stores (
    tenant bigint not null,
    id bigint not null,
    website bigint not null,
    code text not null,
    name text not null,
    group_name text not null,
    currency text not null,
    locale text not null,
    primary key (tenant, id),
    unique (tenant, code),
    foreign key (tenant, website) references websites (tenant, id)
) without rowid;

create table sources (
    tenant bigint not null references tenants (id),
    code text not null,
    name text not null,
    enabled bigint not null,
    country text not null,
    postcode text not null,
    region text,
    region_id bigint,
    city text,
    street text,
    -- Millionths of a degree.
    latitude bigint,
    longitude bigint,
    contact_name text,
    email text,
    phone text,
    fax text,
    description text,
    default_carriers bigint not null,
    -- `code:position`, comma-separated.
    carriers text not null,
    pickup bigint not null,
    pickup_name text,
    pickup_description text,
    primary key (tenant, code),
    unique (tenant, name)
) without rowid;

create table stock_source_links (
    tenant bigint not null,
    stock bigint not null,
    source text not null,
    priority bigint not null,
    primary key (tenant, stock, source),
    foreign key (tenant, stock) references stocks (tenant, id),
    foreign key (tenant, source) references sources (tenant, code)
) without rowid;

create table products (
    tenant bigint not null references tenants (id),
    sku_key text not null,
    sku text not null,
    id bigint not null,
    kind text not null,
    name text not null,
    price bigint not null,
    weight bigint,
    enabled bigint not null,
    -- Null: as the shop's configuration says.
    managed bigint,
    backorders bigint,
    threshold bigint,
    min_sale bigint,
    max_sale bigint,
    increments bigint,
    decimals bigint not null,
    price_on_children bigint not null,
    ships_separately bigint not null,
    -- Ids, comma-separated.
    websites text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, sku_key)
) without rowid;

create unique index products_by_id on products (tenant, id);

create table product_attributes (
    tenant bigint not null,
    sku_key text not null,
    name text not null,
    -- JSON text.
    value text not null,
    primary key (tenant, sku_key, name),
    foreign key (tenant, sku_key) references products (tenant, sku_key) on delete cascade
) without rowid;

-- What lies where. The product need not exist.
create table source_items (
    tenant bigint not null,
    sku_key text not null,
    source text not null,
    sku text not null,
    id bigint not null,
    on_hand bigint not null check (on_hand >= 0),
    in_stock bigint not null,
    primary key (tenant, sku_key, source),
    foreign key (tenant, source) references sources (tenant, code)
) without rowid;

create unique index source_items_by_id on source_items (tenant, id);
create index source_items_by_source on source_items (tenant, source);

-- Why the numbers in source_items are what they are: `on_hand` is the sum of `change`.
create table stock_movements (
    tenant bigint not null,
    id bigint not null,
    source text not null,
    sku_key text not null,
    sku text not null,
    change bigint not null,
    cause text not null,
    -- The shipment or invoice behind it.
    document bigint,
    at bigint not null,
    primary key (tenant, id)
) without rowid;

-- What a stock holds for orders: the running total of the reservations.
create table stock_levels (
    tenant bigint not null,
    stock bigint not null,
    sku_key text not null,
    held bigint not null default 0 check (held >= 0),
    primary key (tenant, stock, sku_key),
    -- A stock that holds something cannot go.
    foreign key (tenant, stock) references stocks (tenant, id)
) without rowid;

-- Why the numbers in stock_levels are what they are. Positive: held. Negative: released.
create table reservations (
    tenant bigint not null,
    id bigint not null,
    stock bigint not null,
    sku_key text not null,
    sku text not null,
    order_id bigint not null,
    change bigint not null,
    event text not null,
    at bigint not null,
    primary key (tenant, id)
) without rowid;

create table orders (
    tenant bigint not null references tenants (id),
    id bigint not null,
    store bigint not null,
    stock bigint not null,
    number text not null,
    state text not null,
    status text,
    held_state text,
    held_status text,
    is_virtual bigint not null,
    currency text not null,
    base_currency text not null,
    -- Hundred-millionths.
    rate bigint not null,
    method text,
    email text not null,
    grand_total bigint not null,
    base_grand_total bigint not null,
    paid bigint not null,
    base_paid bigint not null,
    refunded bigint not null check (refunded <= paid),
    base_refunded bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, id)
) without rowid;

create unique index orders_by_number on orders (tenant, number, store);
create index orders_by_status on orders (tenant, status, id);
create index orders_by_created_at on orders (tenant, created_at, id);
create index orders_by_email on orders (tenant, email, id);
-- What has changed since: how most integrations keep up.
create index orders_by_updated_at on orders (tenant, updated_at, id);

create table order_items (
    tenant bigint not null,
    order_id bigint not null,
    id bigint not null,
    parent bigint,
    product bigint,
    sku text not null,
    name text not null,
    kind text not null,
    is_virtual bigint not null,
    decimals bigint not null,
    locked_invoice bigint not null,
    locked_ship bigint not null,
    price_on_children bigint not null,
    ships_separately bigint not null,
    -- Pieces in one of the parent.
    selection bigint not null,
    tracked bigint not null,
    holds bigint not null,
    ordered bigint not null,
    canceled bigint not null,
    invoiced bigint not null,
    shipped bigint not null,
    refunded bigint not null,
    primary key (tenant, order_id, id),
    foreign key (tenant, order_id) references orders (tenant, id),
    check (canceled >= 0 and shipped >= 0 and shipped <= ordered - canceled),
    check (refunded >= 0 and refunded <= invoiced and invoiced <= ordered - canceled)
) without rowid;

create unique index order_items_by_id on order_items (tenant, id);

-- The components of an order's total, once for each `stage`: ordered, invoiced, canceled, refunded.
create table order_amounts (
    tenant bigint not null,
    order_id bigint not null,
    stage text not null,
    subtotal bigint not null,
    base_subtotal bigint not null,
    subtotal_incl_tax bigint not null,
    base_subtotal_incl_tax bigint not null,
    discount bigint not null,
    base_discount bigint not null,
    shipping bigint not null,
    base_shipping bigint not null,
    shipping_incl_tax bigint not null,
    base_shipping_incl_tax bigint not null,
    shipping_discount bigint not null,
    base_shipping_discount bigint not null,
    shipping_tax bigint not null,
    base_shipping_tax bigint not null,
    tax bigint not null,
    base_tax bigint not null,
    compensation bigint not null,
    base_compensation bigint not null,
    shipping_compensation bigint not null,
    base_shipping_compensation bigint not null,
    cost bigint not null,
    base_cost bigint not null,
    total bigint not null,
    base_total bigint not null,
    primary key (tenant, order_id, stage),
    foreign key (tenant, order_id) references orders (tenant, id)
) without rowid;

create table item_prices (
    tenant bigint not null,
    order_id bigint not null,
    item bigint not null,
    price bigint not null,
    base_price bigint not null,
    price_incl_tax bigint not null,
    base_price_incl_tax bigint not null,
    original_price bigint not null,
    base_original_price bigint not null,
    -- What one piece costs the seller, when it is known.
    cost bigint,
    base_cost bigint,
    primary key (tenant, order_id, item),
    foreign key (tenant, order_id, item) references order_items (tenant, order_id, id)
) without rowid;

-- The components of a line, once for each `stage`.
create table item_amounts (
    tenant bigint not null,
    order_id bigint not null,
    item bigint not null,
    stage text not null,
    row_total bigint not null,
    base_row_total bigint not null,
    row_incl_tax bigint not null,
    base_row_incl_tax bigint not null,
    tax bigint not null,
    base_tax bigint not null,
    discount bigint not null,
    base_discount bigint not null,
    compensation bigint not null,
    base_compensation bigint not null,
    primary key (tenant, order_id, item, stage),
    foreign key (tenant, order_id, item) references order_items (tenant, order_id, id)
) without rowid;

-- What an order says that no decision needs. `payment`, `extra` and `items` are JSON text.
create table order_details (
    tenant bigint not null,
    order_id bigint not null,
    customer bigint,
    firstname text,
    lastname text,
    shipping_method text,
    shipping_description text,
    payment text not null,
    extra text not null,
    items text not null,
    primary key (tenant, order_id),
    foreign key (tenant, order_id) references orders (tenant, id)
) without rowid;

create table addresses (
    tenant bigint not null,
    order_id bigint not null,
    -- billing or shipping
    role text not null,
    id bigint not null,
    firstname text not null,
    lastname text not null,
    company text,
    -- Lines, separated by line feeds.
    street text not null,
    city text not null,
    region text,
    region_code text,
    region_id bigint,
    postcode text not null,
    country text not null,
    telephone text,
    email text,
    extra text not null,
    primary key (tenant, order_id, role),
    foreign key (tenant, order_id) references orders (tenant, id)
) without rowid;

create table comments (
    tenant bigint not null,
    -- order, invoice or shipment
    subject text not null,
    parent bigint not null,
    id bigint not null,
    text text,
    status text,
    notified bigint,
    visible_on_front bigint not null,
    entity text,
    created_at bigint not null,
    primary key (tenant, subject, parent, id)
) without rowid;

create table shipments (
    tenant bigint not null,
    id bigint not null,
    order_id bigint not null,
    store bigint not null,
    number text not null,
    -- No key refers to the source: the goods came off a source item, which has one, and sources never go. Every shipment
    -- would have to touch the one row of its source.
    source text not null,
    total bigint not null,
    extra text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, id),
    foreign key (tenant, order_id) references orders (tenant, id)
) without rowid;

create unique index shipments_by_number on shipments (tenant, number, store);
create index shipments_by_order on shipments (tenant, order_id);

create table shipment_lines (
    tenant bigint not null,
    shipment bigint not null,
    id bigint not null,
    item bigint not null,
    quantity bigint not null check (quantity > 0),
    extra text not null,
    primary key (tenant, shipment, id),
    foreign key (tenant, shipment) references shipments (tenant, id)
) without rowid;

create table tracks (
    tenant bigint not null,
    shipment bigint not null,
    id bigint not null,
    order_id bigint not null,
    number text not null,
    title text,
    carrier text not null,
    description text,
    weight bigint,
    quantity bigint,
    created_at bigint not null,
    primary key (tenant, shipment, id),
    foreign key (tenant, shipment) references shipments (tenant, id)
) without rowid;

create unique index tracks_by_id on tracks (tenant, id);

create table invoices (
    tenant bigint not null,
    id bigint not null,
    order_id bigint not null,
    store bigint not null,
    number text not null,
    state bigint not null,
    quantity bigint not null,
    subtotal bigint not null,
    base_subtotal bigint not null,
    subtotal_incl_tax bigint not null,
    base_subtotal_incl_tax bigint not null,
    discount bigint not null,
    base_discount bigint not null,
    shipping bigint not null,
    base_shipping bigint not null,
    shipping_incl_tax bigint not null,
    base_shipping_incl_tax bigint not null,
    shipping_discount bigint not null,
    base_shipping_discount bigint not null,
    shipping_tax bigint not null,
    base_shipping_tax bigint not null,
    tax bigint not null,
    base_tax bigint not null,
    compensation bigint not null,
    base_compensation bigint not null,
    shipping_compensation bigint not null,
    base_shipping_compensation bigint not null,
    cost bigint not null,
    base_cost bigint not null,
    total bigint not null,
    base_total bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, id),
    foreign key (tenant, order_id) references orders (tenant, id)
) without rowid;

create unique index invoices_by_number on invoices (tenant, number, store);
create index invoices_by_order on invoices (tenant, order_id);

create table invoice_lines (
    tenant bigint not null,
    invoice bigint not null,
    id bigint not null,
    item bigint not null,
    quantity bigint not null check (quantity > 0),
    -- Null where another line carries the money.
    row_total bigint,
    base_row_total bigint,
    row_incl_tax bigint,
    base_row_incl_tax bigint,
    tax bigint,
    base_tax bigint,
    discount bigint,
    base_discount bigint,
    compensation bigint,
    base_compensation bigint,
    primary key (tenant, invoice, id),
    foreign key (tenant, invoice) references invoices (tenant, id)
) without rowid;

create table users (
    tenant bigint not null references tenants (id),
    name text not null,
    id bigint not null,
    -- As the password library writes it.
    password text not null,
    -- `*`, or the names of resources, one on each line.
    permissions text not null,
    active bigint not null,
    failures bigint not null,
    locked_until bigint,
    primary key (tenant, name)
) without rowid;

create unique index users_by_id on users (tenant, id);

-- A token is shown once; what is kept is its hash.
create table tokens (
    hash text not null primary key,
    tenant bigint not null references tenants (id),
    name text not null,
    user_id bigint,
    permissions text not null,
    expires_at bigint
) without rowid;

-- What was answered to which idempotency key. Another request under the same key is refused.
create table answers (
    tenant bigint not null,
    -- Whose key it is.
    credential text not null,
    idempotency_key text not null,
    -- Of the request.
    fingerprint text not null,
    outcome text not null,
    -- What the door answered, once it has.
    body text,
    at bigint not null,
    primary key (tenant, credential, idempotency_key)
) without rowid;

create index answers_by_at on answers (at);

-- Who did what.
create table audit (
    tenant bigint not null,
    id bigint not null,
    at bigint not null,
    who text not null,
    act text not null,
    subject text,
    primary key (tenant, id)
) without rowid;

-- Postal codes and where they are, for source selection by distance; imported by the operator, for all tenants.
create table geonames (
    country text not null,
    postcode text not null,
    city text not null,
    region text not null,
    latitude bigint not null,
    longitude bigint not null,
    primary key (country, postcode, city)
) without rowid;

create index geonames_by_city on geonames (country, city);

-- What always exists.
insert into tenants (id, name) values (1, 'default');
insert into stocks (tenant, id, name) values (1, 1, 'Default Stock');
insert into websites (tenant, id, code, name, currency, stock) values (1, 0, 'admin', 'Admin', 'USD', 1);
insert into websites (tenant, id, code, name, currency, stock) values (1, 1, 'base', 'Main Website', 'USD', 1);
insert into stores (tenant, id, website, code, name, group_name, currency, locale)
values (1, 0, 0, 'admin', 'Admin', 'Default', 'USD', 'en_US');
insert into stores (tenant, id, website, code, name, group_name, currency, locale)
values (1, 1, 1, 'default', 'Default Store View', 'Main Website Store', 'USD', 'en_US');
insert into sources (tenant, code, name, enabled, country, postcode, latitude, longitude, default_carriers, carriers, pickup)
values (1, 'default', 'Default Source', 1, 'US', '00000', 0, 0, 1, '', 0);
insert into stock_source_links (tenant, stock, source, priority) values (1, 1, 'default', 1);
