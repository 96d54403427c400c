//! Searches: filters, sorting and pages over what doors list.

#[cfg(test)]
mod plans;

use waybill_domain::TenantId;

use crate::Result;
use crate::database::Database;
use crate::sql::Value;

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    Orders,
    OrderItems,
    Shipments,
    Invoices,
    CreditMemos,
    /// What gateways did.
    Transactions,
    Products,
    SourceItems,
}

/// A search: all groups must hold, in each group one filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub groups: Vec<Vec<Filter>>,
    /// Field and whether descending.
    pub sort: Vec<(&'static str, bool)>,
    pub limit: Option<i64>,
    pub offset: i64,
}

/// One condition. The field is one that [`field_type`] knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub field: &'static str,
    pub test: Test,
}

/// What must be true of a field. Values are as the column keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Equal(Value<'static>),
    NotEqual(Value<'static>),
    Greater(Value<'static>),
    GreaterOrEqual(Value<'static>),
    Less(Value<'static>),
    LessOrEqual(Value<'static>),
    /// With SQL's wildcards.
    Like(String),
    NotLike(String),
    /// A regular expression that [`crate::pattern`] can read.
    Matches(String),
    In(Vec<Value<'static>>),
    NotIn(Vec<Value<'static>>),
    Null,
    NotNull,
    /// A member of a comma-separated list.
    InSet(String),
    NotInSet(String),
    /// All of these.
    All(Vec<Test>),
}

/// How a field is kept, so that a door can read a client's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Int,
    /// Ten-thousandths.
    Decimal,
    /// Milliseconds since 1970.
    Time,
}

/// Ids of a page in their order, and how many there are on all pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub ids: Vec<i64>,
    pub total: i64,
}

const MONEY: &[&str] = &["grand_total", "base_grand_total", "paid", "base_paid", "refunded", "base_refunded"];

/// The name and the type of a field that can be searched; `None` for any other.
pub fn field_type(entity: Entity, name: &str) -> Option<(&'static str, Type)> {
    let (texts, ints, decimals, times): (&[&'static str], &[&'static str], &[&'static str], &[&'static str]) =
        match entity {
            Entity::Orders => (
                &[
                    "number",
                    "state",
                    "status",
                    "currency",
                    "base_currency",
                    "method",
                    "email",
                    "firstname",
                    "lastname",
                    "shipping_method",
                    "shipping_description",
                ],
                &["id", "store", "is_virtual", "customer", "market"],
                MONEY,
                &["created_at", "updated_at"],
            ),
            Entity::OrderItems => (
                &["sku", "name", "kind"],
                &["id", "order_id", "parent", "product", "is_virtual", "decimals"],
                &["ordered", "canceled", "invoiced", "shipped", "refunded"],
                &[],
            ),
            Entity::Shipments => (
                &["number", "source", "order_state"],
                &["id", "order_id", "store", "paid", "deducted", "order_customer", "order_market"],
                &["total"],
                &["created_at", "updated_at", "ready_at", "left_at"],
            ),
            Entity::Invoices => (
                &["number", "transaction_id"],
                &["id", "order_id", "store", "state"],
                &["quantity", "total", "base_total", "subtotal", "shipping", "tax", "discount"],
                &["created_at", "updated_at"],
            ),
            Entity::CreditMemos => (
                &["number"],
                &["id", "order_id", "store", "state", "invoice"],
                &["quantity", "total", "base_total", "subtotal", "shipping", "tax", "discount"],
                &["created_at", "updated_at"],
            ),
            Entity::Transactions => {
                (&["reference", "of_reference", "type"], &["id", "order_id"], &["amount"], &["created_at"])
            }
            Entity::Products => {
                (&["sku", "name", "kind"], &["id", "enabled"], &["price", "weight"], &["created_at", "updated_at"])
            }
            Entity::SourceItems => (&["sku", "source"], &["id", "in_stock"], &["on_hand"], &[]),
        };
    let find = |names: &[&'static str]| names.iter().copied().find(|known| *known == name);
    find(texts)
        .map(|name| (name, Type::Text))
        .or_else(|| find(ints).map(|name| (name, Type::Int)))
        .or_else(|| find(decimals).map(|name| (name, Type::Decimal)))
        .or_else(|| find(times).map(|name| (name, Type::Time)))
}

/// The table of an entity, the join that its fields need, and its id.
fn table(entity: Entity) -> (&'static str, &'static str) {
    match entity {
        Entity::Orders => (
            "orders",
            "left join order_details on order_details.tenant = orders.tenant and order_details.order_id = orders.id",
        ),
        Entity::OrderItems => ("order_items", ""),
        Entity::Shipments => (
            "shipments",
            "join orders on orders.tenant = shipments.tenant and orders.id = shipments.order_id \
             join order_details on order_details.tenant = shipments.tenant \
             and order_details.order_id = shipments.order_id",
        ),
        Entity::Invoices => ("invoices", ""),
        Entity::CreditMemos => ("credit_memos", ""),
        Entity::Transactions => ("operations", ""),
        Entity::Products => ("products", ""),
        Entity::SourceItems => ("source_items", ""),
    }
}

/// Finds the ids of a page.
pub(crate) fn search(database: &Database, tenant: TenantId, entity: Entity, query: &Query) -> Result<Page> {
    let Statements { count, page, values } = statements(Words::of(database), tenant, entity, query);
    // The page's last two values are not the count's.
    let total = database.row(&count, &values[..values.len() - 2])?.map_or(0, |mut row| row.int());
    let ids = database.rows(&page, &values)?.into_iter().map(|mut row| row.int()).collect();
    Ok(Page { ids, total })
}

/// How many there are, and which are on the page.
struct Statements {
    count: String,
    page: String,
    values: Vec<Value<'static>>,
}

fn statements(words: Words, tenant: TenantId, entity: Entity, query: &Query) -> Statements {
    let mut clause = Clause { text: String::new(), values: vec![Value::Int(tenant.0)], words };
    let (table, join) = table(entity);
    if entity == Entity::Transactions {
        clause.text.push_str(" and operations.state = 'done'");
    }
    for group in &query.groups {
        clause.text.push_str(" and (");
        for (index, filter) in group.iter().enumerate() {
            if index > 0 {
                clause.text.push_str(" or ");
            }
            clause.test(&column(table, filter.field), &filter.test);
        }
        if group.is_empty() {
            clause.text.push_str("1 = 1");
        }
        clause.text.push(')');
    }
    let joined = query
        .groups
        .iter()
        .flatten()
        .map(|filter| filter.field)
        .chain(query.sort.iter().map(|(field, _)| *field))
        .any(is_detail);
    let from = format!("from {table} {} where {table}.tenant = ?1{}", if joined { join } else { "" }, clause.text);
    let direction = |descending: bool| if descending { "desc" } else { "asc" };
    let mut order: Vec<String> = query
        .sort
        .iter()
        .map(|(field, descending)| format!("{} {}", column(table, field), direction(*descending)))
        .collect();
    // Among equals the id decides, in the direction of the last field: an index is read one way only.
    if query.sort.iter().all(|(field, _)| *field != "id") {
        let descending = query.sort.last().is_some_and(|(_, descending)| *descending);
        order.push(format!("{table}.id {}", direction(descending)));
    }
    let limit = clause.bind(Value::Int(query.limit.unwrap_or(i64::MAX)));
    let offset = clause.bind(Value::Int(query.offset));
    Statements {
        count: format!("select count(*) {from}"),
        page: format!("select {table}.id {from} order by {} limit {limit} offset {offset}", order.join(", ")),
        values: clause.values,
    }
}

fn is_detail(field: &str) -> bool {
    matches!(
        field,
        "customer"
            | "firstname"
            | "lastname"
            | "shipping_method"
            | "shipping_description"
            | "market"
            | "order_state"
            | "order_customer"
            | "order_market"
    )
}

fn column(table: &str, field: &str) -> String {
    let table = if table == "orders" && is_detail(field) { "order_details" } else { table };
    match (table, field) {
        ("shipments", "order_state") => "orders.state".to_owned(),
        ("shipments", "order_customer") => "order_details.customer".to_owned(),
        ("shipments", "order_market") => "order_details.market".to_owned(),
        ("operations", "type") => TRANSACTION_TYPE.to_owned(),
        ("operations", "of_reference") => TRANSACTION_PARENT.to_owned(),
        _ => format!("{table}.{field}"),
    }
}

/// What an operation was done to; an authorisation is the first of its kind.
const TRANSACTION_PARENT: &str = "case operations.kind when 'authorise' then null else operations.of_reference end";

/// What an operation came to, in the words of those who ask for transactions.
const TRANSACTION_TYPE: &str = "case operations.kind when 'authorise' then 'authorization' when 'void' then 'void' \
                                when 'refund' then 'refund' else 'capture' end";

/// A condition in the making, and the values of its places.
struct Clause {
    text: String,
    values: Vec<Value<'static>>,
    words: Words,
}

/// What the engines call differently. Neither minds upper and lower case in `like`.
#[derive(Clone, Copy)]
struct Words {
    like: &'static str,
    not_like: &'static str,
    /// A backslash in a pattern is a backslash.
    as_it_is: &'static str,
    matches: &'static str,
}

impl Words {
    fn of(database: &Database) -> Words {
        match database {
            Database::Sqlite(_) => Words { like: "like", not_like: "not like", as_it_is: "", matches: "regexp" },
            Database::Postgres(_) => {
                Words { like: "ilike", not_like: "not ilike", as_it_is: " escape ''", matches: "~*" }
            }
        }
    }
}

impl Clause {
    fn bind(&mut self, value: Value<'static>) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    fn test(&mut self, column: &str, test: &Test) {
        let text = match test {
            Test::Equal(value) => format!("{column} = {}", self.bind(value.clone())),
            Test::NotEqual(value) => format!("{column} <> {}", self.bind(value.clone())),
            Test::Greater(value) => format!("{column} > {}", self.bind(value.clone())),
            Test::GreaterOrEqual(value) => format!("{column} >= {}", self.bind(value.clone())),
            Test::Less(value) => format!("{column} < {}", self.bind(value.clone())),
            Test::LessOrEqual(value) => format!("{column} <= {}", self.bind(value.clone())),
            Test::Like(pattern) => self.like(column, pattern, self.words.like),
            Test::NotLike(pattern) => self.like(column, pattern, self.words.not_like),
            Test::Matches(pattern) => {
                let Words { matches, .. } = self.words;
                format!("cast({column} as text) {matches} {}", self.bind(pattern.clone().into()))
            }
            Test::In(values) => format!("{column} in ({})", self.list(values)),
            Test::NotIn(values) => format!("{column} not in ({})", self.list(values)),
            Test::Null => format!("{column} is null"),
            Test::NotNull => format!("{column} is not null"),
            Test::InSet(member) => self.in_set(column, member, self.words.like),
            Test::NotInSet(member) => self.in_set(column, member, self.words.not_like),
            Test::All(tests) => {
                self.text.push('(');
                for (index, test) in tests.iter().enumerate() {
                    if index > 0 {
                        self.text.push_str(" and ");
                    }
                    self.test(column, test);
                }
                self.text.push(')');
                return;
            }
        };
        self.text.push_str(&text);
    }

    fn like(&mut self, column: &str, pattern: &str, like: &str) -> String {
        let Words { as_it_is, .. } = self.words;
        format!("cast({column} as text) {like} {}{as_it_is}", self.bind(pattern.to_owned().into()))
    }

    fn list(&mut self, values: &[Value<'static>]) -> String {
        // Nothing is in an empty list.
        if values.is_empty() {
            return "null".to_owned();
        }
        values.iter().map(|value| self.bind(value.clone())).collect::<Vec<_>>().join(", ")
    }

    fn in_set(&mut self, column: &str, member: &str, like: &str) -> String {
        let escaped = member.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let pattern = self.bind(format!("%,{escaped},%").into());
        format!("',' || {column} || ',' {like} {pattern} escape '\\'")
    }
}
