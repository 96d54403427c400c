//! `searchCriteria`: filters, sorting and pages (contract 1.6).

use serde_json::{Map, Value, json};
use waybill_engine::store::sql::Value as Stored;
use waybill_engine::store::{Entity, Filter as StoreFilter, Query, Regex, Test, Type, field_type, pattern};

use super::fault::{Fault, Parameters};
use super::query::entries;
use super::shape::snake_case;

/// The most filters of one search.
const MOST_FILTERS: usize = 200;

/// The most values of one list, and the longest pattern.
const MOST_VALUES: usize = 10_000;
const LONGEST_PATTERN: usize = 1_000;

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Criteria {
    /// All groups must hold, in each group one filter.
    groups: Vec<Vec<Filter>>,
    sort: Vec<Sort>,
    page_size: Option<i64>,
    current_page: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Filter {
    field: String,
    value: String,
    condition: Condition,
    /// As it was sent, for the answer: `moreq` stays `moreq`, a value that was left out is null.
    sent: Value,
}

#[derive(Clone, Debug, PartialEq)]
struct Sort {
    field: String,
    descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Like,
    NotLike,
    In,
    NotIn,
    Null,
    NotNull,
    InSet,
    NotInSet,
    From,
    To,
    Is,
    Regexp,
}

impl Condition {
    fn parse(text: &str) -> Option<Condition> {
        Some(match text {
            "eq" | "seq" => Condition::Equal,
            "neq" | "sneq" => Condition::NotEqual,
            "gt" => Condition::Greater,
            "gteq" | "moreq" => Condition::GreaterOrEqual,
            "lt" => Condition::Less,
            "lteq" => Condition::LessOrEqual,
            "like" => Condition::Like,
            "nlike" => Condition::NotLike,
            "in" => Condition::In,
            "nin" => Condition::NotIn,
            "null" => Condition::Null,
            "notnull" => Condition::NotNull,
            "finset" => Condition::InSet,
            "nfinset" => Condition::NotInSet,
            "from" => Condition::From,
            "to" => Condition::To,
            "is" => Condition::Is,
            "regexp" => Condition::Regexp,
            _ => return None,
        })
    }
}

/// How a door's fields are kept: its name, and the store's.
pub(crate) type Names = &'static [(&'static str, &'static str)];

impl Criteria {
    /// Reads the criteria out of a request's parameters; nothing at all is `None`.
    pub(crate) fn read(parameters: &Map<String, Value>) -> Result<Option<Criteria>, Fault> {
        let Some(value) = parameters.get("searchCriteria").or_else(|| parameters.get("search_criteria")) else {
            return Ok(None);
        };
        // `?searchCriteria` alone, or any plain text, asks for everything.
        let Value::Object(map) = value else {
            return Ok(Some(Criteria::default()));
        };
        let mut criteria = Criteria::default();
        for (name, value) in map {
            match snake_case(name).as_str() {
                "filter_groups" => criteria.groups = groups(value)?,
                "sort_orders" => criteria.sort = entries(value).into_iter().map(sort).collect::<Result<_, _>>()?,
                "page_size" => criteria.page_size = number(value, "page_size")?,
                "current_page" => criteria.current_page = number(value, "current_page")?,
                // A misspelt filter must not list everything.
                _ => return Err(Fault::unknown_member(name, "searchCriteria")),
            }
        }
        let filters: usize = criteria.groups.iter().map(Vec::len).sum();
        if filters > MOST_FILTERS {
            return Err(Fault::bad(format!("The search has more than {MOST_FILTERS} filters. Send fewer.")));
        }
        Ok(Some(criteria))
    }

    /// As `read`, where a search needs criteria.
    pub(crate) fn required(parameters: &Map<String, Value>) -> Result<Criteria, Fault> {
        Criteria::read(parameters)?.ok_or_else(|| Fault::required(&["searchCriteria"]))
    }

    /// Every entry that a field must equal.
    pub(crate) fn of(field: &str, value: &str) -> Criteria {
        let filter = Filter {
            field: field.to_owned(),
            value: value.to_owned(),
            condition: Condition::Equal,
            sent: json!({"field": field, "value": value, "condition_type": "eq"}),
        };
        Criteria { groups: vec![vec![filter]], ..Criteria::default() }
    }

    /// As the answer shows them.
    pub(crate) fn echo(&self) -> Value {
        let mut echo = Map::new();
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(|filters| {
                let filters: Vec<&Value> = filters.iter().map(|filter| &filter.sent).collect();
                json!({ "filters": filters })
            })
            .collect();
        echo.insert("filter_groups".to_owned(), Value::Array(groups));
        if !self.sort.is_empty() {
            let sort: Vec<Value> = self
                .sort
                .iter()
                .map(|sort| json!({"field": sort.field, "direction": if sort.descending { "DESC" } else { "ASC" }}))
                .collect();
            echo.insert("sort_orders".to_owned(), Value::Array(sort));
        }
        if let Some(size) = self.page_size {
            echo.insert("page_size".to_owned(), json!(size));
        }
        if let Some(page) = self.current_page {
            echo.insert("current_page".to_owned(), json!(page));
        }
        Value::Object(echo)
    }

    /// As the store searches. A field that there is none of is refused: it is never part of a statement.
    pub(crate) fn query(&self, entity: Entity, names: Names) -> Result<Query, Fault> {
        let find = |field: &str| {
            names
                .iter()
                .find(|(outside, _)| *outside == field)
                .and_then(|(_, inside)| field_type(entity, inside))
                .ok_or_else(|| no_field(field))
        };
        let mut groups = Vec::new();
        for filters in &self.groups {
            let mut group: Vec<StoreFilter> = Vec::new();
            for (index, filter) in filters.iter().enumerate() {
                let (field, kind) = find(&filter.field)?;
                // `from` and `to` on one field are a range.
                if filter.condition == Condition::To
                    && filters[..index]
                        .iter()
                        .any(|other| other.field == filter.field && other.condition == Condition::From)
                {
                    continue;
                }
                let mut test = test(filter, kind)?;
                if filter.condition == Condition::From
                    && let Some(end) =
                        filters.iter().find(|other| other.field == filter.field && other.condition == Condition::To)
                {
                    test = Test::All(vec![test, self::test(end, kind)?]);
                }
                group.push(StoreFilter { field, test });
            }
            groups.push(group);
        }
        let mut sort = Vec::new();
        for by in &self.sort {
            sort.push((find(&by.field)?.0, by.descending));
        }
        let (limit, offset) = self.page();
        Ok(Query { groups, sort, limit, offset })
    }

    /// Whether the page that is asked for has more entries than `most`.
    pub(crate) fn wants_more_than(&self, most: i64, total: i64) -> bool {
        let (limit, offset) = self.page();
        limit.unwrap_or(i64::MAX).min(total.saturating_sub(offset)) > most
    }

    /// How many, after how many. Without a size everything.
    fn page(&self) -> (Option<i64>, i64) {
        let size = self.page_size.filter(|size| *size > 0);
        let page = self.current_page.unwrap_or(1).max(1);
        (size, size.map_or(0, |size| (page - 1).saturating_mul(size)))
    }

    /// Searches a short list that is at hand: each entry is an object as the answer shows it.
    pub(crate) fn select(&self, all: Vec<Value>) -> Result<(Vec<Value>, usize), Fault> {
        let mut kept = Vec::new();
        for entry in all {
            let mut fits = true;
            for filters in &self.groups {
                let mut any = filters.is_empty();
                for filter in filters {
                    any |= fits_filter(&entry, filter)?;
                }
                fits &= any;
            }
            if fits {
                kept.push(entry);
            }
        }
        for by in self.sort.iter().rev() {
            kept.sort_by(|one, other| {
                let order = compare(&plain(one, &by.field), &plain(other, &by.field));
                if by.descending { order.reverse() } else { order }
            });
        }
        let total = kept.len();
        let (limit, offset) = self.page();
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let take = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        Ok((kept.into_iter().skip(skip).take(take).collect(), total))
    }
}

fn no_field(field: &str) -> Fault {
    Fault::positional(400, "The field \"%1\" cannot be searched. Use a field of this list and try again.", &[field])
}

fn groups(value: &Value) -> Result<Vec<Vec<Filter>>, Fault> {
    let mut groups = Vec::new();
    for group in entries(value) {
        known(group, "filterGroups", &["filters"])?;
        let Some(filters) = group.get("filters") else {
            continue;
        };
        groups.push(entries(filters).into_iter().map(filter).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(groups)
}

/// Refuses members that there are none of: what is misspelt must not be overlooked.
fn known(value: &Value, of: &str, names: &[&str]) -> Result<(), Fault> {
    let mut members = value.as_object().into_iter().flat_map(Map::keys);
    match members.find(|name| !names.contains(&snake_case(name).as_str())) {
        Some(name) => Err(Fault::unknown_member(name, of)),
        None => Ok(()),
    }
}

fn filter(value: &Value) -> Result<Filter, Fault> {
    known(value, "filters", &["field", "value", "condition_type"])?;
    let text = |names: &[&str]| names.iter().find_map(|name| scalar(value.get(name)?));
    let condition = text(&["conditionType", "condition_type"]).unwrap_or_else(|| "eq".to_owned());
    let field = text(&["field"]).unwrap_or_default();
    let value = text(&["value"]);
    let sent = json!({"field": field, "value": value, "condition_type": condition});
    let value = value.unwrap_or_default();
    let is_like =
        condition.to_ascii_lowercase().ends_with("like") || condition.to_ascii_lowercase().ends_with("finset");
    if is_like && value.len() > LONGEST_PATTERN || value.split(',').count() > MOST_VALUES {
        return Err(Fault::bad(format!(
            "A filter takes at most {MOST_VALUES} values, and a pattern of at most {LONGEST_PATTERN} characters."
        )));
    }
    Ok(Filter {
        field,
        value,
        sent,
        condition: Condition::parse(&condition.to_ascii_lowercase()).ok_or_else(|| {
            Fault::positional(
                400,
                "The condition type \"%1\" is not known. Use eq, neq, gt, gteq, lt, lteq, like, \
                nlike, in, nin, null, notnull, finset, nfinset, from or to and try again.",
                &[&condition],
            )
        })?,
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(if *flag { "1" } else { "0" }.to_owned()),
        Value::Array(_) | Value::Object(_) => {
            let items: Option<Vec<String>> = entries(value).into_iter().map(scalar).collect();
            items.map(|items| items.join(","))
        }
        Value::Null => None,
    }
}

fn sort(value: &Value) -> Result<Sort, Fault> {
    known(value, "sortOrders", &["field", "direction"])?;
    let text = |name: &str| value.get(name).and_then(scalar);
    let field = text("field").unwrap_or_default();
    if !field.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter)) {
        return Err(Fault::positional(400, "Sort order field %1 contains restricted symbols", &[&field]));
    }
    let descending = match text("direction") {
        None => true,
        Some(direction) if direction.eq_ignore_ascii_case("desc") => true,
        Some(direction) if direction.eq_ignore_ascii_case("asc") => false,
        Some(_) => {
            return Err(Fault {
                parameters: Parameters::Positional(vec!["ASC".to_owned(), "DESC".to_owned()]),
                ..Fault::bad("The sort order has to be specified as %1 for ascending order or %2 for descending order.")
            });
        }
    };
    Ok(Sort { field, descending })
}

fn number(value: &Value, name: &str) -> Result<Option<i64>, Fault> {
    match scalar(value) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => {
            text.trim().parse().map(Some).map_err(|_| Fault::wrong_type(&Value::String(text), "int").inside(name))
        }
    }
}

/// A filter as the store tests it.
fn test(filter: &Filter, kind: Type) -> Result<Test, Fault> {
    let value = || stored(&filter.value, kind);
    let list = || filter.value.split(',').map(|text| stored(text.trim(), kind)).collect::<Option<Vec<_>>>();
    // A value that the column cannot have equals nothing of it.
    let nothing = Test::In(Vec::new());
    Ok(match filter.condition {
        Condition::Equal => value().map_or(nothing, Test::Equal),
        Condition::NotEqual => value().map_or(Test::NotNull, Test::NotEqual),
        Condition::Greater => value().map_or(nothing, Test::Greater),
        Condition::GreaterOrEqual | Condition::From => value().map_or(nothing, Test::GreaterOrEqual),
        Condition::Less => value().map_or(nothing, Test::Less),
        Condition::LessOrEqual | Condition::To => value().map_or(nothing, Test::LessOrEqual),
        Condition::Like => Test::Like(filter.value.clone()),
        Condition::NotLike => Test::NotLike(filter.value.clone()),
        Condition::In => list().map_or(nothing, Test::In),
        Condition::NotIn => list().map_or(Test::NotNull, Test::NotIn),
        Condition::Null => Test::Null,
        Condition::NotNull => Test::NotNull,
        Condition::InSet => Test::InSet(filter.value.clone()),
        Condition::NotInSet => Test::NotInSet(filter.value.clone()),
        Condition::Is if filter.value.eq_ignore_ascii_case("null") => Test::Null,
        Condition::Is if filter.value.eq_ignore_ascii_case("not null") => Test::NotNull,
        Condition::Is => value().map_or(nothing, Test::Equal),
        Condition::Regexp => {
            regex(&filter.value)?;
            Test::Matches(filter.value.clone())
        }
    })
}

/// A regular expression, without regard to case.
fn regex(text: &str) -> Result<Regex, Fault> {
    pattern(text)
        .ok_or_else(|| Fault::positional(400, "\"%1\" is not a regular expression. Correct it and try again.", &[text]))
}

/// A client's text as the column keeps it.
fn stored(text: &str, kind: Type) -> Option<Stored<'static>> {
    match kind {
        Type::Text => Some(text.to_owned().into()),
        Type::Int => text.trim().parse::<i64>().ok().map(Stored::Int),
        Type::Decimal => waybill_domain::Amount::parse(text).ok().map(|amount| Stored::Int(amount.0)),
        Type::Time => crate::time::parse(text).map(|at| Stored::Int(at.0)),
    }
}

