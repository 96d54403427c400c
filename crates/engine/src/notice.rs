//! What a letter says: read with what it tells of, and put into the words and numbers of its store view.

use waybill_domain::{
    Address, Amounts, Comment, Customer, Details, DocumentId, Item, ItemId, Letter, LetterKind, LineAmounts, Method,
    Money, Order, Quantity, Store, TenantId, Timestamp, Track, Writing,
};
use waybill_outside::mail::{Notice, NoticeKind, NoticeLine, NoticeTotal, NoticeTrack};
use waybill_store::{CreditMemoView, InvoiceView, OrderView, Result, ShipmentView, View};

/// Everything that a letter may say, as it is in the books.
pub(crate) struct Told {
    order: Order,
    details: Details,
    /// Those on what the letter tells of.
    comments: Vec<Comment>,
    store: Option<Store>,
    /// Of the document.
    number: String,
    made_at: Timestamp,
    lines: Vec<ToldLine>,
    /// With what was given or kept beyond goods and shipping; none where no money is meant.
    amounts: Option<(Amounts, Money)>,
    tracks: Vec<Track>,
}

struct ToldLine {
    item: ItemId,
    quantity: Quantity,
    /// None where another line carries the money, or none is meant.
    amounts: Option<LineAmounts>,
}

impl Told {
    /// Whether its order speaks of nobody any more.
    pub(crate) fn is_redacted(&self) -> bool {
        self.order.redacted_at.is_some()
    }
}

/// Reads what a letter tells of; none if it is not there.
pub(crate) fn read(view: &View<'_>, tenant: TenantId, letter: &Letter) -> Result<Option<Told>> {
    let told = match letter.document {
        None => view.order_view(tenant, letter.order)?.map(of_order),
        Some(DocumentId::Invoice(id)) => view.invoice(tenant, id)?.map(of_invoice),
        Some(DocumentId::Shipment(id)) => view.shipment(tenant, id)?.map(of_shipment),
        Some(DocumentId::CreditMemo(id)) => view.credit_memo(tenant, id)?.map(of_credit_memo),
    };
    let Some(told) = told else {
        return Ok(None);
    };
    let store = view.places(tenant)?.stores.remove(&told.order.store);
    Ok(Some(Told { store, ..told }))
}

fn of_order(view: OrderView) -> Told {
    let OrderView { order, account, payment: _, details, comments, mailed: _ } = view;
    let line = |item: &Item| ToldLine {
        item: item.id,
        quantity: item.ordered,
        amounts: account.lines.get(&item.id).map(|line| line.ordered),
    };
    Told {
        number: String::new(),
        made_at: order.created_at,
        lines: order.items.iter().map(line).collect(),
        amounts: Some((account.ordered, Money::ZERO)),
        tracks: Vec::new(),
        store: None,
        order,
        details,
        comments,
    }
}

fn of_invoice(view: InvoiceView) -> Told {
    let InvoiceView { invoice, credited: _, order, account: _, details, comments, mailed: _ } = view;
    let lines = invoice.lines.into_iter();
    let lines = lines.map(|line| ToldLine { item: line.item, quantity: line.quantity, amounts: line.amounts });
    Told {
        number: invoice.number,
        made_at: invoice.created_at,
        lines: lines.collect(),
        amounts: Some((invoice.amounts, Money::ZERO)),
        tracks: Vec::new(),
        store: None,
        order,
        details,
        comments,
    }
}

fn of_shipment(view: ShipmentView) -> Told {
    let ShipmentView { shipment, order, account: _, details, comments, mailed: _ } = view;
    let lines = shipment.lines.into_iter();
    let lines = lines.map(|line| ToldLine { item: line.item, quantity: line.quantity, amounts: None });
    Told {
        number: shipment.number,
        made_at: shipment.created_at,
        lines: lines.collect(),
        amounts: None,
        tracks: shipment.tracks,
        store: None,
        order,
        details,
        comments,
    }
}

fn of_credit_memo(view: CreditMemoView) -> Told {
    let CreditMemoView { memo, order, account: _, details, comments, mailed: _ } = view;
    let lines = memo.lines.into_iter();
    let lines = lines.map(|line| ToldLine { item: line.item, quantity: line.quantity, amounts: line.amounts });
    Told {
        number: memo.number,
        made_at: memo.created_at,
        lines: lines.collect(),
        amounts: Some((memo.amounts, memo.adjustments.sum())),
        tracks: Vec::new(),
        store: None,
        order,
        details,
        comments,
    }
}

/// What the letter says, as its reader writes numbers and days.
pub(crate) fn notice(letter: &Letter, told: &Told, store_url: &str) -> Notice {
    let Told { order, details, comments: _, store, number, made_at: _, lines: _, amounts, tracks } = told;
    let locale = store.as_ref().map_or("en_US", |store| store.locale.as_str());
    let writing = Writing::of(locale);
    let remark = remark(letter, told);
    let status = if letter.kind.is_of_comment() {
        let of_remark = remark.and_then(|remark| remark.status.as_deref());
        of_remark.unwrap_or(order.stage.status_text()).to_owned()
    } else {
        String::new()
    };
    Notice {
        kind: kind(letter.kind),
        store_code: store.as_ref().map_or_else(String::new, |store| store.code.clone()),
        store_name: store.as_ref().map_or_else(String::new, |store| store.name.clone()),
        store_url: store_url.to_owned(),
        locale: locale.to_owned(),
        order_number: order.number.clone(),
        document_number: number.clone(),
        customer_name: customer_name(&details.customer, details.billing.as_ref()),
        recipient: letter.recipient.clone(),
        order_date: writing.day(order.created_at),
        lines: notice_lines(told, writing),
        totals: amounts.map_or_else(Vec::new, |(amounts, adjustment)| {
            totals(&amounts, adjustment, |money| writing.price(money.amount, &order.currency))
        }),
        billing_address: address(details.billing.as_ref()),
        shipping_address: address(details.shipping.as_ref()),
        shipping_method: details.shipping_description.clone().unwrap_or_default(),
        payment_method: payment_method(details, order),
        tracks: tracks
            .iter()
            .map(|track| NoticeTrack {
                title: track.title.clone().unwrap_or_else(|| track.carrier.clone()),
                number: track.number.clone(),
            })
            .collect(),
        status,
        comment: remark.and_then(|remark| remark.text.clone()).unwrap_or_default(),
    }
}

