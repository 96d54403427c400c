//! The law that ties memory and store: what was applied in memory is what is loaded again.

mod carried;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use waybill_domain::{
    AcceptOrder, Access, Addresses, Allocation, Amount, Capture, Command, CommentDraft, CompleteShipment, Composition,
    Costs, Count, CreditMemoId, Customer, DefaultCount, Delivery, Demand, Departure, DocumentId, DraftAddress,
    DraftItem, Excess, Extra, GatewayAnswer, HoldDraft, HoldReason, InvoiceId, InvoiceOrder, ItemId, LetterId,
    LetterKind, Link, News, Notify, OperationId, OrderId, Outcome, PaymentDraft, Permissions, ProductField, Quantity,
    Receipt, RefundOrder, RepackShipment, Sent, SentTotals, ShipOrder, ShipmentId, Shipping, Sku, SourceChoice,
    SourceCode, SourceField, StockId, StoreId, TenantId, TokenDraft, TrackDraft, TrackId, WorkingSet,
};
use waybill_harness::Database;
use waybill_store::{Location, Needs, Writer};

use crate::batch::{Task, Work};
use crate::committer::Committer;
use crate::{Engine, Settings};

const TENANT: TenantId = TenantId(1);

/// A database of this program's shape, and where it is.
fn database() -> (Database, Location) {
    let database = Database::migrated(|url| {
        Location::parse(url).and_then(|location| location.migrate()).expect("a fresh database takes all steps");
    });
    let database = database.expect("there is room for a database");
    let location = Location::parse(database.url()).expect("the harness gives a URL");
    (database, location)
}

fn committer(location: &Location) -> Committer {
    let writer = Writer::open(location).expect("it was migrated");
    Committer::new(writer, Arc::default(), Arc::default(), LetterKind::ALL.into_iter().collect())
}

fn task(command: Command) -> Task {
    Task {
        tenant: TENANT,
        who: "law".to_owned(),
        credential: "law".to_owned(),
        key: None,
        work: Work::Command { command: Arc::new(command), shown: false },
    }
}

fn sku(text: &str) -> Sku {
    Sku::new(text)
}

fn source(code: &str) -> SourceCode {
    SourceCode(code.to_owned())
}

/// Everything that a set knows, as needs.
fn all_of(set: &WorkingSet) -> Needs {
    Needs {
        places: set.places.is_some(),
        products: set.products.keys().cloned().collect(),
        source_items: set.source_items.keys().cloned().collect(),
        everywhere: set.everywhere.clone(),
        held: set.held.keys().cloned().collect(),
        released: BTreeSet::new(),
        released_in_turn: false,
        orders: set.orders.keys().copied().collect(),
        orders_read: BTreeSet::new(),
        whole: set.whole.clone(),
        accounts: set.accounts.keys().copied().collect(),
        details: set.details.keys().copied().collect(),
        shipments: set.shipments.keys().copied().collect(),
        invoices: set.invoices.keys().copied().collect(),
        credit_memos: set.credit_memos.keys().copied().collect(),
        departed: set.departed.keys().copied().collect(),
        payments: set.payments.keys().copied().collect(),
        operations: set.operations.keys().copied().collect(),
        letters: set.letters.keys().copied().collect(),
        skus_of_items: set.skus_of_items.keys().copied().collect(),
        tracks: set.tracks.keys().copied().collect(),
        consignments: set.consignments.keys().copied().collect(),
        references: set.references_taken.keys().cloned().collect(),
        trackings: set.trackings.keys().cloned().collect(),
        numbers: set.numbers.keys().copied().collect(),
        order_numbers: set.numbers_taken.keys().cloned().collect(),
        stocks: set.stocks_in_use.clone(),
        users: set.access.users.keys().cloned().collect(),
        alone: false,
        answers: BTreeSet::new(),
    }
}

