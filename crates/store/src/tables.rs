//! The writes that there are: tables, keys, columns that are set and columns that are added to.

use crate::sql::Write;

pub(crate) static WEBSITE: Write = Write::upsert("websites", &["tenant", "id"], &["code", "name", "currency", "stock"]);
pub(crate) static STORE: Write =
    Write::upsert("stores", &["tenant", "id"], &["website", "code", "name", "group_name", "currency", "locale"]);
pub(crate) static SOURCE: Write = Write::upsert(
    "sources",
    &["tenant", "code"],
    &[
        "name",
        "enabled",
        "country",
        "postcode",
        "region",
        "region_id",
        "city",
        "street",
        "latitude",
        "longitude",
        "contact_name",
        "email",
        "phone",
        "fax",
        "description",
        "default_carriers",
        "carriers",
        "pickup",
        "pickup_name",
        "pickup_description",
    ],
);
pub(crate) static STOCK: Write = Write::upsert("stocks", &["tenant", "id"], &["name"]);
pub(crate) static STOCK_GONE: Write = Write::delete("stocks", &["tenant", "id"]);
pub(crate) static LINKS_OF_STOCK_GONE: Write = Write::delete("stock_source_links", &["tenant", "stock"]);
pub(crate) static LINK: Write = Write::upsert("stock_source_links", &["tenant", "stock", "source"], &["priority"]);
pub(crate) static LINK_GONE: Write = Write::delete("stock_source_links", &["tenant", "stock", "source"]);
pub(crate) static PRODUCT: Write = Write::upsert(
    "products",
    &["tenant", "sku_key"],
    &[
        "sku",
        "id",
        "kind",
        "name",
        "price",
        "weight",
        "enabled",
        "managed",
        "backorders",
        "threshold",
        "min_sale",
        "max_sale",
        "increments",
        "decimals",
        "price_on_children",
        "ships_separately",
        "websites",
        "created_at",
        "updated_at",
    ],
);
pub(crate) static PRODUCT_GONE: Write = Write::delete("products", &["tenant", "sku_key"]);
pub(crate) static ATTRIBUTE: Write = Write::upsert("product_attributes", &["tenant", "sku_key", "name"], &["value"]);
pub(crate) static SOURCE_ITEM: Write =
    Write::insert("source_items", &["tenant", "sku_key", "source"], &["sku", "id", "on_hand", "in_stock"]);
pub(crate) static STOCK_MOVED: Write =
    Write::update("source_items", &["tenant", "sku_key", "source"], &["in_stock"]).adding(&["on_hand"]);
pub(crate) static ALLOCATED: Write =
    Write::update("source_items", &["tenant", "sku_key", "source"], &[]).adding(&["allocated"]);
pub(crate) static UNAVAILABLE: Write =
    Write::update("source_items", &["tenant", "sku_key", "source"], &["unavailable"]);
pub(crate) static SOURCE_ITEM_GONE: Write = Write::delete("source_items", &["tenant", "sku_key", "source"]);
pub(crate) static MOVEMENT: Write = Write::insert(
    "stock_movements",
    &["tenant", "id"],
    &["source", "sku_key", "sku", "change", "cause", "document", "at"],
);
pub(crate) static LEVEL: Write = Write::upsert("stock_levels", &["tenant", "stock", "sku_key"], &[]);
/// Only those that hold nothing; any other keeps the stock, by its foreign key.
pub(crate) static LEVELS_OF_STOCK_GONE: Write = Write::delete("stock_levels", &["tenant", "stock", "held"]);
pub(crate) static LEVEL_MOVED: Write =
    Write::update("stock_levels", &["tenant", "stock", "sku_key"], &[]).adding(&["held"]);
pub(crate) static RESERVATION: Write =
    Write::insert("reservations", &["tenant", "id"], &["stock", "sku_key", "sku", "order_id", "change", "event", "at"]);
