//! What a letter is about, as plain data. Money, quantities and dates are texts already: who tells us of them knows the
//! currency and the place.

/// What happened, and with it which templates a letter is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoticeKind {
    Order,
    Invoice,
    Shipment,
    CreditMemo,
    OrderComment,
    InvoiceComment,
    ShipmentComment,
    CreditMemoComment,
}

impl NoticeKind {
    pub const ALL: [NoticeKind; 8] = [
        NoticeKind::Order,
        NoticeKind::Invoice,
        NoticeKind::Shipment,
        NoticeKind::CreditMemo,
        NoticeKind::OrderComment,
        NoticeKind::InvoiceComment,
        NoticeKind::ShipmentComment,
        NoticeKind::CreditMemoComment,
    ];

    /// The name of its templates: `invoice` is made of `invoice.html` and `invoice.txt`.
    pub fn as_str(self) -> &'static str {
        match self {
            NoticeKind::Order => "order",
            NoticeKind::Invoice => "invoice",
            NoticeKind::Shipment => "shipment",
            NoticeKind::CreditMemo => "credit_memo",
            NoticeKind::OrderComment => "order_comment",
            NoticeKind::InvoiceComment => "invoice_comment",
            NoticeKind::ShipmentComment => "shipment_comment",
            NoticeKind::CreditMemoComment => "credit_memo_comment",
        }
    }

    /// Reads what [`NoticeKind::as_str`] gives.
    pub fn parse(text: &str) -> Option<NoticeKind> {
        NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Everything that a letter may say. What a kind has no use for is left empty, and nothing is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub kind: NoticeKind,
    /// The store's code, by which its own templates are found.
    pub store_code: String,
    pub store_name: String,
    /// The store's public address; it becomes a link if it is `http://` or `https://`.
    pub store_url: String,
    /// Like `de_DE`: the language of the letter, or of the place and then of the language alone (`de_AT`, `de`).
    pub locale: String,
    pub order_number: String,
    /// Of the invoice, shipment or credit memo.
    pub document_number: String,
    /// As the greeting names them.
    pub customer_name: String,
    /// The address that the letter goes to.
    pub recipient: String,
    /// The day of the order, as the reader writes days.
    pub order_date: String,
    pub lines: Vec<NoticeLine>,
    /// In the order in which they are shown.
    pub totals: Vec<NoticeTotal>,
    /// The lines of the address, as they are written on a parcel.
    pub billing_address: Vec<String>,
    /// Empty when nothing is shipped.
    pub shipping_address: Vec<String>,
    pub shipping_method: String,
    /// What the shop calls it, or else its code.
    pub payment_method: String,
    pub tracks: Vec<NoticeTrack>,
    /// The order's status, where a comment tells of it. The words may have a name for it.
    pub status: String,
    /// What was written to the customer. Tags in it are stripped.
    pub comment: String,
}

/// A line of the order or document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeLine {
    pub sku: String,
    pub name: String,
    pub quantity: String,
    /// Empty where no money is meant, as in a shipment.
    pub total: String,
}

/// One of the sums below the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeTotal {
    /// `subtotal`, `shipping`, `discount`, `tax`, `adjustment`, `grand_total`, or another that the words have a
    /// `total_…` for.
    pub key: String,
    pub text: String,
}

/// A parcel's number at its carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeTrack {
    /// The carrier, as the customer knows it.
    pub title: String,
    pub number: String,
}