fn order(store: i64, items: Vec<DraftItem>) -> Command {
    let address = DraftAddress {
        firstname: "Ann".to_owned(),
        lastname: "Doe".to_owned(),
        street: vec!["First line".to_owned(), "Second line".to_owned()],
        city: "Mineola".to_owned(),
        postcode: "11501".to_owned(),
        country: "US".to_owned(),
        telephone: Some("1".to_owned()),
        extra: Extra::from([("fax".to_owned(), "\"2\"".to_owned())]),
        ..DraftAddress::default()
    };
    Command::AcceptOrder(Box::new(AcceptOrder {
        store: StoreId(store),
        number: None,
        state: None,
        status: None,
        currency: Some("EUR".to_owned()),
        base_currency: Some("USD".to_owned()),
        rate: waybill_domain::Rate::parse("0.93").ok(),
        email: Some("ann@example.com".to_owned()),
        customer: Customer { id: Some(7), firstname: Some("Ann".to_owned()), lastname: None },
        method: Some("checkmo".to_owned()),
        pay: PaymentDraft::default(),
        items,
        sent: SentTotals { shipping: Sent { amount: Some(Amount(50_000)), base: None }, ..SentTotals::default() },
        billing: Some(address.clone()),
        shipping: Some(address),
        shipping_method: Some("flatrate_flatrate".to_owned()),
        shipping_description: None,
        payment: Extra::from([("additional_information".to_owned(), "[\"a\"]".to_owned())]),
        extra: Extra::from([("coupon_code".to_owned(), "\"X\"".to_owned())]),
        created_at: None,
        history: vec![(CommentDraft { text: Some("hello".to_owned()), ..CommentDraft::default() }, None)],
        hold_stock: true,
        market: Some(2),
        addresses: Addresses::Complete,
        holds: Vec::new(),
        allocation: Allocation::None,
    }))
}

fn line(text: &str, pieces: i64) -> DraftItem {
    DraftItem {
        sku: text.to_owned(),
        quantity: Some(Quantity::whole(pieces)),
        price: Sent { amount: Some(Amount(33_333)), base: None },
        tax: Sent { amount: Some(Amount(10_000)), base: None },
        cost: Sent { amount: None, base: Some(Amount(5)) },
        extra: Extra::from([("weight".to_owned(), "1.5".to_owned())]),
        ..DraftItem::default()
    }
}

fn ship(order: i64, lines: Vec<(ItemId, Quantity)>) -> Command {
    Command::Ship(ShipOrder {
        order: OrderId(order),
        lines,
        source: SourceChoice::Named(source("east")),
        excess: Excess::Trim,
        capture: Capture::No,
        departure: Departure::Now,
        costs: Costs::All,
        demand: Demand::Refuse,
        fulfilment: None,
        reference: None,
        tracks: vec![TrackDraft { number: "T".to_owned(), carrier: "ups".to_owned(), ..TrackDraft::default() }],
        comment: Some(CommentDraft { text: Some("packed".to_owned()), ..CommentDraft::default() }),
        notify: Notify::WithComment,
        extra: Extra::from([("total_weight".to_owned(), "3".to_owned())]),
        line_extra: BTreeMap::new(),
    })
}

/// An order whose money is at the sandbox gateway.
fn paid_order(words: &str) -> Command {
    let Command::AcceptOrder(mut ask) = order(1, vec![line("A", 3)]) else { unreachable!("it is an order") };
    ask.method = Some("rehearsal".to_owned());
    ask.pay.instrument = Some(words.to_owned());
    Command::AcceptOrder(ask)
}

/// An order that is bound to a source, and not confirmed yet.
fn allocated(code: &str) -> Command {
    let Command::AcceptOrder(mut ask) = order(1, vec![line("A", 4)]) else { unreachable!("it is an order") };
    ask.allocation = Allocation::At(source(code));
    ask.holds = vec![HoldDraft { handle: "confirm".to_owned(), reason: HoldReason::Unconfirmed, note: None }];
    Command::AcceptOrder(ask)
}

fn pay_and_ship(order: i64, item: i64) -> Command {
    let Command::Ship(ask) = ship(order, vec![(ItemId(item), Quantity::ONE)]) else { unreachable!("it is a shipment") };
    Command::Ship(ShipOrder { capture: Capture::Required, ..ask })
}

fn pack(order: i64, item: i64, pieces: i64) -> Command {
    let Command::Ship(ask) = ship(order, vec![(ItemId(item), Quantity::whole(pieces))]) else {
        unreachable!("it is a shipment")
    };
    let departure = Departure::Complete { ready: false, sent: false };
    Command::Ship(ShipOrder { departure, costs: Costs::Rest, ..ask })
}

fn complete(order: i64, shipment: i64) -> Command {
    Command::CompleteShipment(CompleteShipment {
        order: OrderId(order),
        shipment: ShipmentId(shipment),
        ready: Some(true),
        sent: Some(true),
        capture: Capture::Required,
        tracks: vec![TrackDraft { number: "T".to_owned(), ..TrackDraft::default() }],
        extra: Extra::from([("service".to_owned(), "\"fast\"".to_owned())]),
        note: Some(CommentDraft::default()),
        notify: Notify::Yes,
    })
}

