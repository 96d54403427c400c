//! The sandbox carrier: it keeps a ledger of its labels as a real one does, and misbehaves when it is told to.
//!
//! It obeys words in a consignment's reference, between other characters than letters and digits. One that says nothing
//! is booked.
//!
//! | word | what a booking does |
//! |---|---|
//! | `ok` | is done |
//! | `refuse` | is refused: the recipient's telephone number and postal code are no good |
//! | `decline` | is refused, with nothing to mend |
//! | `stall`, `lost-before` | has no effect the first time, and no answer; asked again, it is done |
//! | `lost-after`, `error-after` | is done, but the first answer is lost |
//! | `late` | is done after two seconds; until then nobody knows |
//!
//! With `cancel-` before them they are for labels that are given back; `keeps-label` refuses to take one back.

use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use waybill_domain::{BookingFault, CarrierAnswer, CarrierAsk, CarrierEntry, CarrierRequest, Timestamp};

use crate::words::said_in;

/// Where the sandbox writes down what it does: a system of its own, whatever becomes of ours.
pub trait Ledger: Send + Sync {
    /// Changes what belongs to a label in one step: `decide` sees all of its entries, and gives the one to write.
    fn write(
        &self,
        tracking: &str,
        decide: &mut dyn FnMut(&[CarrierEntry]) -> Option<CarrierEntry>,
    ) -> Result<(), String>;
}

/// A ledger in memory.
#[derive(Default)]
pub struct MemoryLedger(Mutex<Vec<CarrierEntry>>);

impl MemoryLedger {
    /// Everything in it.
    pub fn entries(&self) -> Vec<CarrierEntry> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

impl Ledger for MemoryLedger {
    fn write(
        &self,
        tracking: &str,
        decide: &mut dyn FnMut(&[CarrierEntry]) -> Option<CarrierEntry>,
    ) -> Result<(), String> {
        let mut all = self.0.lock().expect("nobody panics with it");
        let of: Vec<CarrierEntry> = all.iter().filter(|entry| entry.tracking == tracking).cloned().collect();
        if let Some(new) = decide(&of) {
            all.retain(|entry| entry.key != new.key);
            all.push(new);
        }
        Ok(())
    }
}

/// The sandbox carrier.
#[derive(Clone)]
pub struct Rehearsal {
    ledger: Arc<dyn Ledger>,
}

/// What the sandbox obeys.
const WORDS: [&str; 9] =
    ["ok", "refuse", "decline", "stall", "lost-before", "lost-after", "error-after", "late", "keeps-label"];

/// What the words are for; nothing in front of them: bookings.
const PREFIXES: [&str; 2] = ["cancel-", ""];

/// How long something `late` takes.
const LATE_MS: i64 = 2_000;

impl Rehearsal {
    /// The sandbox over this ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Rehearsal {
        Rehearsal { ledger }
    }

    /// Does what is asked, as the reference's words let it. A key has one effect, and one answer.
    pub fn carry_out(&self, request: &CarrierRequest, now: Timestamp) -> CarrierAnswer {
        let tracking = match &request.ask {
            CarrierAsk::Book => tracking_of(&request.key),
            CarrierAsk::Cancel { tracking } => tracking.clone(),
        };
        let mut answer = None;
        let mut decide = |entries: &[CarrierEntry]| {
            let (entry, told) = step(entries, request, &tracking, now);
            answer = Some(told);
            Some(entry)
        };
        match (self.ledger.write(&tracking, &mut decide), answer) {
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => CarrierAnswer::Unknown { why: "no answer in time".to_owned() },
            (Err(why), _) => CarrierAnswer::Unknown { why: format!("the sandbox's ledger cannot be written: {why}") },
        }
    }
}

/// The number of the label that is booked under a key: 64 bits of its hash, so that it is the same whoever asks, and no
/// other key's.
fn tracking_of(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    let number = hash.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("RC{number:020}")
}

/// What the ledger says after this, and what is answered.
fn step(
    entries: &[CarrierEntry],
    request: &CarrierRequest,
    tracking: &str,
    now: Timestamp,
) -> (CarrierEntry, CarrierAnswer) {
    let Some(known) = entries.iter().find(|entry| entry.key == request.key) else {
        return first(entries, request, tracking, now);
    };
    let mut again = CarrierEntry { asked: known.asked + 1, ..known.clone() };
    match known.state.as_str() {
        "late" if now.0 < known.at.0 + LATE_MS => return (again, no_answer()),
        // It had no effect so far; what was late has it by now.
        "late" | "asked" => again.state = "done".to_owned(),
        _ => {}
    }
    let answer = told(&again);
    (again, answer)
}

/// What comes of something that was never asked for before.
fn first(
    entries: &[CarrierEntry],
    request: &CarrierRequest,
    tracking: &str,
    now: Timestamp,
) -> (CarrierEntry, CarrierAnswer) {
    let (kind, prefix) = match &request.ask {
        CarrierAsk::Book => ("book", ""),
        CarrierAsk::Cancel { .. } => ("cancel", "cancel-"),
    };
    let words = said_in(&request.reference, &PREFIXES, &WORDS);
    let says =
        |wanted: &[&str]| words.iter().any(|said| said.strip_prefix(prefix).is_some_and(|w| wanted.contains(&w)));
    let keeps = kind == "cancel" && is_booked(entries) && words.iter().any(|said| said == "keeps-label");
    let state = if says(&["refuse", "decline"]) || keeps {
        "refused"
    } else if says(&["stall", "lost-before"]) {
        "asked"
    } else if says(&["late"]) {
        "late"
    } else {
        "done"
    };
    let entry = CarrierEntry {
        key: request.key.clone(),
        kind: kind.to_owned(),
        reference: request.reference.clone(),
        tracking: tracking.to_owned(),
        state: state.to_owned(),
        asked: 1,
        at: now,
    };
    let is_lost = matches!(state, "asked" | "late") || (state == "done" && says(&["lost-after", "error-after"]));
    let answer = if is_lost { no_answer() } else { told(&entry) };
    (entry, answer)
}

