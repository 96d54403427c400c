//! Letters: each is sent at most once, whatever ends or breaks in the middle of it (invariant E5).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::Value;
use waybill_domain::{
    AcceptOrder, Command, CommentDraft, Customer, DocumentId, DraftAddress, Errand, InvoiceId, InvoiceOrder,
    LetterKind, LetterState, Notify, OrderId, Outcome, PaymentDraft, RefundOrder, ShipOrder, StoreId, Timestamp,
    TrackDraft,
};
use waybill_engine::outside::mail::{Letters, MailSettings, Mailer, Tls};
use waybill_engine::store::{Lane, Leased, ListedLetter, Location, Writer};
use waybill_engine::{Clock, Engine, Failure, Mail, Settings};
use waybill_harness::{MailServer, MailTls};

use crate::shop::{Shop, TENANT, execute, invoice, order, ship, stock};

const NOW: i64 = 1_000_000;
/// Longer than any lease.
const LONG: i64 = 10 * 60_000;
const DAY: i64 = 24 * 3_600_000;

/// A shop with a mail server, and a clock that engines over it share.
struct Post {
    shop: Shop,
    server: MailServer,
    clock: Arc<AtomicI64>,
}

impl Post {
    async fn new() -> Post {
        let server = tokio::task::spawn_blocking(|| MailServer::start(MailTls::None, None));
        let server = server.await.expect("it does not panic").unwrap_or_else(|error| panic!("{error}"));
        Post { shop: Shop::new().await, server, clock: Arc::new(AtomicI64::new(NOW)) }
    }

    async fn engine(&self) -> Engine {
        self.engine_at(self.server.port()).await
    }

    /// An engine whose mail server is said to be at another port.
    async fn engine_at(&self, port: u16) -> Engine {
        self.engine_with(port, None).await
    }

    async fn engine_with(&self, port: u16, errands: Option<Duration>) -> Engine {
        let settings = MailSettings {
            tls: Some(Tls::None),
            from_name: "North & Pine".to_owned(),
            ..MailSettings::new(format!("smtp://127.0.0.1:{port}"), "shop@north-pine.example")
        };
        let mail = Mail {
            mailer: Mailer::new(&settings).expect("the settings are good"),
            letters: Letters::new(None),
            kinds: LetterKind::ALL.into_iter().collect(),
            shop_url: "https://north-pine.example".to_owned(),
        };
        let clock = Clock::Still(self.clock.clone());
        let settings = Settings { clock, mail: Some(Arc::new(mail)), errands, ..Settings::default() };
        Engine::open(&self.shop.location, settings).await.expect("it was migrated")
    }

    fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// The letters that the server has taken.
    fn taken(&self) -> Vec<Value> {
        self.server.letters().iter().map(|line| serde_json::from_str(line).expect("the server writes JSON")).collect()
    }

    fn subjects(&self) -> Vec<String> {
        let mut subjects: Vec<String> = self.taken().iter().map(|letter| header(letter, "Subject")).collect();
        subjects.sort();
        subjects
    }
}

fn header(letter: &Value, name: &str) -> String {
    let mut headers = letter["headers"].as_array().into_iter().flatten();
    let found = headers.find(|header| header[0].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)));
    found.and_then(|header| header[1].as_str()).unwrap_or_default().to_owned()
}

fn text(letter: &Value) -> &str {
    letter["text"].as_str().expect("a letter has a text")
}

async fn listed(engine: &Engine, state: LetterState) -> Vec<ListedLetter> {
    engine.read(move |view| view.letters(TENANT, state, 100)).await.expect("the database can be read")
}

/// How many letters are in which state, those that have one.
async fn states(engine: &Engine) -> Vec<(LetterState, usize)> {
    let mut states = Vec::new();
    for state in
        [LetterState::Wanted, LetterState::Sending, LetterState::Sent, LetterState::Perhaps, LetterState::Refused]
    {
        let count = listed(engine, state).await.len();
        states.extend((count > 0).then_some((state, count)));
    }
    states
}

async fn work(engine: &Engine) -> usize {
    engine.work().await.expect("the database is there")
}