fn settle(order: i64, operation: i64, answer: GatewayAnswer) -> Command {
    Command::Settle { order: OrderId(order), operation: OperationId(operation), answer }
}

fn fails(order: i64, operation: i64) -> Command {
    let news = News::Failed { reason: "bank".to_owned() };
    Command::TakeNews { order: OrderId(order), operation: OperationId(operation), news }
}

/// What was asked for was done; the history says how much that was.
fn done(reference: &str) -> GatewayAnswer {
    GatewayAnswer::Done(Receipt { reference: reference.to_owned(), amount: Amount::ZERO, until: None })
}

/// Another amount than was asked for has moved.
fn done_otherwise(reference: &str) -> GatewayAnswer {
    GatewayAnswer::Done(Receipt { reference: reference.to_owned(), amount: Amount(1), until: None })
}

/// A gateway's answer over all that was asked for, unless it names an amount.
fn in_full(mut command: Command, reader: &mut Writer) -> Command {
    if let Command::Settle { operation, answer: GatewayAnswer::Done(receipt), .. } = &mut command
        && receipt.amount == Amount::ZERO
    {
        let mut set = WorkingSet::default();
        let needs = Needs { operations: BTreeSet::from([*operation]), ..Needs::default() };
        reader.load(TENANT, &needs, &mut set).expect("the database can be read");
        receipt.amount = set.operation(*operation).expect("it was begun").amount;
    }
    command
}