pub(crate) static NUMBER: Write = Write::upsert("numbers", &["tenant", "store", "document"], &["next"]);
pub(crate) static ORDER: Write = Write::insert(
    "orders",
    &["tenant", "id"],
    &[
        "store",
        "stock",
        "number",
        "state",
        "status",
        "held_state",
        "held_status",
        "is_virtual",
        "currency",
        "base_currency",
        "rate",
        "method",
        "email",
        "grand_total",
        "base_grand_total",
        "paid",
        "base_paid",
        "refunded",
        "base_refunded",
        "due_again",
        "kept_back",
        "operation",
        "shipments",
        "consignments",
        "holds",
        "created_at",
        "updated_at",
    ],
);
pub(crate) static REDACTED: Write = Write::update("orders", &["tenant", "id"], &["redacted_at"]);
pub(crate) static STAGED: Write = Write::update(
    "orders",
    &["tenant", "id"],
    &["state", "status", "held_state", "held_status", "holds", "shipments", "consignments", "updated_at"],
);
pub(crate) static FULFILMENT: Write = Write::upsert(
    "fulfilment_orders",
    &["tenant", "order_id", "id"],
    &["reference", "location", "method", "extra", "created_at", "updated_at"],
);
pub(crate) static FULFILMENT_GONE: Write = Write::delete("fulfilment_orders", &["tenant", "order_id", "id"]);
pub(crate) static FULFILMENT_ROW: Write = Write::upsert(
    "fulfilment_rows",
    &["tenant", "order_id", "fulfilment", "position"],
    &["item", "quantity", "stage", "shipment", "reference", "consignments", "reason", "cancelled_at", "has_left"],
);
pub(crate) static FULFILMENT_ROW_GONE: Write =
    Write::delete("fulfilment_rows", &["tenant", "order_id", "fulfilment", "position"]);
pub(crate) static FULFILMENT_ROWS_GONE: Write = Write::delete("fulfilment_rows", &["tenant", "order_id", "fulfilment"]);
pub(crate) static PAID: Write = Write::update("orders", &["tenant", "id"], &["paid", "base_paid", "due_again"]);
pub(crate) static PAID_BY: Write = Write::update("orders", &["tenant", "id"], &["method"]);
pub(crate) static REFUNDED: Write =
    Write::update("orders", &["tenant", "id"], &["refunded", "base_refunded", "kept_back"]);
pub(crate) static DESCRIBED: Write = Write::update("orders", &["tenant", "id"], &["email", "updated_at"]);
pub(crate) static ORDER_REVISED: Write =
    Write::update("orders", &["tenant", "id"], &[]).adding(&["grand_total", "base_grand_total"]);
pub(crate) static ORDER_HAS_GOODS: Write = Write::update("orders", &["tenant", "id"], &["is_virtual"]);
pub(crate) static ITEM: Write = Write::insert(
    "order_items",
    &["tenant", "order_id", "id"],
    &[
        "parent",
        "product",
        "sku",
        "name",
        "kind",
        "is_virtual",
        "decimals",
        "locked_invoice",
        "locked_ship",
        "price_on_children",
        "ships_separately",
        "selection",
        "tracked",
        "holds",
        "ordered",
        "canceled",
        "invoiced",
        "shipped",
        "refunded",
        "unsent",
    ],
);
/// Of a line that is there: what may become otherwise.
pub(crate) static ITEM_REVISED: Write =
    Write::update("order_items", &["tenant", "order_id", "id"], &["name", "ordered"]);
pub(crate) static ITEM_DONE: Write = Write::update(
    "order_items",
    &["tenant", "order_id", "id"],
    &["canceled", "invoiced", "shipped", "refunded", "unsent"],
);
const AMOUNTS: &[&str] = &[
    "subtotal",
    "base_subtotal",
    "subtotal_incl_tax",
    "base_subtotal_incl_tax",
    "discount",
    "base_discount",
    "shipping",
    "base_shipping",
    "shipping_incl_tax",
    "base_shipping_incl_tax",
    "shipping_discount",
    "base_shipping_discount",
    "shipping_tax",
    "base_shipping_tax",
    "tax",
    "base_tax",
    "compensation",
    "base_compensation",
    "shipping_compensation",
    "base_shipping_compensation",
    "cost",
    "base_cost",
    "total",
    "base_total",
];
pub(crate) static ORDER_AMOUNTS: Write =
    Write::upsert_part("order_amounts", &["tenant", "order_id", "stage"], &[]).adding(AMOUNTS);
const PRICES_OF: &[&str] = &[
    "price",
    "base_price",
    "price_incl_tax",
    "base_price_incl_tax",
    "original_price",
    "base_original_price",
    "cost",
    "base_cost",
];
pub(crate) static PRICES: Write = Write::insert("item_prices", &["tenant", "order_id", "item"], PRICES_OF);
pub(crate) static PRICES_REVISED: Write = Write::update("item_prices", &["tenant", "order_id", "item"], PRICES_OF);
pub(crate) static ITEM_AMOUNTS: Write =
    Write::upsert_part("item_amounts", &["tenant", "order_id", "item", "stage"], &[]).adding(&[
        "row_total",
        "base_row_total",
        "row_incl_tax",
        "base_row_incl_tax",
        "tax",
        "base_tax",
        "discount",
        "base_discount",
        "compensation",
        "base_compensation",
    ]);
