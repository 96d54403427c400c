//! Redaction: an order that is over forgets whom it was for (contract `carriyo.md`, section 6).

use crate::testing::{Shop, check, draft, line, ship};
use crate::{
    AcceptOrder, Allocation, Capture, Command, CommentDraft, Consign, ConsignmentDraft, Costs, Customer, Departure,
    DraftAddress, DraftItem, Extra, FulfilmentDraft, FulfilmentOrderId, HoldReason, LetterKind, LetterState, OrderId,
    Outcome, PaymentDraft, Quantity, Redact, ShipOrder, SourceCode, TrackDraft,
};

#[test]
fn only_what_is_closed_or_cancelled_is_redacted() {
    check(
        "product A qty=9
         redact 1 => no: no order 1
         order A*2@1 => new: A 2; holds A 2
         redact 1 => no: cannot redact what is open
         order A*2@1 fo=default:0x2 => new: A 2; holds A 2
         redact 2 => no: cannot redact what is allocated
         fulfil 2 1 A*1 => processing: A 2 s1; holds A 1
         redact 2 => no: cannot redact what is processing
         fulfil 2 1 A*1 close => processing: A 2 s2
         redact 2 => no: cannot redact what is fulfilled
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         fulfil 3 2 A*1 close => processing: A 1 s1
         redact 3 => processing: A 1 s1
         redact 3 => processing: A 1 s1
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         cancel-all 4 => canceled: A 1 c1
         redact 4 => canceled: A 1 c1
         stock-of A => default 6; held 2; salable 4",
    );
}

#[test]
fn what_a_carrier_or_a_gateway_is_asked_stands_in_the_way_and_is_told_together() {
    check(
        "product A qty=9
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         consign 1 1 A*1 by=rehearsal => consignment 1 pending W-1 asked
         redact 1 => no: cannot redact what is processing; a carrier is asked about consignment 1
         cancel-consignment 1 => consignment 1 cancelled W-1 asked
         cancel-all 1 => canceled: A 1 c1
         redact 1 => no: a carrier is asked about consignment 1
         carrier 1 booked => consignment 1 cancelled W-1 T1 labelled asked
         redact 1 => no: a carrier is asked about consignment 1
         carrier 1 cancelled => consignment 1 cancelled W-1 T1
         redact 1 => canceled: A 1 c1",
    );
}

#[test]
fn what_waits_is_not_sent_and_nobody_is_told_again() {
    check(
        "mailing order order_comment
         product A qty=9
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         comment 1 told => new/: A 1; holds A 1
         comment 1 told => new/: A 1; holds A 1
         settle-letter 1 sent
         cancel-all 1 => canceled: A 1 c1
         redact 1 => canceled: A 1 c1
         letters => 1 order_comment 1 with remark 1 to  sent, 2 order_comment 1 with remark 2 to  refused
         mail 1 => not possible
         comment 1 told => canceled/: A 1 c1
         letters => 1 order_comment 1 with remark 1 to  sent, 2 order_comment 1 with remark 2 to  refused",
    );
}

#[test]
fn it_is_not_told_anew_whom_it_was_for() {
    check(
        "product A qty=9
         order A*1@1 fo=default:0x1 => new: A 1; holds A 1
         cancel-all 1 => canceled: A 1 c1
         redact 1 => canceled: A 1 c1
         amend 1 email=b@example.com => no: order 1 is redacted
         amend 1 firstname=Ann => no: order 1 is redacted
         amend 1 status=filed => canceled/filed: A 1 c1
         say 1 1 ref => no: order 1 is redacted",
    );
}

/// What stands in every place where a person may stand.
const PERSON: &str = "Ann-Doe";

fn person() -> String {
    PERSON.to_owned()
}

fn said() -> Extra {
    Extra::from([("note".to_owned(), format!("\"{PERSON}\""))])
}

fn address() -> DraftAddress {
    DraftAddress {
        firstname: person(),
        lastname: person(),
        company: Some(person()),
        street: vec![person(), person()],
        city: person(),
        region: Some("New York".to_owned()),
        region_code: Some("NY".to_owned()),
        region_id: Some(43),
        postcode: person(),
        country: "US".to_owned(),
        telephone: Some(person()),
        email: Some(format!("{PERSON}@example.com")),
        extra: said(),
    }
}

fn remark() -> CommentDraft {
    CommentDraft { text: Some(person()), notified: Some(true), visible_on_front: true }
}