/// A history that makes every kind of change at least once.
fn history() -> Vec<Command> {
    let east = |fields: Vec<SourceField>| Command::SaveSource { code: source("east"), fields };
    let product = |text: &str, fields: Vec<ProductField>| Command::SaveProduct {
        sku: sku(text),
        fields: [vec![ProductField::Name(text.to_owned())], fields].concat(),
        attributes: vec![("color".to_owned(), "\"red\"".to_owned())],
        stock: Some(DefaultCount { quantity: Some(Quantity::whole(10)), in_stock: Some(true) }),
    };
    let count = |text: &str, code: &str, quantity: i64| Count {
        source: source(code),
        sku: sku(text),
        quantity: Quantity(quantity),
        in_stock: true,
        raise_to_allocated: false,
    };
    let kit = DraftItem {
        kind: Some("bundle".to_owned()),
        composition: Some(Composition { price_on_children: true, ships_separately: true }),
        ..line("KIT", 2)
    };
    vec![
        Command::SaveWebsite { code: "eu".to_owned(), name: "EU".to_owned(), currency: "EUR".to_owned() },
        Command::SaveStore {
            code: "de".to_owned(),
            website: "eu".to_owned(),
            name: "DE".to_owned(),
            currency: "EUR".to_owned(),
            locale: "de_DE".to_owned(),
        },
        east(vec![
            SourceField::Name("East".to_owned()),
            SourceField::Country("US".to_owned()),
            SourceField::Postcode("1".to_owned()),
            SourceField::Latitude(Some(40_733_790)),
            SourceField::Longitude(Some(-74_058_720)),
        ]),
        east(vec![
            SourceField::DefaultCarriers(false),
            SourceField::Carriers(vec![("ups".to_owned(), 1), ("dhl:x".to_owned(), 2)]),
            SourceField::PickupName(Some("Desk".to_owned())),
        ]),
        Command::SaveStock { id: None, name: Some("EU".to_owned()), channels: vec!["eu".to_owned()] },
        Command::SaveStock { id: None, name: Some("Gone".to_owned()), channels: Vec::new() },
        Command::SaveLinks(vec![Link { stock: StockId(2), source: source("east"), priority: 3 }]),
        Command::SaveLinks(vec![Link { stock: StockId(3), source: source("east"), priority: 1 }]),
        Command::DeleteLinks(vec![(StockId(3), source("east"))]),
        Command::DeleteStock(StockId(3)),
        product("A", vec![ProductField::Price(Amount(1)), ProductField::Threshold(Some(Quantity::ONE))]),
        product("B", vec![ProductField::Weight(Some(Amount(15_000))), ProductField::Decimal(true)]),
        product("GONE", vec![ProductField::Websites(vec![waybill_domain::WebsiteId(1)])]),
        Command::DeleteProduct(sku("GONE")),
        Command::SaveSourceItems(vec![count("A", "east", 200_000), count("B", "east", 55_000)]),
        Command::AssignSources { skus: vec![sku("C")], sources: vec![source("east"), source("default")] },
        Command::UnassignSources { skus: vec![sku("C")], sources: vec![source("default")] },
        Command::MoveSource {
            skus: vec![sku("A")],
            origin: source("default"),
            destination: source("east"),
            unassign: true,
        },
        Command::TransferStock {
            origin: source("east"),
            destination: source("default"),
            items: vec![(sku("A"), Quantity::whole(5))],
        },
        Command::DeleteSourceItems(vec![(source("default"), sku("B"))]),
        order(2, vec![line("A", 3), DraftItem { decimal: Some(true), ..line("B", 2) }]),
        order(2, vec![kit, DraftItem { parent: Some(0), ..line("A", 4) }]),
        Command::CommentOnOrder {
            order: OrderId(1),
            comment: CommentDraft { text: Some("x".to_owned()), notified: Some(true), visible_on_front: true },
            status: Some("checked".to_owned()),
            entity: "order".to_owned(),
        },
        Command::HoldOrder { order: OrderId(1), handle: String::new(), reason: HoldReason::Other, note: None },
        Command::ReleaseOrder { order: OrderId(1), handle: None },
        Command::Invoice(InvoiceOrder {
            order: OrderId(1),
            lines: vec![(ItemId(1), Quantity::ONE)],
            shipping: Shipping::WithFirst,
            capture: true,
            comment: Some(CommentDraft::default()),
            notify: Notify::No,
        }),
        ship(1, vec![(ItemId(1), Quantity::ONE)]),
        ship(2, Vec::new()),
        Command::CommentOnDocument { document: DocumentId::Shipment(ShipmentId(1)), comment: CommentDraft::default() },
        Command::Refund(RefundOrder {
            order: OrderId(1),
            lines: vec![(ItemId(1), Quantity::ONE)],
            adjustment_positive: Amount(5_000),
            adjustment_negative: Amount(10_000),
            return_to_stock: vec![ItemId(1)],
            comment: Some(CommentDraft::default()),
            ..RefundOrder::default()
        }),
        paid_order("ok"),
        settle(3, 1, done("auth")),
        Command::Invoice(InvoiceOrder {
            order: OrderId(3),
            lines: vec![(ItemId(5), Quantity::ONE)],
            shipping: Shipping::WithFirst,
            capture: true,
            comment: Some(CommentDraft::default()),
            notify: Notify::Yes,
        }),
        settle(3, 2, done("capture")),
        Command::Refund(RefundOrder {
            order: OrderId(3),
            invoice: Some(InvoiceId(2)),
            lines: vec![(ItemId(5), Quantity::ONE)],
            online: true,
            notify: Notify::Yes,
            ..RefundOrder::default()
        }),
        settle(3, 3, done("refund")),
        pay_and_ship(3, 5),
        settle(3, 4, GatewayAnswer::Unknown { why: "silence".to_owned() }),
        settle(3, 4, GatewayAnswer::Refused { reason: "no".to_owned() }),
        pay_and_ship(3, 5),
        settle(3, 5, done("capture")),
        fails(3, 3),
        Command::ReleaseOrder { order: OrderId(3), handle: None },
        fails(3, 5),
        Command::ReleaseOrder { order: OrderId(3), handle: None },
        Command::CaptureInvoice { order: OrderId(3), invoice: InvoiceId(3) },
        settle(3, 6, done("capture")),
        fails(3, 6),
        Command::VoidInvoice { order: OrderId(3), invoice: InvoiceId(3) },
        Command::ReleaseOrder { order: OrderId(3), handle: None },
        pay_and_ship(3, 5),
        settle(3, 7, done_otherwise("capture")),
        Command::ReleaseOrder { order: OrderId(3), handle: None },
        Command::CancelOrder(OrderId(3)),
        settle(3, 8, done("void")),
        // Packed before it leaves.
        Command::SaveSourceItems(vec![count("A", "default", 200_000), count("A", "east", 200_000)]),
        order(1, vec![line("A", 4)]),
        pack(4, 6, 2),
        Command::RepackShipment(RepackShipment {
            order: OrderId(4),
            shipment: ShipmentId(6),
            ready: Some(true),
            lines: vec![(ItemId(6), Quantity::ONE)],
            demand: Demand::Refuse,
            line_extra: BTreeMap::from([(ItemId(6), Extra::from([("serial".to_owned(), "\"1\"".to_owned())]))]),
        }),
        complete(4, 6),
        pack(4, 6, 1),
        Command::DeleteShipment { order: OrderId(4), shipment: ShipmentId(7) },
        Command::HoldOrder {
            order: OrderId(4),
            handle: "crew".to_owned(),
            reason: HoldReason::IncorrectAddress,
            note: Some("no \"street\"".to_owned()),
        },
        Command::ReleaseOrder { order: OrderId(4), handle: Some("crew".to_owned()) },
        Command::CancelOrder(OrderId(4)),
        allocated("default"),
        Command::ReleaseOrder { order: OrderId(5), handle: Some("confirm".to_owned()) },
        Command::CancelOrder(OrderId(5)),
        paid_order("ok"),
        settle(6, 9, done("auth")),
        pack(6, 8, 1),
        complete(6, 8),
        settle(6, 10, done("capture")),
        Command::Suspect { what: "forged webhook", subject: "127.0.0.1".to_owned() },
        Command::CommentOnDocument { document: DocumentId::Invoice(InvoiceId(1)), comment: CommentDraft::default() },
        Command::CommentOnDocument {
            document: DocumentId::CreditMemo(CreditMemoId(1)),
            comment: CommentDraft::default(),
        },
        Command::CommentOnDocument {
            document: DocumentId::Shipment(ShipmentId(1)),
            comment: CommentDraft { notified: Some(true), ..CommentDraft::default() },
        },
        Command::MailOrder(OrderId(1)),
        Command::MailDocument(DocumentId::Invoice(InvoiceId(1))),
        Command::MailDocument(DocumentId::CreditMemo(CreditMemoId(1))),
        Command::SettleLetter { letter: LetterId(1), delivery: Delivery::Sent },
        Command::SettleLetter { letter: LetterId(2), delivery: Delivery::Perhaps { why: "silence".to_owned() } },
        Command::SettleLetter { letter: LetterId(2), delivery: Delivery::Refused { why: "no".to_owned() } },
        Command::AddTrack {
            shipment: ShipmentId(1),
            order: OrderId(1),
            track: TrackDraft { number: "U".to_owned(), weight: Some(Amount(1)), ..TrackDraft::default() },
        },
        Command::RemoveTrack(TrackId(1)),
        Command::CancelOrder(OrderId(1)),
        Command::AmendOrder(Box::new(waybill_domain::AmendOrder {
            order: OrderId(2),
            status: Some("special".to_owned()),
            email: Some("new@example.com".to_owned()),
            customer: Customer::default(),
            extra: Extra::from([("coupon_code".to_owned(), "\"Y\"".to_owned())]),
            seen: None,
            unchangeable: Vec::new(),
        })),
        Command::Access(Access::SaveUser {
            name: "ann".to_owned(),
            password: "hash".to_owned(),
            permissions: Permissions::Some(vec!["a".to_owned(), "b".to_owned()]),
        }),
        Command::Access(Access::SignIn { name: "ann".to_owned(), fits: false, token: "t1".to_owned() }),
        Command::Access(Access::SignIn { name: "ann".to_owned(), fits: true, token: "t2".to_owned() }),
        Command::Access(Access::IssueToken(TokenDraft {
            name: "erp".to_owned(),
            token: "t3".to_owned(),
            permissions: Permissions::All,
            repeats_ms: Some(60_000),
            lives_ms: Some(1_000),
            settings: Some("{}".to_owned()),
            credential: Some("erp".to_owned()),
        })),
    ]
}