pub(crate) static DETAILS: Write = Write::upsert_part(
    "order_details",
    &["tenant", "order_id"],
    &[
        "customer",
        "firstname",
        "lastname",
        "market",
        "shipping_method",
        "shipping_description",
        "payment",
        "extra",
        "items",
    ],
);
pub(crate) static ADDRESS: Write = Write::upsert_part(
    "addresses",
    &["tenant", "order_id", "role"],
    &[
        "id",
        "firstname",
        "lastname",
        "company",
        "street",
        "city",
        "region",
        "region_code",
        "region_id",
        "postcode",
        "country",
        "telephone",
        "email",
        "extra",
    ],
);
pub(crate) static COMMENT: Write = Write::insert(
    "comments",
    &["tenant", "subject", "parent", "id"],
    &["text", "status", "notified", "visible_on_front", "entity", "created_at"],
);
pub(crate) static COMMENTS_REDACTED: Write = Write::blank("comments", &["tenant", "subject", "parent"], &["text"]);
pub(crate) static SHIPMENT: Write = Write::insert(
    "shipments",
    &["tenant", "id"],
    &[
        "order_id",
        "sequence",
        "store",
        "number",
        "source",
        "total",
        "ready_at",
        "left_at",
        "paid",
        "invoice",
        "costs",
        "deducted",
        "extra",
        "created_at",
        "updated_at",
    ],
);
pub(crate) static SHIPMENT_STANDS: Write = Write::update(
    "shipments",
    &["tenant", "id"],
    &["total", "ready_at", "left_at", "paid", "invoice", "deducted", "extra", "updated_at"],
);
pub(crate) static SHIPMENT_GONE: Write = Write::delete("shipments", &["tenant", "id"]);
pub(crate) static SHIPMENT_LINE_SAVED: Write =
    Write::upsert_part("shipment_lines", &["tenant", "shipment", "id"], &["item", "quantity", "extra"]);
pub(crate) static SHIPMENT_LINE_GONE: Write = Write::delete("shipment_lines", &["tenant", "shipment", "id"]);
pub(crate) static SHIPMENT_LINES_GONE: Write = Write::delete("shipment_lines", &["tenant", "shipment"]);
pub(crate) static SHIPMENT_TRACKS_GONE: Write = Write::delete("tracks", &["tenant", "shipment"]);
pub(crate) static SHIPMENT_LINE: Write =
    Write::insert("shipment_lines", &["tenant", "shipment", "id"], &["item", "quantity", "extra"]);
pub(crate) static TRACK: Write = Write::insert(
    "tracks",
    &["tenant", "shipment", "id"],
    &["order_id", "number", "title", "carrier", "description", "weight", "quantity", "created_at"],
);
pub(crate) static TRACKS_REDACTED: Write = Write::blank("tracks", &["tenant", "shipment"], &["title", "description"]);
pub(crate) static TRACK_GONE: Write = Write::delete("tracks", &["tenant", "id"]);
pub(crate) static INVOICE: Write = Write::insert(
    "invoices",
    &["tenant", "id"],
    &["order_id", "store", "number", "state", "transaction_id", "quantity", "created_at", "updated_at"],
)
.adding(AMOUNTS);
/// Of a line of an invoice or a credit memo.
const DOCUMENT_LINE: &[&str] = &[
    "item",
    "quantity",
    "row_total",
    "base_row_total",
    "row_incl_tax",
    "base_row_incl_tax",
    "tax",
    "base_tax",
    "discount",
    "base_discount",
    "compensation",
    "base_compensation",
];
pub(crate) static INVOICE_LINE: Write = Write::insert("invoice_lines", &["tenant", "invoice", "id"], DOCUMENT_LINE);
pub(crate) static CREDIT_MEMO: Write = Write::insert(
    "credit_memos",
    &["tenant", "id"],
    &[
        "order_id",
        "invoice",
        "store",
        "number",
        "state",
        "online",
        "quantity",
        "adjustment_positive",
        "base_adjustment_positive",
        "adjustment_negative",
        "base_adjustment_negative",
        "created_at",
        "updated_at",
    ],
)
.adding(AMOUNTS);
pub(crate) static CREDIT_MEMO_LINE: Write =
    Write::insert("credit_memo_lines", &["tenant", "credit_memo", "id"], DOCUMENT_LINE);
