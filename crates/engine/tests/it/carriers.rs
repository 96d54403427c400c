//! Carriers: a consignment has one label, whatever a carrier does and wherever the process ends; and none that nobody wants
//! (invariants E1 and E3).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use waybill_domain::{
    Allocation, Carrier, CarrierEntry, Command, Consign, Consignment, ConsignmentAct, ConsignmentDraft, ConsignmentId,
    ConsignmentStage, Extra, Outcome, Quantity, SourceCode,
};
use waybill_engine::outside::carrier::rehearsal::{MemoryLedger, Rehearsal};
use waybill_engine::{Clock, Engine, Settings};

use crate::shop::{Shop, TENANT, execute, findings, order, stock};

const NOW: i64 = 1_000_000;
/// Longer than any pause.
const LONG: i64 = 16 * 60_000;

/// A shop, the sandbox carrier's own ledger, and a clock that engines over it share.
struct Yard {
    shop: Shop,
    ledger: Arc<MemoryLedger>,
    clock: Arc<AtomicI64>,
}

impl Yard {
    async fn new() -> Yard {
        Yard { shop: Shop::new().await, ledger: Arc::default(), clock: Arc::new(AtomicI64::new(NOW)) }
    }

    /// An engine whose errands wait until somebody works.
    async fn engine(&self) -> Engine {
        self.engine_with(None).await
    }

    async fn engine_with(&self, errands: Option<Duration>) -> Engine {
        let settings = Settings {
            clock: Clock::Still(self.clock.clone()),
            sandbox_carrier: Some(Rehearsal::new(self.ledger.clone())),
            errands,
            ..Settings::default()
        };
        Engine::open(&self.shop.location, settings).await.expect("it was migrated")
    }

    fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// What the carrier was asked for, how often, and what became of it.
    fn ledger(&self) -> Vec<(String, String, i64)> {
        let told = |entry: CarrierEntry| (entry.kind, entry.state, entry.asked);
        self.ledger.entries().into_iter().map(told).collect()
    }
}

fn entry(kind: &str, state: &str, asked: i64) -> (String, String, i64) {
    (kind.to_owned(), state.to_owned(), asked)
}

/// Has something carried that is of no order.
async fn consign(engine: &Engine, reference: &str) -> ConsignmentId {
    let draft = ConsignmentDraft {
        reference: Some(reference.to_owned()),
        order_reference: "W".to_owned(),
        carrier: Some(Carrier::Rehearsal),
        ..ConsignmentDraft::default()
    };
    id_of(
        execute(engine, Command::Consign(Box::new(Consign { of: None, fulfil: None, draft })))
            .await
            .map(|done| done.outcome),
    )
}

async fn act(engine: &Engine, consignment: ConsignmentId, act: ConsignmentAct) {
    let done = execute(engine, Command::ActOnConsignment { order: None, consignment, act }).await;
    assert_eq!(id_of(done.map(|done| done.outcome)), consignment);
}

fn id_of(outcome: Result<Outcome, waybill_engine::Failure>) -> ConsignmentId {
    match outcome {
        Ok(Outcome::Consignment(id)) => id,
        other => panic!("{other:?}"),
    }
}

async fn found(engine: &Engine, id: ConsignmentId) -> Consignment {
    let read = engine.read(move |view| view.consignment(TENANT, id));
    read.await.expect("the database can be read").expect("it was made")
}

async fn work(engine: &Engine) {
    engine.work().await.expect("the database is there");
}