/// An order of everything that may speak of a person, paid for, fulfilled and carried, and closed.
fn closed(shop: &mut Shop) -> OrderId {
    shop.set.mailed.extend(LetterKind::ALL);
    let item = DraftItem { extra: said(), ..line("A", 2, 10) };
    let fulfilment = FulfilmentDraft {
        location: Some(SourceCode("default".to_owned())),
        extra: said(),
        lines: vec![(0, Quantity::whole(2))],
        ..FulfilmentDraft::default()
    };
    let accept = AcceptOrder {
        email: Some(format!("{PERSON}@example.com")),
        customer: Customer { id: Some(7), firstname: Some(person()), lastname: Some(person()) },
        method: Some("rehearsal".to_owned()),
        pay: PaymentDraft { instrument: Some(person()), customer: Some(person()), authorisation: None },
        billing: Some(address()),
        shipping: Some(address()),
        shipping_method: Some("flatrate_flatrate".to_owned()),
        shipping_description: Some(person()),
        payment: said(),
        extra: said(),
        history: vec![(remark(), None)],
        allocation: Allocation::Orders(vec![fulfilment]),
        ..draft(vec![item])
    };
    let order = match shop.act(&Command::AcceptOrder(Box::new(accept))) {
        Ok(Outcome::Order(order)) => order,
        other => panic!("the order is good: {other:?}"),
    };
    assert_eq!(shop.say("settle 1 done"), "new: A 2; holds A 2");
    let lines = vec![(shop.item(order, 0), Quantity::ONE)];
    let leave = |departure| ShipOrder {
        departure,
        costs: Costs::All,
        fulfilment: Some(FulfilmentOrderId(1)),
        tracks: vec![TrackDraft {
            number: "T1".to_owned(),
            title: Some(person()),
            description: Some(person()),
            ..TrackDraft::default()
        }],
        comment: Some(remark()),
        notify: crate::Notify::WithComment,
        extra: said(),
        line_extra: [(lines[0].0, said())].into(),
        ..ship(order, lines.clone(), "default")
    };
    let later = Departure::Fulfilled { deduct: true, close: false };
    shop.act(&Command::Ship(leave(later))).expect("it is allocated");
    // What is paid before it leaves is planned with all that was said.
    shop.act(&Command::Ship(ShipOrder { capture: Capture::Required, ..leave(Departure::Now) }))
        .expect("it is allocated");
    shop.say("settle 2 done");
    let carried = ConsignmentDraft {
        order_reference: "W".to_owned(),
        carrier: Some(crate::Carrier::Own),
        prebooked: Some(("T2".to_owned(), Some(format!("https://labels.example/{PERSON}")))),
        extra: said(),
        ..ConsignmentDraft::default()
    };
    let consign = Consign { of: Some((order, FulfilmentOrderId(1), Vec::new())), fulfil: None, draft: carried };
    shop.act(&Command::Consign(Box::new(consign))).expect("it is fulfilled");
    assert_eq!(shop.say("move-on 1 shipped"), "consignment 1 shipped W-1 T2");
    assert_eq!(shop.say("move-on 1 delivered"), "consignment 1 delivered W-1 T2");
    shop.say("settle-letter 1 refused");
    order
}

#[test]
fn nothing_of_a_person_is_left_and_everything_else_stays() {
    let mut shop = Shop::open().with("A", 9);
    let order = closed(&mut shop);
    let before = shop.set.clone();
    assert!(format!("{before:?}").matches(PERSON).count() > 40, "people are in it");
    let stays = Extra::from([("language".to_owned(), "\"de\"".to_owned())]);
    let ask = Redact { order, extra: stays.clone(), items: [].into(), consignments: [].into() };
    shop.act(&Command::Redact(Box::new(ask.clone()))).expect("it is closed");
    let after = format!("{:?}", shop.set);
    let left = after.find(PERSON).map(|at| &after[at.saturating_sub(200)..at]);
    assert_eq!(left, None);
    let (was, is) = (before.order(order).expect("it was there"), shop.get(order));
    assert_eq!((&is.items, &is.number, is.grand_total, is.paid), (&was.items, &was.number, was.grand_total, was.paid));
    assert_eq!((is.stage.state, is.fulfilment_status()), (was.stage.state, was.fulfilment_status()));
    assert_eq!((&before.source_items, &before.held), (&shop.set.source_items, &shop.set.held));
    assert_eq!(before.accounts, shop.set.accounts);
    assert_eq!(shop.set.payment(order).map(|found| found.captured), before.payment(order).map(|found| found.captured));
    let details = &shop.set.details[&order];
    let place = details.shipping.as_ref().map(|place| (place.country.as_str(), place.region_code.as_deref()));
    assert_eq!((place, &details.extra), (Some(("US", Some("NY"))), &stays));
    // Asked twice, nothing is done twice.
    let changes = shop.changes.len();
    assert_eq!(shop.act(&Command::Redact(Box::new(ask))), Ok(Outcome::Order(order)));
    assert_eq!(shop.changes.len(), changes);
}

#[test]
fn a_letter_that_is_being_sent_may_still_say_how_that_ended_but_not_of_whom() {
    let mut shop = Shop::open().with("A", 9);
    shop.say("mailing order_comment");
    shop.say("order A*1@1 fo=default:0x1");
    for _ in 0..2 {
        shop.say("comment 1 told");
    }
    shop.say("cancel-all 1");
    // Whoever sends letters says so in a commit of its own.
    for letter in shop.set.letters.values_mut().flatten() {
        letter.state = LetterState::Sending;
    }
    shop.say("redact 1");
    assert_eq!(
        shop.say("letters"),
        "1 order_comment 1 with remark 1 to  perhaps, 2 order_comment 1 with remark 2 to  perhaps"
    );
    shop.say("settle-letter 1 refused");
    shop.say("settle-letter 2 sent");
    assert_eq!(
        shop.say("letters"),
        "1 order_comment 1 with remark 1 to  refused, 2 order_comment 1 with remark 2 to  sent"
    );
    assert!(shop.set.letters.values().flatten().all(|letter| letter.reason.is_none()));
}

#[test]
fn a_hold_loses_its_note_and_holds() {
    let mut shop = Shop::open().with("A", 9);
    shop.say("order A*1@1 fo=default:0x1");
    shop.say("fulfil 1 1 A*1 close");
    let (order, note) = (OrderId(1), Some(person()));
    let hold = Command::HoldOrder { order, handle: "desk".to_owned(), reason: HoldReason::Other, note };
    shop.act(&hold).expect("it can be held");
    assert_eq!(shop.say("redact 1"), "holded: A 1 s1");
    assert!(!format!("{:?}", shop.set).contains(PERSON));
    assert_eq!(shop.get(order).stage.holds.len(), 1);
}