#[test]
fn applied_in_memory_is_recorded_and_loaded_again() {
    lives_through(history());
}

#[test]
fn applied_to_what_is_carried_is_recorded_and_loaded_again() {
    lives_through(carried::history());
}

/// What is loaded for a command, after it was carried out, is what a set that lived through it knows.
fn lives_through(history: Vec<Command>) {
    let (_database, location) = database();
    let mut committer = committer(&location);
    let mut reader = Writer::open(&location).expect("it was migrated");
    for command in history {
        let command = in_full(command, &mut reader);
        let told = format!("{:?}", command.name_and_subject());
        let tasks = [task(command)];
        let answers = committer.carry_out(&tasks, waybill_domain::Timestamp(1_000));
        assert!(answers[0].is_ok() && committer.fallbacks() == 0, "{told}: {answers:?}");
        let mut lived = committer.last_set.clone().expect("a batch was carried out");
        // Where everything of a sku is known, what is not there need not be named.
        let everywhere = lived.everywhere.clone();
        lived.source_items.retain(|(sku, _), item| item.is_some() || !everywhere.contains(sku));
        let mut loaded = WorkingSet::default();
        reader.begin().expect("the database can be read");
        reader.load(TENANT, &all_of(&lived), &mut loaded).expect("the database can be read");
        reader.rollback().expect("nothing was written");
        // Which stocks hold something is looked up, not kept.
        loaded.stocks_in_use.clone_from(&lived.stocks_in_use);
        // Which letters are sent is a setting.
        loaded.mailed.clone_from(&lived.mailed);
        assert_eq!(lived, loaded, "{told}");
    }
}