pub(crate) static PAYMENT: Write = Write::upsert(
    "payments",
    &["tenant", "order_id"],
    &[
        "gateway",
        "instrument",
        "customer",
        "stage",
        "authorisation",
        "authorised",
        "until",
        "captured",
        "failed",
        "refunded",
        "warned",
    ],
);
pub(crate) static OPERATION: Write = Write::insert(
    "operations",
    &["tenant", "id"],
    &["order_id", "errand", "kind", "plan", "amount", "of_reference", "is_last", "state", "shipment", "created_at"],
);
pub(crate) static OPERATION_SETTLED: Write = Write::update(
    "operations",
    &["tenant", "id"],
    &["amount", "state", "reference", "shipment", "invoice", "credit_memo", "reason", "settled_at"],
);
pub(crate) static OPERATION_FAILED: Write = Write::update("operations", &["tenant", "id"], &["state", "reason"]);
pub(crate) static OPERATION_REDACTED: Write = Write::update("operations", &["tenant", "id"], &["plan", "reason"]);
pub(crate) static INVOICE_STANDS: Write =
    Write::update("invoices", &["tenant", "id"], &["state", "transaction_id", "updated_at"]);
pub(crate) static CREDIT_MEMO_STANDS: Write =
    Write::update("credit_memos", &["tenant", "id"], &["state", "updated_at"]);
/// Which operation an order waits for.
pub(crate) static WAITS: Write = Write::update("orders", &["tenant", "id"], &["operation"]);
pub(crate) static LETTER: Write = Write::insert(
    "letters",
    &["tenant", "id"],
    &["errand", "kind", "order_id", "subject", "comment", "event", "recipient", "again", "state", "created_at"],
);
pub(crate) static LETTER_SETTLED: Write =
    Write::update("letters", &["tenant", "id"], &["recipient", "state", "reason", "settled_at"]);
pub(crate) static ERRAND: Write = Write::insert("errands", &["tenant", "id"], &["kind", "subject", "due_at"]);
pub(crate) static ERRAND_OF_SUBJECT_GONE: Write = Write::delete("errands", &["tenant", "kind", "subject"]);
pub(crate) static CONSIGNMENT: Write = Write::upsert(
    "consignments",
    &["tenant", "id"],
    &[
        "order_id",
        "fulfilment",
        "reference",
        "order_reference",
        "stage",
        "carrier",
        "account",
        "prebooked",
        "tracking",
        "label",
        "labelled",
        "attempts",
        "errand",
        "unwanted",
        "faults",
        "milestones",
        "extra",
        "created_at",
        "updated_at",
    ],
);
pub(crate) static CARRIER_ACCOUNT: Write =
    Write::upsert("carrier_accounts", &["tenant", "id"], &["name", "carrier", "active", "extra", "created_at"]);
pub(crate) static ERRAND_GONE: Write = Write::delete("errands", &["tenant", "id"]);
pub(crate) static USER: Write = Write::upsert(
    "users",
    &["tenant", "name"],
    &["id", "password", "permissions", "active", "failures", "locked_until"],
);
pub(crate) static SIGN_IN: Write = Write::update("users", &["tenant", "id"], &["failures", "locked_until"]);
pub(crate) static TOKEN: Write = Write::insert(
    "tokens",
    &["hash"],
    &["tenant", "name", "user_id", "permissions", "expires_at", "repeats_ms", "settings", "credential"],
);
pub(crate) static AUDIT: Write = Write::insert("audit", &["tenant", "id"], &["at", "who", "act", "subject"]);
pub(crate) static ANSWER: Write = Write::insert(
    "answers",
    &["tenant", "credential", "idempotency_key"],
    &["fingerprint", "outcome", "order_id", "at"],
);
/// The same where the answer that is there has run out.
pub(crate) static ANSWER_ANEW: Write = Write::upsert(
    "answers",
    &["tenant", "credential", "idempotency_key"],
    &["fingerprint", "outcome", "order_id", "at", "body"],
);
/// What the door answered, unless that is known already.
pub(crate) static ANSWER_BODY: Write = Write::fill("answers", &["tenant", "credential", "idempotency_key"], &["body"]);
/// What doors answered about an order that speaks of nobody: it is empty from then on, and not filled again.
pub(crate) static ANSWERS_REDACTED: Write = Write::blank("answers", &["tenant", "order_id"], &["body"]);
/// The version of a tenant's products.
pub(crate) static PRODUCTS_CHANGED: Write = Write::update("tenants", &["id"], &[]).adding(&["products_version"]);
/// The version of a tenant's places.
pub(crate) static PLACES_CHANGED: Write = Write::update("tenants", &["id"], &[]).adding(&["places_version"]);
pub(crate) static GEONAME: Write =
    Write::upsert("geonames", &["country", "postcode", "city"], &["region", "latitude", "longitude"]);