fn kind(kind: LetterKind) -> NoticeKind {
    match kind {
        LetterKind::Order => NoticeKind::Order,
        LetterKind::Invoice => NoticeKind::Invoice,
        LetterKind::Shipment => NoticeKind::Shipment,
        LetterKind::CreditMemo => NoticeKind::CreditMemo,
        LetterKind::OrderComment => NoticeKind::OrderComment,
        LetterKind::InvoiceComment => NoticeKind::InvoiceComment,
        LetterKind::ShipmentComment => NoticeKind::ShipmentComment,
        LetterKind::CreditMemoComment => NoticeKind::CreditMemoComment,
    }
}

/// The remark that is part of the letter. One that is asked for again says what was said when the document was made.
fn remark<'a>(letter: &Letter, told: &'a Told) -> Option<&'a Comment> {
    told.comments.iter().find(|comment| match letter.comment {
        Some(wanted) => comment.id == wanted,
        None => letter.again && comment.notified == Some(true) && comment.created_at == told.made_at,
    })
}

/// Lines with what they cost. A part of something else is not told where that is told itself.
fn notice_lines(told: &Told, writing: Writing) -> Vec<NoticeLine> {
    let order = &told.order;
    let row = |line: &ToldLine| line.amounts.map_or(Money::ZERO, |amounts| amounts.row);
    let parent_of = |line: &ToldLine| order.item(line.item).and_then(|item| item.parent);
    let is_told = |line: &ToldLine| match (order.item(line.item), told.amounts) {
        (None, _) => false,
        // A parent that its parts ship apart from is no parcel.
        (Some(item), None) => !order.is_dummy_for_shipping(item),
        (Some(item), Some(_)) => item.parent.is_none() && line.quantity > Quantity::ZERO,
    };
    let lines = told.lines.iter().filter(|line| is_told(line));
    lines
        .filter_map(|line| {
            let item = order.item(line.item)?;
            // A kit whose price is that of its parts costs what they do.
            let parts: Money = told.lines.iter().filter(|part| parent_of(part) == Some(line.item)).map(row).sum();
            let price = |money: Money| writing.price(money.amount, &order.currency);
            Some(NoticeLine {
                sku: item.sku.as_str().to_owned(),
                name: item.name.clone(),
                quantity: writing.quantity(line.quantity),
                total: told.amounts.map_or_else(String::new, |_| price(row(line) + parts)),
            })
        })
        .collect()
}

/// The sums that are not nothing, and the last two.
fn totals(amounts: &Amounts, adjustment: Money, price: impl Fn(Money) -> String) -> Vec<NoticeTotal> {
    let all = [
        ("subtotal", amounts.subtotal, true),
        ("discount", amounts.discount, false),
        ("shipping", amounts.shipping, false),
        ("tax", amounts.tax, false),
        ("adjustment", adjustment, false),
        ("grand_total", amounts.total, true),
    ];
    let told = all.into_iter().filter(|(_, money, always)| *always || !money.is_zero());
    told.map(|(key, money, _)| NoticeTotal { key: key.to_owned(), text: price(money) }).collect()
}

fn customer_name(customer: &Customer, billing: Option<&Address>) -> String {
    let named = |first: &str, last: &str| format!("{} {}", first.trim(), last.trim()).trim().to_owned();
    let own =
        named(customer.firstname.as_deref().unwrap_or_default(), customer.lastname.as_deref().unwrap_or_default());
    match billing {
        Some(billing) if own.is_empty() => named(&billing.firstname, &billing.lastname),
        Some(_) | None => own,
    }
}

/// An address as it stands on a parcel.
fn address(address: Option<&Address>) -> Vec<String> {
    let Some(address) = address else {
        return Vec::new();
    };
    let town = match address.country.as_str() {
        "US" | "CA" | "AU" => {
            let region = address.region_code.as_deref().or(address.region.as_deref()).unwrap_or_default();
            format!("{}, {region} {}", address.city, address.postcode)
        }
        "GB" | "IE" => format!("{} {}", address.city, address.postcode),
        _ => format!("{} {}", address.postcode, address.city),
    };
    let mut lines = vec![format!("{} {}", address.firstname, address.lastname)];
    lines.extend(address.company.clone());
    lines.extend(address.street.iter().cloned());
    lines.push(town);
    lines.push(address.country.clone());
    lines.retain(|line| !line.trim().is_empty());
    lines
}

/// What the shop calls the method, as Magento keeps it, or else its code. Of a gateway's method the shop keeps other
/// things there, which are nobody's business.
fn payment_method(details: &Details, order: &Order) -> String {
    let code = order.method.clone().unwrap_or_default();
    let kept = details.payment.get("additional_information").map(String::as_str).unwrap_or_default();
    let title = kept.strip_prefix("[\"").and_then(|rest| rest.split('"').next());
    match (Method::of(&code), title) {
        (Method::Offline | Method::Elsewhere, Some(title)) if !title.is_empty() && !title.contains('\\') => {
            title.to_owned()
        }
        (Method::Offline | Method::Elsewhere | Method::Gateway(_), _) => code,
    }
}