/// A batch whose rows come in an order that the database refuses is carried out command by command.
#[test]
fn a_batch_that_the_database_refuses_is_run_command_by_command() {
    let (database, location) = database();
    let mut committer = committer(&location);
    let count = |code: &str| {
        Command::SaveSourceItems(vec![Count {
            source: source(code),
            sku: sku("A"),
            quantity: Quantity::ONE,
            in_stock: true,
            raise_to_allocated: false,
        }])
    };
    let new = Command::SaveSource {
        code: source("new"),
        fields: vec![
            SourceField::Name("New".to_owned()),
            SourceField::Country("US".to_owned()),
            SourceField::Postcode("1".to_owned()),
        ],
    };
    // The rows of both counts stand together, before those of the source. SQLite minds; PostgreSQL is given all of them
    // in one statement, after which everything is there.
    let tasks = [task(count("default")), task(new), task(count("new"))];
    let answers = committer.carry_out(&tasks, waybill_domain::Timestamp(1_000));
    assert_eq!(committer.fallbacks(), u64::from(!database.is_postgres()));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// The amounts of an order that was there come before those of one that is new, and both are there.
#[test]
fn what_is_new_comes_before_its_parts() {
    let (_database, location) = database();
    let mut committer = committer(&location);
    let at = waybill_domain::Timestamp(1_000);
    let count = Count {
        source: source("default"),
        sku: sku("A"),
        quantity: Quantity::whole(9),
        in_stock: true,
        raise_to_allocated: false,
    };
    let begin = [task(Command::SaveSourceItems(vec![count])), task(order(1, vec![line("A", 1)]))];
    assert!(committer.carry_out(&begin, at).iter().all(Result::is_ok));
    let invoice = Command::Invoice(InvoiceOrder {
        order: OrderId(1),
        lines: Vec::new(),
        shipping: Shipping::WithFirst,
        capture: false,
        comment: None,
        notify: Notify::No,
    });
    let answers = committer.carry_out(&[task(invoice), task(order(1, vec![line("A", 1)]))], at);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(committer.fallbacks(), 0);
}

/// On PostgreSQL: somebody is in the way of one command for good; those beside it are carried out.
#[test]
fn a_command_that_somebody_is_in_the_way_of_does_not_hold_up_its_neighbours() {
    let (database, location) = database();
    if !database.is_postgres() {
        return;
    }
    let trap = "create function in_the_way() returns trigger language plpgsql as $$ begin
            if new.sku_key = 'x' then raise exception 'in the way' using errcode = '55P03'; end if;
            return new;
        end $$;
        create trigger in_the_way before insert on source_items for each row execute function in_the_way();";
    database.sql(trap).expect("the trap is good SQL");
    let count = |text: &str| {
        let count = Count {
            source: source("default"),
            sku: sku(text),
            quantity: Quantity::ONE,
            in_stock: true,
            raise_to_allocated: false,
        };
        task(Command::SaveSourceItems(vec![count]))
    };
    let mut committer = committer(&location);
    let tasks = [count("A"), count("X"), count("B")];
    let answers = committer.carry_out(&tasks, waybill_domain::Timestamp(1_000));
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert_eq!(answers[1], Err(crate::Failure::Busy));
    assert_eq!(committer.fallbacks(), 0);
}

#[tokio::test]
async fn two_processes_never_draw_the_same_id() {
    let (_database, location) = database();
    let engines = [
        Engine::open(&location, Settings::default()).await.expect("it was migrated"),
        Engine::open(&location, Settings::default()).await.expect("it was migrated"),
    ];
    let mut ids = std::collections::BTreeSet::new();
    for round in 0..10 {
        let engine = &engines[round % 2];
        let done = engine
            .execute(&crate::Caller::operator(TENANT), None, order(1, vec![line("X", 1)]))
            .await
            .expect("the order is good");
        let Outcome::Order(order) = done.outcome else { panic!("{:?}", done.outcome) };
        assert!(ids.insert(order), "{order} was drawn twice");
    }
}