/// An order of somebody, of one piece of `A`.
async fn ordered(engine: &Engine, email: &str) -> OrderId {
    ordered_with(engine, email, |_| {}).await
}

async fn ordered_with(engine: &Engine, email: &str, change: impl FnOnce(&mut AcceptOrder)) -> OrderId {
    let Command::AcceptOrder(mut ask) = order("A") else { unreachable!("it is an order") };
    ask.email = Some(email.to_owned());
    change(&mut ask);
    match execute(engine, Command::AcceptOrder(ask)).await.map(|done| done.outcome) {
        Ok(Outcome::Order(id)) => id,
        other => panic!("{other:?}"),
    }
}

fn remark(text: &str) -> Option<CommentDraft> {
    Some(CommentDraft { text: Some(text.to_owned()), notified: Some(true), visible_on_front: false })
}

fn told(order: OrderId, notify: Notify) -> Command {
    let Command::Invoice(ask) = invoice(order) else { unreachable!("it is an invoice") };
    Command::Invoice(InvoiceOrder { notify, comment: remark("Vielen Dank!"), ..ask })
}

/// An order whose customer is to be told of its invoice.
async fn invoiced(engine: &Engine, email: &str) -> OrderId {
    let order = ordered(engine, email).await;
    execute(engine, told(order, Notify::Yes)).await.expect("the invoice can be made");
    order
}

async fn lease(post: &Post, lane: Lane) -> Vec<Leased> {
    let (location, now): (Location, i64) = (post.shop.location.clone(), post.clock.load(Ordering::Relaxed));
    let leased = tokio::task::spawn_blocking(move || {
        Writer::open(&location)?.lease(lane, "who died", Timestamp(now), Timestamp(now + 1_000), 10)
    });
    leased.await.expect("it does not panic").expect("the database is there")
}

async fn claim(post: &Post, errand: Leased) -> bool {
    let location = post.shop.location.clone();
    let Errand::Mail(letter) = errand.errand else { panic!("{errand:?} is no letter") };
    let claimed =
        tokio::task::spawn_blocking(move || Writer::open(&location)?.claim_letter("who died", &errand, letter));
    claimed.await.expect("it does not panic").expect("the database is there")
}