fn plain(entry: &Value, field: &str) -> Option<String> {
    scalar(entry.get(field)?)
}

/// Numbers as numbers, everything else as text without regard to case.
fn compare(one: &Option<String>, other: &Option<String>) -> std::cmp::Ordering {
    match (one, other) {
        (Some(one), Some(other)) => match (waybill_domain::Amount::parse(one), waybill_domain::Amount::parse(other)) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            _ => one.to_lowercase().cmp(&other.to_lowercase()),
        },
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

fn fits_filter(entry: &Value, filter: &Filter) -> Result<bool, Fault> {
    let known = entry.get(&filter.field).is_some();
    if !known {
        return Err(no_field(&filter.field));
    }
    let value = plain(entry, &filter.field);
    let wanted = Some(filter.value.clone());
    let order = || value.is_some().then(|| compare(&value, &wanted));
    let member = |list: &str, of: &str| list.split(',').any(|one| one.trim().eq_ignore_ascii_case(of));
    Ok(match filter.condition {
        Condition::Equal => order().is_some_and(std::cmp::Ordering::is_eq),
        Condition::NotEqual => order().is_some_and(std::cmp::Ordering::is_ne),
        Condition::Greater => order().is_some_and(std::cmp::Ordering::is_gt),
        Condition::GreaterOrEqual | Condition::From => order().is_some_and(std::cmp::Ordering::is_ge),
        Condition::Less => order().is_some_and(std::cmp::Ordering::is_lt),
        Condition::LessOrEqual | Condition::To => order().is_some_and(std::cmp::Ordering::is_le),
        Condition::Like => value.is_some_and(|value| like(&filter.value.to_lowercase(), &value.to_lowercase())),
        Condition::NotLike => value.is_some_and(|value| !like(&filter.value.to_lowercase(), &value.to_lowercase())),
        Condition::In => value.is_some_and(|value| member(&filter.value, &value)),
        Condition::NotIn => value.is_some_and(|value| !member(&filter.value, &value)),
        Condition::Null => value.is_none(),
        Condition::NotNull => value.is_some(),
        Condition::InSet => value.is_some_and(|value| member(&value, &filter.value)),
        Condition::NotInSet => value.is_some_and(|value| !member(&value, &filter.value)),
        Condition::Is if filter.value.eq_ignore_ascii_case("null") => value.is_none(),
        Condition::Is if filter.value.eq_ignore_ascii_case("not null") => value.is_some(),
        Condition::Is => order().is_some_and(std::cmp::Ordering::is_eq),
        Condition::Regexp => {
            let regex = regex(&filter.value)?;
            value.is_some_and(|value| regex.is_match(&value))
        }
    })
}

/// SQL's wildcards, in steps that are bounded by the lengths multiplied.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match symbol {
                '%' => reached[at] || at > 0 && next[at - 1],
                '_' => at > 0 && reached[at - 1],
                letter => at > 0 && reached[at - 1] && text[at - 1] == letter,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Criteria, Fault> {
        Criteria::required(&super::super::query::parse(query)?)
    }

    const ORDERS: Names = &[("increment_id", "number"), ("created_at", "created_at"), ("grand_total", "grand_total")];

    fn check(query: &str, expected: &str) {
        let got = match read(query).and_then(|criteria| criteria.query(Entity::Orders, ORDERS)) {
            Ok(query) => format!("{:?} {:?} {:?} {}", query.groups, query.sort, query.limit, query.offset),
            Err(fault) => fault.rendered(),
        };
        assert_eq!(got, expected, "{query}");
    }

    #[test]
    fn nothing_at_all_is_refused_and_a_bare_name_asks_for_everything() {
        check("", "\"searchCriteria\" is required. Enter and try again.");
        check("searchCriteria", "[] [] None 0");
        check("searchCriteria=all", "[] [] None 0");
        check("search_criteria[pageSize]=20&search_criteria[current_page]=3", "[] [] Some(20) 40");
    }

    #[test]
    fn filters_are_read_in_all_spellings() {
        let expected =
            "[[Filter { field: \"number\", test: Equal(Text(\"000000001\")) }]] [(\"created_at\", true)] None 0";
        check(
            "searchCriteria[filter_groups][0][filters][0][field]=increment_id&searchCriteria[filter_groups][0][filters][0][value]=000000001&searchCriteria[sortOrders][0][field]=created_at",
            expected,
        );
        check(
            "searchCriteria[filterGroups][0][filters][0][field]=increment_id&searchCriteria[filterGroups][0][filters][0][value]=000000001&searchCriteria[filterGroups][0][filters][0][conditionType]=eq&searchCriteria[sort_orders][0][field]=created_at&searchCriteria[sort_orders][0][direction]=desc",
            expected,
        );
    }

    fn check_echo(query: &str, expected: Value) {
        let got = read(query).map(|criteria| criteria.echo()).map_err(|fault| fault.rendered());
        assert_eq!(got, Ok(expected), "{query}");
    }

    #[test]
    fn the_answer_shows_what_was_sent() {
        check_echo("searchCriteria", json!({"filter_groups": []}));
        check_echo(
            "searchCriteria[filterGroups][0][filters][0][field]=grand_total&searchCriteria[filterGroups][0][filters][0][value]=5&searchCriteria[filterGroups][0][filters][0][conditionType]=moreq&searchCriteria[pageSize]=2",
            json!({"filter_groups": [{"filters": [{"field": "grand_total", "value": "5", "condition_type": "moreq"}]}], "page_size": 2}),
        );
        check_echo(
            "searchCriteria[filterGroups][0][filters][0][field]=created_at&searchCriteria[filterGroups][0][filters][0][conditionType]=notnull&searchCriteria[sortOrders][0][field]=created_at&searchCriteria[currentPage]=3",
            json!({
                "filter_groups": [{"filters": [{"field": "created_at", "value": null, "condition_type": "notnull"}]}],
                "sort_orders": [{"field": "created_at", "direction": "DESC"}],
                "current_page": 3
            }),
        );
    }

    #[test]
    fn what_is_misspelt_does_not_list_everything() {
        for (query, member, of) in [
            ("searchCriteria[filterGroup][0][filters][0][field]=created_at", "filterGroup", "searchCriteria"),
            ("searchCriteria[filterGroups][0][filter][0][field]=created_at", "filter", "filterGroups"),
            ("searchCriteria[filterGroups][0][filters][0][condition]=eq", "condition", "filters"),
            ("searchCriteria[sortOrders][0][order]=asc", "order", "sortOrders"),
        ] {
            check(query, &format!("Property \"{member}\" does not exist in {of}. Remove it and try again."));
        }
    }

    #[test]
    fn a_from_and_a_to_make_a_range() {
        check(
            "searchCriteria[filterGroups][0][filters][0][field]=grand_total&searchCriteria[filterGroups][0][filters][0][value]=5&searchCriteria[filterGroups][0][filters][0][conditionType]=from&searchCriteria[filterGroups][0][filters][1][field]=grand_total&searchCriteria[filterGroups][0][filters][1][value]=7.5&searchCriteria[filterGroups][0][filters][1][conditionType]=to",
            "[[Filter { field: \"grand_total\", test: All([GreaterOrEqual(Int(50000)), LessOrEqual(Int(75000))]) }]] [] None 0",
        );
    }

    #[test]
    fn sql_in_a_field_is_a_field_that_does_not_exist() {
        check(
            "searchCriteria[filterGroups][0][filters][0][field]=1%3D1);drop table orders--&searchCriteria[filterGroups][0][filters][0][value]=1",
            "The field \"1=1);drop table orders--\" cannot be searched. Use a field of this list and try again.",
        );
        check("searchCriteria[sortOrders][0][field]=a;b", "Sort order field a;b contains restricted symbols");
        check(
            "searchCriteria[sortOrders][0][field]=created_at&searchCriteria[sortOrders][0][direction]=up",
            "The sort order has to be specified as ASC for ascending order or DESC for descending order.",
        );
    }

    #[test]
    fn patterns_match_as_sql_does() {
        for (pattern, text, expected) in
            [("a%", "abc", true), ("%b%", "abc", true), ("a_c", "abc", true), ("a", "abc", false), ("%", "", true)]
        {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