/// Whether there is a label.
fn is_booked(entries: &[CarrierEntry]) -> bool {
    entries.iter().any(|entry| entry.kind == "book" && matches!(entry.state.as_str(), "done" | "late"))
}

fn no_answer() -> CarrierAnswer {
    CarrierAnswer::Unknown { why: "no answer in time".to_owned() }
}

/// What is answered of an entry that is done or refused.
fn told(entry: &CarrierEntry) -> CarrierAnswer {
    let CarrierEntry { kind, tracking, state, .. } = entry;
    match (kind.as_str(), state.as_str()) {
        ("book", "done") => CarrierAnswer::Booked {
            tracking: tracking.clone(),
            label: format!("https://carrier.example/labels/{tracking}.pdf"),
        },
        ("book", _) => CarrierAnswer::Refused { faults: faults(&entry.reference) },
        (_, "done") => CarrierAnswer::Cancelled,
        (_, _) => {
            CarrierAnswer::Refused { faults: vec![fault("carrier_declined", None, "the label is not taken back")] }
        }
    }
}

/// What the sandbox has against a booking that it refuses.
fn faults(reference: &str) -> Vec<BookingFault> {
    if said_in(reference, &PREFIXES, &WORDS).iter().any(|said| said == "refuse") {
        return vec![
            fault(
                "phone_number_invalid",
                Some("dropoff.contact_phone"),
                "the telephone number is not one of its country",
            ),
            fault("postcode_invalid", Some("dropoff.postcode"), "nothing is delivered to this postal code"),
        ];
    }
    vec![fault("carrier_declined", None, "the carrier does not take this consignment")]
}

fn fault(code: &str, field: Option<&str>, message: &str) -> BookingFault {
    BookingFault {
        code: code.to_owned(),
        field: field.map(str::to_owned),
        message: message.to_owned(),
        by_carrier: true,
        is_error: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "RC15509203261906280325";

    /// Asks three times a second apart to book a consignment of this reference, then three times to take its label back.
    fn check(reference: &str, booking: [&str; 3], return_: [&str; 3]) {
        let ledger = Arc::new(MemoryLedger::default());
        let sandbox = Rehearsal::new(ledger.clone());
        let ask = |key: &str, ask: CarrierAsk, at: i64| {
            let request = CarrierRequest { key: key.to_owned(), reference: reference.to_owned(), ask };
            text(&sandbox.carry_out(&request, Timestamp(at)))
        };
        let booked = [0, 1_000, 2_000].map(|at| ask("k-book", CarrierAsk::Book, at));
        assert_eq!(booked, booking, "{reference}");
        let back = |at: i64| ask("k-cancel", CarrierAsk::Cancel { tracking: NUMBER.to_owned() }, at);
        assert_eq!([3_000, 4_000, 5_000].map(back), return_, "{reference}, taken back");
        let asked: Vec<i64> = ledger.entries().iter().map(|entry| entry.asked).collect();
        assert_eq!(asked, [3, 3], "a key has one entry");
    }

    fn text(answer: &CarrierAnswer) -> String {
        match answer {
            CarrierAnswer::Booked { tracking, label } => {
                assert_eq!(
                    (tracking.as_str(), label),
                    (NUMBER, &format!("https://carrier.example/labels/{NUMBER}.pdf"))
                );
                "booked".to_owned()
            }
            CarrierAnswer::Cancelled => "cancelled".to_owned(),
            CarrierAnswer::Refused { faults } => {
                faults.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>().join(" ")
            }
            CarrierAnswer::Unknown { .. } => "?".to_owned(),
        }
    }

    #[test]
    fn words_in_the_reference_are_obeyed() {
        let cancelled = ["cancelled"; 3];
        check("SHOP-1", ["booked"; 3], cancelled);
        check("SHOP-PLATE-1", ["booked"; 3], cancelled);
        check("SHOP-refuse-1", ["phone_number_invalid postcode_invalid"; 3], cancelled);
        check("SHOP-Decline", ["carrier_declined"; 3], cancelled);
        check("stall", ["?", "booked", "booked"], cancelled);
        check("1 lost-before", ["?", "booked", "booked"], cancelled);
        check("1/lost-after", ["?", "booked", "booked"], cancelled);
        check("error-after", ["?", "booked", "booked"], cancelled);
        check("late", ["?", "?", "booked"], cancelled);
    }

    #[test]
    fn words_with_a_prefix_are_for_labels_that_are_given_back() {
        check("1-keeps-label", ["booked"; 3], ["carrier_declined"; 3]);
        check("1-cancel-decline", ["booked"; 3], ["carrier_declined"; 3]);
        check("1-cancel-stall", ["booked"; 3], ["?", "cancelled", "cancelled"]);
        check("1-lost-after-cancel-late", ["?", "booked", "booked"], ["?", "?", "cancelled"]);
        // There is none that it could keep.
        check("refuse-keeps-label", ["phone_number_invalid postcode_invalid"; 3], ["cancelled"; 3]);
    }

    #[test]
    fn each_key_has_a_number_of_its_own() {
        assert_eq!(tracking_of("k-book"), NUMBER);
        assert_ne!(tracking_of("k-book"), tracking_of("l-book"));
    }
}