/// It has its one label, and nobody is to be asked any more.
async fn is_booked(yard: &Yard, engine: &Engine, id: ConsignmentId) {
    let booked = found(engine, id).await;
    assert_eq!((booked.stage, booked.labelled, booked.errand), (ConsignmentStage::Booked, true, None));
    let tracking = booked.tracking.expect("a label has a number");
    assert_eq!(booked.label, Some(format!("https://carrier.example/labels/{tracking}.pdf")));
    let given: Vec<String> = yard.ledger.entries().into_iter().map(|entry| entry.tracking).collect();
    assert_eq!(given, [tracking]);
    assert_eq!(findings(engine).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consignment_is_booked_by_its_errand() {
    let yard = Yard::new().await;
    let engine = yard.engine().await;
    let id = consign(&engine, "SHOP-1").await;
    assert_eq!(found(&engine, id).await.stage, ConsignmentStage::Pending);
    assert_eq!(findings(&engine).await, Vec::<String>::new());
    work(&engine).await;
    is_booked(&yard, &engine, id).await;
    // Nothing is left to be done.
    yard.advance(LONG);
    work(&engine).await;
    assert_eq!(yard.ledger(), [entry("book", "done", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_works_by_itself_asks_at_once_and_ends_after_the_answer() {
    let yard = Yard::new().await;
    // Errands would be looked for tomorrow.
    let engine = yard.engine_with(Some(Duration::from_secs(86_400))).await;
    let ids = [consign(&engine, "SHOP-1").await, consign(&engine, "SHOP-2").await];
    act(&engine, ids[1], ConsignmentAct::Cancel).await;
    engine.close().await;
    let other = yard.engine().await;
    assert_eq!(found(&other, ids[0]).await.stage, ConsignmentStage::Booked);
    let cancelled = found(&other, ids[1]).await;
    assert_eq!((cancelled.stage, cancelled.labelled, cancelled.errand), (ConsignmentStage::Cancelled, false, None));
    assert_eq!(findings(&other).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn consignments_of_one_order_that_are_made_at_once_have_a_reference_each() {
    let yard = Yard::new().await;
    let engine = yard.engine().await;
    stock(&engine, "A", 1).await;
    let Command::AcceptOrder(mut ask) = order("A") else { unreachable!("it is taken in") };
    ask.allocation = Allocation::At(SourceCode(SourceCode::DEFAULT.to_owned()));
    let Ok(Outcome::Order(order)) = execute(&engine, Command::AcceptOrder(ask)).await.map(|done| done.outcome) else {
        panic!("the order is good");
    };
    let read = engine.read(move |view| view.order(TENANT, order)).await.expect("it can be read").expect("it is there");
    let (fulfilment, lines) = (read.fulfilment[0].id, vec![(read.items[0].id, Quantity::ONE)]);
    let draft = ConsignmentDraft { order_reference: "W".to_owned(), hold: true, ..ConsignmentDraft::default() };
    let consign = Consign { of: Some((order, fulfilment, lines)), fulfil: None, draft };
    let mut made = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (engine, command) = (engine.clone(), Command::Consign(Box::new(consign.clone())));
        made.spawn(async move { id_of(execute(&engine, command).await.map(|done| done.outcome)) });
    }
    let mut references = Vec::new();
    while let Some(id) = made.join_next().await {
        references.push(found(&engine, id.expect("nothing panics")).await.reference);
    }
    references.sort_by_key(|reference| (reference.len(), reference.clone()));
    assert_eq!(engine.counts().fallbacks.load(Ordering::Relaxed), 0, "no batch had to be carried out one by one");
    assert_eq!(references, (1..=40).map(|number| format!("W-{number}")).collect::<Vec<_>>());
    assert_eq!(findings(&engine).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_is_wrong_and_another_attempt_is_another_wish() {
    let yard = Yard::new().await;
    let engine = yard.engine().await;
    let id = consign(&engine, "SHOP-refuse-1").await;
    let attempt = async || {
        work(&engine).await;
        let refused = found(&engine, id).await;
        assert_eq!((refused.stage, refused.labelled, refused.errand), (ConsignmentStage::Error, false, None));
        let faults: Vec<(String, Option<String>)> =
            refused.faults.into_iter().map(|fault| (fault.code, fault.field)).collect();
        let fault = |code: &str, field: &str| (code.to_owned(), Some(field.to_owned()));
        assert_eq!(
            faults,
            [fault("phone_number_invalid", "dropoff.contact_phone"), fault("postcode_invalid", "dropoff.postcode")]
        );
    };
    attempt().await;
    let again = ConsignmentAct::Confirm { by: None, prebooked: None, faults: Vec::new(), extra: Extra::new() };
    act(&engine, id, again).await;
    attempt().await;
    assert_eq!(yard.ledger(), [entry("book", "refused", 1), entry("book", "refused", 1)]);
    assert_eq!(findings(&engine).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_says_nothing_is_asked_again_under_the_same_key() {
    for (word, first) in [("stall", "asked"), ("lost-before", "asked"), ("lost-after", "done"), ("late", "late")] {
        let yard = Yard::new().await;
        let engine = yard.engine().await;
        let id = consign(&engine, word).await;
        work(&engine).await;
        let pending = found(&engine, id).await;
        assert_eq!((pending.stage, pending.labelled), (ConsignmentStage::Pending, false), "{word}");
        // Not before its pause is over.
        work(&engine).await;
        assert_eq!(yard.ledger(), [entry("book", first, 1)], "{word}");
        yard.advance(LONG);
        work(&engine).await;
        is_booked(&yard, &engine, id).await;
        assert_eq!(yard.ledger(), [entry("book", "done", 2)], "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_while_nobody_knows_has_no_label_in_the_end() {
    for word in ["stall", "lost-after", "late", "lost-after-cancel-lost-after"] {
        let yard = Yard::new().await;
        let engine = yard.engine().await;
        let id = consign(&engine, word).await;
        work(&engine).await;
        act(&engine, id, ConsignmentAct::Cancel).await;
        for _ in 0..2 {
            yard.advance(LONG);
            work(&engine).await;
        }
        let cancelled = found(&engine, id).await;
        assert_eq!((cancelled.stage, cancelled.labelled), (ConsignmentStage::Cancelled, false), "{word}");
        assert_eq!((cancelled.errand, cancelled.faults), (None, Vec::new()), "{word}");
        let states: Vec<(String, String)> = yard.ledger().into_iter().map(|(kind, state, _)| (kind, state)).collect();
        let done = |kind: &str| (kind.to_owned(), "done".to_owned());
        assert_eq!(states, [done("book"), done("cancel")], "{word}");
        assert_eq!(findings(&engine).await, Vec::<String>::new(), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_that_is_not_taken_back_is_told() {
    let yard = Yard::new().await;
    let engine = yard.engine().await;
    let id = consign(&engine, "keeps-label").await;
    work(&engine).await;
    is_booked(&yard, &engine, id).await;
    act(&engine, id, ConsignmentAct::Cancel).await;
    work(&engine).await;
    let kept = found(&engine, id).await;
    assert_eq!((kept.stage, kept.labelled, kept.errand), (ConsignmentStage::Cancelled, true, None));
    assert_eq!(kept.faults.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>(), ["carrier_declined"]);
    assert_eq!(findings(&engine).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_between_booking_and_settling_leaves_it_to_the_next() {
    let yard = Yard::new().await;
    let engine = yard.engine().await;
    let id = consign(&engine, "SHOP-1").await;
    // The carrier is asked, and the process ends before the answer is decided.
    let read = engine.read(move |view| Ok((view.consignment(TENANT, id)?, view.installation()?)));
    let (asked, installation) = read.await.expect("the database can be read");
    let request = asked.expect("it was made").request(&format!("{installation}-{TENANT}"));
    let carrier = Rehearsal::new(yard.ledger.clone());
    carrier.carry_out(&request, engine.now());
    drop(engine);
    assert_eq!(yard.ledger(), [entry("book", "done", 1)]);
    let other = yard.engine().await;
    assert_eq!(found(&other, id).await.stage, ConsignmentStage::Pending);
    work(&other).await;
    is_booked(&yard, &other, id).await;
    assert_eq!(yard.ledger(), [entry("book", "done", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_together_each_consignment_gets_one_label() {
    let yard = Yard::new().await;
    let engines = [yard.engine().await, yard.engine().await, yard.engine().await];
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(consign(&engines[0], &format!("SHOP-{number}-lost-after")).await);
    }
    for _ in 0..2 {
        let mut tasks = tokio::task::JoinSet::new();
        for engine in engines.clone() {
            tasks.spawn(async move { engine.work().await });
        }
        assert!(tasks.join_all().await.into_iter().all(|done| done.is_ok()));
        yard.advance(LONG);
    }
    let mut given: Vec<String> = yard.ledger.entries().into_iter().map(|entry| entry.tracking).collect();
    given.sort();
    let mut here = Vec::new();
    for id in ids {
        here.extend(found(&engines[0], id).await.tracking);
    }
    here.sort();
    assert_eq!((given.len(), given), (20, here));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_a_parcel_that_was_cancelled_is_given_again() {
    let yard = Yard::new().await;
    let engine = yard.engine().await;
    let parcel = |reference: &str| {
        let draft = ConsignmentDraft {
            reference: Some(reference.to_owned()),
            order_reference: "W".to_owned(),
            carrier: Some(Carrier::Own),
            prebooked: Some(("JD1".to_owned(), None)),
            ..ConsignmentDraft::default()
        };
        Command::Consign(Box::new(Consign { of: None, fulfil: None, draft }))
    };
    let first = id_of(execute(&engine, parcel("P-1")).await.map(|done| done.outcome));
    assert!(execute(&engine, parcel("P-2")).await.is_err(), "the number is taken");
    act(&engine, first, ConsignmentAct::Cancel).await;
    let second = id_of(execute(&engine, parcel("P-2")).await.map(|done| done.outcome));
    let delivered = ConsignmentAct::Move { to: ConsignmentStage::Delivered, at: None };
    let late = Command::ActOnConsignment { order: None, consignment: first, act: delivered };
    assert!(execute(&engine, late).await.is_err(), "another goes by its number");
    assert!(execute(&engine, parcel("P-3")).await.is_err(), "the number is taken again");
    assert_eq!(found(&engine, second).await.tracking.as_deref(), Some("JD1"));
}