/// A German store view.
async fn german_store(engine: &Engine) -> StoreId {
    let website = Command::SaveWebsite { code: "eu".to_owned(), name: "Europa".to_owned(), currency: "EUR".to_owned() };
    let store = Command::SaveStore {
        code: "de".to_owned(),
        website: "eu".to_owned(),
        name: "Nord & Kiefer".to_owned(),
        currency: "EUR".to_owned(),
        locale: "de_DE".to_owned(),
    };
    let links = Command::SaveStock {
        id: Some(waybill_domain::StockId::DEFAULT),
        name: None,
        channels: vec!["base".to_owned(), "eu".to_owned()],
    };
    for command in [website, store, links] {
        execute(engine, command).await.expect("places are good");
    }
    let found = engine.read(|view| view.store(TENANT, "de")).await;
    found.expect("the database can be read").expect("it was saved")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_arrives_once_in_the_stores_language() {
    let post = Post::new().await;
    let engine = post.engine().await;
    stock(&engine, "A", 10).await;
    let store = german_store(&engine).await;
    let address = DraftAddress {
        firstname: "Zoë".to_owned(),
        lastname: "Brückner".to_owned(),
        street: vec!["Hauptstraße 1".to_owned()],
        city: "Köln".to_owned(),
        postcode: "50667".to_owned(),
        country: "DE".to_owned(),
        telephone: Some("1".to_owned()),
        ..DraftAddress::default()
    };
    let id = ordered_with(&engine, "zoe@example.com", |ask| {
        ask.store = store;
        ask.currency = Some("EUR".to_owned());
        ask.customer =
            Customer { id: None, firstname: Some("Zoë".to_owned()), lastname: Some("Brückner".to_owned()) };
        ask.items[0].price.amount = Some(waybill_domain::Amount(12_345_000));
        ask.billing = Some(address.clone());
        ask.shipping = Some(address);
    });
    let id = id.await;
    let Command::Ship(shipment) = ship(id) else { unreachable!("it is a shipment") };
    let track = TrackDraft {
        number: "JD0146".to_owned(),
        title: Some("DHL".to_owned()),
        carrier: "dhl".to_owned(),
        ..TrackDraft::default()
    };
    let on = |document| Command::CommentOnDocument { document, comment: remark("Noch etwas").expect("it is one") };
    for command in [
        Command::MailOrder(id),
        told(id, Notify::WithComment),
        Command::Ship(ShipOrder {
            notify: Notify::Yes,
            comment: remark("verschwiegen"),
            tracks: vec![track],
            ..shipment
        }),
        Command::Refund(RefundOrder { order: id, notify: Notify::Yes, ..RefundOrder::default() }),
        Command::CommentOnOrder {
            order: id,
            comment: remark("Noch etwas").expect("it is one"),
            status: Some("on_its_way".to_owned()),
            entity: "order".to_owned(),
        },
        Command::CommentOnOrder {
            order: id,
            comment: CommentDraft { notified: None, ..remark("für uns").expect("it is one") },
            status: Some("processing".to_owned()),
            entity: "order".to_owned(),
        },
        on(DocumentId::Invoice(InvoiceId(1))),
        on(DocumentId::Shipment(waybill_domain::ShipmentId(1))),
        on(DocumentId::CreditMemo(waybill_domain::CreditMemoId(1))),
    ] {
        execute(&engine, command).await.expect("everything can be done");
    }
    let mailed = async || {
        let read = engine.read(move |view| {
            let order = view.order_view(TENANT, id)?.map(|found| found.mailed);
            let invoice = view.invoice(TENANT, InvoiceId(1))?.map(|found| found.mailed);
            let shipment = view.shipment(TENANT, waybill_domain::ShipmentId(1))?.map(|found| found.mailed);
            let memo = view.credit_memo(TENANT, waybill_domain::CreditMemoId(1))?.map(|found| found.mailed);
            Ok([order, invoice, shipment, memo])
        });
        read.await.expect("the database is there")
    };
    assert_eq!(states(&engine).await, [(LetterState::Wanted, 8)]);
    assert_eq!(mailed().await, [Some(false); 4]);
    // The eight, and the one that tidies.
    assert_eq!(work(&engine).await, 9);
    assert_eq!(states(&engine).await, [(LetterState::Sent, 8)]);
    assert_eq!(mailed().await, [Some(true); 4]);
    post.advance(DAY);
    work(&engine).await;
    let number = waybill_domain::number_text(store, 1);
    let mut expected = [
        format!("Nord & Kiefer: Ihre Bestellung {number} ist da"),
        format!("Nord & Kiefer: Rechnung {number} zur Bestellung {number}"),
        format!("Nord & Kiefer: Bestellung {number} ist unterwegs"),
        format!("Nord & Kiefer: Gutschrift {number} zur Bestellung {number}"),
        format!("Nord & Kiefer: Neues zu Ihrer Bestellung {number}"),
        format!("Nord & Kiefer: Neues zur Rechnung {number}"),
        format!("Nord & Kiefer: Neues zu Ihrer Lieferung {number}"),
        format!("Nord & Kiefer: Neues zu Ihrer Gutschrift {number}"),
    ];
    expected.sort();
    assert_eq!(post.subjects(), expected);

    let taken = post.taken();
    let find = |part: &str| {
        taken.iter().find(|letter| header(letter, "Subject").contains(part)).unwrap_or_else(|| panic!("no {part}"))
    };
    let invoice = text(find("Kiefer: Rechnung")).to_owned();
    for part in ["Zoë Brückner", "Vielen Dank!", "1.234,50\u{a0}€", "50667 Köln", "01.01.1970", "Scheck"] {
        assert!(invoice.contains(part), "{part:?} is missing from\n{invoice}");
    }
    let shipment = text(find("unterwegs"));
    assert!(shipment.contains("DHL") && shipment.contains("JD0146"), "{shipment}");
    assert!(!shipment.contains("verschwiegen") && !shipment.contains('€'), "{shipment}");
    let invoice = text(find("Neues zur Rechnung"));
    assert!(invoice.contains("In Bearbeitung"), "{invoice}");
    let comment = text(find("Neues zu Ihrer Bestellung"));
    assert!(comment.contains("Noch etwas") && comment.contains("On its way"), "{comment}");
    assert_eq!(header(&taken[0], "To"), "Zoë Brückner <zoe@example.com>");
    let ids: std::collections::BTreeSet<String> = taken.iter().map(|letter| header(letter, "Message-ID")).collect();
    assert_eq!(ids.len(), 8);
    assert!(ids.iter().all(|id| id.ends_with("@north-pine.example>")), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_again_is_told_what_was_told() {
    let post = Post::new().await;
    let engine = post.engine().await;
    stock(&engine, "A", 10).await;
    let order = ordered(&engine, "zoe@example.com").await;
    execute(&engine, told(order, Notify::WithComment)).await.expect("the invoice can be made");
    work(&engine).await;
    for _ in 0..2 {
        let again = execute(&engine, Command::MailDocument(DocumentId::Invoice(InvoiceId(1)))).await;
        assert!(matches!(again.map(|done| done.outcome), Ok(Outcome::Letter(_))));
    }
    work(&engine).await;
    let taken = post.taken();
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|letter| text(letter).contains("Vielen Dank!")), "{taken:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_says_decides_whether_it_is_tried_again() {
    let post = Post::new().await;
    let engine = post.engine().await;
    stock(&engine, "A", 20).await;
    for to in ["put-off", "put-off-letter", "refuse", "refuse-letter", "break-before-data", "break-after-data", "zoe"] {
        invoiced(&engine, &format!("{to}@example.com")).await;
    }
    invoiced(&engine, "nobody").await;
    work(&engine).await;
    let expected =
        [(LetterState::Wanted, 3), (LetterState::Sent, 1), (LetterState::Perhaps, 1), (LetterState::Refused, 3)];
    assert_eq!(states(&engine).await, expected);
    // What may be tried again is, later and later; nothing else is.
    assert_eq!(work(&engine).await, 0);
    let mut attempts: Vec<i64> = Vec::new();
    for _ in 0..3 {
        post.advance(20 * 60_000);
        work(&engine).await;
        attempts.push(listed(&engine, LetterState::Wanted).await.iter().map(|listed| listed.attempts).sum());
    }
    assert_eq!(attempts, [6, 9, 12]);
    // One that is not known to have been sent was, and not twice.
    assert_eq!(post.taken().len(), 2);
    let perhaps = listed(&engine, LetterState::Perhaps).await;
    assert_eq!(perhaps[0].letter.recipient, "break-after-data@example.com");
    assert!(perhaps[0].letter.reason.is_some());
    // After days it is no news any more.
    post.advance(6 * DAY);
    work(&engine).await;
    let expected = [(LetterState::Sent, 1), (LetterState::Perhaps, 1), (LetterState::Refused, 6)];
    assert_eq!(states(&engine).await, expected);
    let reason = listed(&engine, LetterState::Refused).await.iter().find_map(|listed| {
        (listed.letter.recipient == "put-off@example.com").then(|| listed.letter.reason.clone().unwrap_or_default())
    });
    let reason = reason.expect("it was given up");
    assert!(reason.starts_with("it could not be sent within five days; the last time: "), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_gets_everything_when_it_is_back() {
    let post = Post::new().await;
    let away = post.engine_at(1).await;
    stock(&away, "A", 20).await;
    for _ in 0..12 {
        invoiced(&away, "zoe@example.com").await;
    }
    work(&away).await;
    assert_eq!((states(&away).await, post.taken().len()), (vec![(LetterState::Wanted, 12)], 0));
    post.advance(LONG);
    let back = post.engine().await;
    work(&back).await;
    assert_eq!((states(&back).await, post.taken().len()), (vec![(LetterState::Sent, 12)], 12));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_whose_sender_died_is_not_sent_again() {
    let post = Post::new().await;
    let engine = post.engine().await;
    stock(&engine, "A", 20).await;
    for _ in 0..2 {
        invoiced(&engine, "zoe@example.com").await;
    }
    let errands = lease(&post, Lane::Mail).await;
    assert_eq!(errands.len(), 2);
    // One is about to be sent when the process dies, the other was only taken.
    assert!(claim(&post, errands[0].clone()).await);
    assert!(!claim(&post, errands[0].clone()).await);
    assert_eq!((work(&engine).await, post.taken().len()), (1, 0));
    post.advance(LONG);
    work(&engine).await;
    assert_eq!(states(&engine).await, [(LetterState::Sent, 1), (LetterState::Perhaps, 1)]);
    // Who comes back to life too late has nothing left to send.
    for errand in errands {
        assert!(!claim(&post, errand).await);
    }
    post.advance(DAY);
    work(&engine).await;
    assert_eq!(post.taken().len(), 1);
    assert_eq!(lease(&post, Lane::Mail).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_one_sends_each() {
    let post = Post::new().await;
    let engines = [post.engine().await, post.engine().await, post.engine().await];
    stock(&engines[0], "A", 40).await;
    for _ in 0..30 {
        invoiced(&engines[0], "zoe@example.com").await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for engine in engines.clone() {
        tasks.spawn(async move { engine.work().await });
    }
    let done: Result<Vec<usize>, Failure> = tasks.join_all().await.into_iter().collect();
    assert_eq!(done.map(|counts| counts.iter().sum()), Ok(31_usize));
    assert_eq!(states(&engines[0]).await, [(LetterState::Sent, 30)]);
    let ids: std::collections::BTreeSet<String> =
        post.taken().iter().map(|letter| header(letter, "Message-ID")).collect();
    assert_eq!((post.taken().len(), ids.len()), (30, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_a_capture_that_was_declined() {
    let post = Post::new().await;
    let engine = post.engine().await;
    stock(&engine, "A", 20).await;
    let paid = |words: &'static str| {
        move |ask: &mut AcceptOrder| {
            ask.method = Some("rehearsal".to_owned());
            ask.pay = PaymentDraft { instrument: Some(words.to_owned()), ..PaymentDraft::default() };
        }
    };
    let declined = ordered_with(&engine, "zoe@example.com", paid("decline")).await;
    let refused = execute(&engine, told(declined, Notify::WithComment)).await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    work(&engine).await;
    assert_eq!(states(&engine).await, []);
    let taken = ordered_with(&engine, "zoe@example.com", paid("ok")).await;
    execute(&engine, told(taken, Notify::WithComment)).await.expect("its money is taken");
    work(&engine).await;
    assert_eq!((states(&engine).await, post.taken().len()), (vec![(LetterState::Sent, 1)], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_nothing_is_written_down() {
    let post = Post::new().await;
    let engine = post.shop.engine().await;
    stock(&engine, "A", 20).await;
    let order = invoiced(&engine, "zoe@example.com").await;
    let again = execute(&engine, Command::MailOrder(order)).await.map(|done| done.outcome);
    assert_eq!(again, Ok(Outcome::NotPossible(waybill_domain::Act::Mail)));
    assert_eq!(states(&engine).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_engine_sends_by_itself_and_settles_what_it_sent_before_it_ends() {
    let post = Post::new().await;
    let engine = post.engine_with(post.server.port(), Some(Duration::from_millis(1))).await;
    stock(&engine, "A", 20).await;
    invoiced(&engine, "zoe@example.com").await;
    while post.taken().is_empty() {
        tokio::task::yield_now().await;
    }
    engine.close().await;
    let other = post.engine().await;
    assert_eq!((states(&other).await, post.taken().len()), (vec![(LetterState::Sent, 1)], 1));
}

/// On PostgreSQL, where tests may write as they like: the table itself lets nothing be told twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_told_once() {
    let post = Post::new().await;
    let engine = post.engine().await;
    stock(&engine, "A", 20).await;
    invoiced(&engine, "zoe@example.com").await;
    let again = "insert into letters (tenant, id, errand, kind, order_id, subject, event, recipient, again, state, \
        created_at) select tenant, id + 100, errand, kind, order_id, subject, event, recipient, again, state, created_at \
        from letters";
    if post.shop.database.is_postgres() {
        let refused = post.shop.database.sql(again).expect_err("it was told already").to_string();
        assert!(refused.contains("letters_once"), "{refused}");
    }
}
