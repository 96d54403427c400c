//! The sandbox gateway: it keeps a ledger as a real one does, and misbehaves when it is told to.
//!
//! It obeys words. They stand in the name of the customer's means of payment, separated by blanks; where that says
//! nothing, in the order's number; else the amount says one, or the sandbox's setting. A card that nobody says anything
//! of is good.
//!
//! | word | what a capture does | amount set aside |
//! |---|---|---|
//! | `ok` | is done | |
//! | `decline` | is refused | 6601 |
//! | `stall`, `lost-before` | has no effect the first time, and no answer; asked again, it is done | 6602 |
//! | `lost-after`, `error-after` | is done, but the first answer is lost | 6603 |
//! | `late` | is done after two seconds; until then nobody knows | 6604 |
//! | `twice` | is done once, and told twice | 6605 |
//! | `expire` | is refused: what was set aside ends at once | 6606 |
//! | `fail-later` | is done, and found to have failed an hour later | 6607 |
//!
//! With `refund-` before them all but the last three are for refunds, with `void-` for what is set free;
//! `authorise-decline` (6608) refuses to set anything aside.

use std::sync::{Arc, Mutex};

use waybill_domain::{Amount, GatewayAnswer, GatewayAsk, GatewayRequest, LedgerEntry, Receipt, Timestamp, UNIT};

use super::Found;
use crate::words::said_in;

/// Where the sandbox writes down what it does: a system of its own, whatever becomes of ours.
pub trait Ledger: Send + Sync {
    /// Changes what belongs to an authorisation in one step: `decide` sees all of its entries, and gives the one to
    /// write.
    fn write(
        &self,
        authorisation: &str,
        decide: &mut dyn FnMut(&[LedgerEntry]) -> Option<LedgerEntry>,
    ) -> Result<(), String>;
}

/// A ledger in memory.
#[derive(Default)]
pub struct MemoryLedger(Mutex<Vec<LedgerEntry>>);

impl MemoryLedger {
    /// Everything in it.
    pub fn entries(&self) -> Vec<LedgerEntry> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

impl Ledger for MemoryLedger {
    fn write(
        &self,
        authorisation: &str,
        decide: &mut dyn FnMut(&[LedgerEntry]) -> Option<LedgerEntry>,
    ) -> Result<(), String> {
        let mut all = self.0.lock().expect("nobody panics with it");
        let of: Vec<LedgerEntry> = all.iter().filter(|entry| entry.authorisation == authorisation).cloned().collect();
        if let Some(new) = decide(&of) {
            all.retain(|entry| entry.key != new.key);
            all.push(new);
        }
        Ok(())
    }
}

/// The sandbox gateway.
#[derive(Clone)]
pub struct Rehearsal {
    ledger: Arc<dyn Ledger>,
    /// The words of a card that nobody says anything of.
    usual: String,
}

/// What the sandbox obeys.
const WORDS: [&str; 10] =
    ["ok", "decline", "stall", "lost-before", "lost-after", "error-after", "late", "twice", "expire", "fail-later"];

/// What the words are for; nothing in front of them: captures.
const PREFIXES: [&str; 4] = ["authorise-", "refund-", "void-", ""];

/// Amounts, in whole units of any currency, that say a word.
const AMOUNTS: [(i64, &str); 8] = [
    (6_601, "decline"),
    (6_602, "lost-before"),
    (6_603, "lost-after"),
    (6_604, "late"),
    (6_605, "twice"),
    (6_606, "expire"),
    (6_607, "fail-later"),
    (6_608, "authorise-decline"),
];

/// How long something `late` takes.
const LATE_MS: i64 = 2_000;
/// How long it takes until something that fails later has failed.
const FAILS_MS: i64 = 3_600_000;
/// How long a key is known.
const KEYS_MS: i64 = 24 * 3_600_000;
/// How long money stays set aside.
const AUTHORISED_MS: i64 = 7 * 24 * 3_600_000;

impl Rehearsal {
    /// The sandbox over this ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Rehearsal {
        Rehearsal { ledger, usual: String::new() }
    }

    /// With words for the cards that nobody says anything of.
    pub fn with_usual(self, words: String) -> Rehearsal {
        Rehearsal { usual: words, ..self }
    }

    /// Does what is asked, as its words let it.
    pub fn carry_out(&self, request: &GatewayRequest, now: Timestamp) -> GatewayAnswer {
        self.ask(request, now, true).unwrap_or_else(|| GatewayAnswer::Unknown { why: "no answer in time".to_owned() })
    }

    /// What has become of it.
    pub fn look_up(&self, request: &GatewayRequest, now: Timestamp) -> Found {
        self.ask(request, now, false).map_or(Found::NotThere, Found::There)
    }

    fn ask(&self, request: &GatewayRequest, now: Timestamp, act: bool) -> Option<GatewayAnswer> {
        let authorisation = authorisation_of(request);
        let mut answer = None;
        let mut decide = |entries: &[LedgerEntry]| {
            let (entry, told) = step(entries, request, &authorisation, &self.usual, now, act);
            answer = told;
            entry
        };
        match self.ledger.write(&authorisation, &mut decide) {
            Ok(()) => answer,
            Err(why) => Some(GatewayAnswer::Unknown { why: format!("the sandbox's ledger cannot be written: {why}") }),
        }
    }
}

/// The reference of the authorisation that a request is about. What is captured from it carries its reference in front.
fn authorisation_of(request: &GatewayRequest) -> String {
    match &request.ask {
        GatewayAsk::Authorise { .. } => format!("rehearsal-{}", request.key),
        GatewayAsk::Adopt { authorisation, again: _ }
        | GatewayAsk::Capture { authorisation, .. }
        | GatewayAsk::Void { authorisation } => authorisation.clone(),
        GatewayAsk::Refund { capture, .. } => capture.split_once('/').map_or(capture.as_str(), |(of, _)| of).to_owned(),
    }
}

/// What the ledger says after this, and what is answered: nothing where it does not know of the operation, or where the
/// answer is lost.
fn step(
    entries: &[LedgerEntry],
    request: &GatewayRequest,
    authorisation: &str,
    usual: &str,
    now: Timestamp,
    act: bool,
) -> (Option<LedgerEntry>, Option<GatewayAnswer>) {
    if let GatewayAsk::Adopt { .. } = &request.ask {
        return (None, Some(standing(entries, now)));
    }
    // Like others, the sandbox knows a key for a day: asked again later, it does the same again. Who looks up first is
    // safe.
    let is_forgotten = |entry: &LedgerEntry| act && entry.state != "asked" && now.0 >= entry.at.0 + KEYS_MS;
    let lost = || Some(GatewayAnswer::Unknown { why: "the answer was lost".to_owned() });
    if let Some(known) = entries.iter().find(|entry| entry.key == request.key && !is_forgotten(entry)) {
        let again = LedgerEntry { asked: known.asked + 1, ..known.clone() };
        return match known.state.as_str() {
            "late" if now.0 < known.at.0 + LATE_MS => (Some(again), lost()),
            "done" if known.kind == "capture" && fails(&known.words) && now.0 >= known.at.0 + FAILS_MS => {
                let failed = LedgerEntry { state: "failed".to_owned(), ..again };
                let answer = told(&failed);
                (Some(failed), Some(answer))
            }
            "late" | "done" => {
                let done = LedgerEntry { state: "done".to_owned(), ..again };
                let answer = told(&done);
                (Some(done), Some(answer))
            }
            // Asked for once, without an effect.
            "asked" if act => decide(entries, request, authorisation, "", again.asked, now),
            "asked" => (None, None),
            _ => (Some(again.clone()), Some(told(&again))),
        };
    }
    if !act {
        return (None, None);
    }
    let words = match &request.ask {
        GatewayAsk::Authorise { instrument, amount, .. } => words_of(instrument, &request.order, *amount, usual),
        GatewayAsk::Adopt { .. } | GatewayAsk::Capture { .. } | GatewayAsk::Void { .. } | GatewayAsk::Refund { .. } => {
            entries.iter().find(|entry| entry.kind == "authorise").map(|entry| entry.words.clone()).unwrap_or_default()
        }
    };
    decide(entries, request, authorisation, &words, 1, now)
}

/// How a card behaves: who says something first is heard.
fn words_of(instrument: &str, number: &str, amount: Amount, usual: &str) -> String {
    for text in [instrument, number] {
        let said = said_in(text, &PREFIXES, &WORDS);
        if !said.is_empty() {
            return said.join(" ");
        }
    }
    match AMOUNTS.iter().find(|(units, _)| amount == Amount(units * UNIT)) {
        Some((_, word)) => (*word).to_owned(),
        None => usual.to_owned(),
    }
}

fn fails(words: &str) -> bool {
    words.split_whitespace().any(|word| word == "fail-later")
}

/// What comes of an operation that has had no effect so far.
fn decide(
    entries: &[LedgerEntry],
    request: &GatewayRequest,
    authorisation: &str,
    words: &str,
    asked: i64,
    now: Timestamp,
) -> (Option<LedgerEntry>, Option<GatewayAnswer>) {
    let (kind, prefix, amount) = match &request.ask {
        GatewayAsk::Authorise { amount, .. } => ("authorise", "authorise-", *amount),
        GatewayAsk::Adopt { .. } => unreachable!("to look at something writes nothing"),
        GatewayAsk::Capture { amount, .. } => ("capture", "", *amount),
        GatewayAsk::Void { .. } => ("void", "void-", Amount::ZERO),
        GatewayAsk::Refund { amount, .. } => ("refund", "refund-", *amount),
    };
    let says = |word: &str| words.split_whitespace().any(|said| said.strip_prefix(prefix) == Some(word));
    let expires = words.split_whitespace().any(|word| word == "expire");
    let state = if refusal(entries, request, now).is_some() || says("decline") {
        "refused"
    } else if says("stall") || says("lost-before") {
        "asked"
    } else if says("late") {
        "late"
    } else {
        "done"
    };
    let times = entries.iter().filter(|entry| entry.key.trim_end_matches('+') == request.key).count();
    let entry = LedgerEntry {
        key: format!("{}{}", request.key, "+".repeat(if asked > 1 { 0 } else { times })),
        kind: kind.to_owned(),
        authorisation: authorisation.to_owned(),
        reference: match &request.ask {
            GatewayAsk::Authorise { .. } | GatewayAsk::Adopt { .. } | GatewayAsk::Void { .. } => {
                authorisation.to_owned()
            }
            GatewayAsk::Capture { .. } => format!("{authorisation}/{}", request.key),
            GatewayAsk::Refund { capture, .. } => format!("{capture}/{}", request.key),
        },
        amount,
        currency: request.currency.clone(),
        words: words.to_owned(),
        state: state.to_owned(),
        until: (kind == "authorise").then_some(Timestamp(now.0 + if expires { 1 } else { AUTHORISED_MS })),
        asked,
        at: now,
    };
    let is_lost = matches!(state, "asked" | "late") || (state == "done" && (says("lost-after") || says("error-after")));
    let answer = if is_lost { GatewayAnswer::Unknown { why: "no answer in time".to_owned() } } else { told(&entry) };
    (Some(entry), Some(answer))
}

/// What is left of an authorisation, if it still stands.
fn standing(entries: &[LedgerEntry], now: Timestamp) -> GatewayAnswer {
    match takeable(entries, now) {
        Ok((authorised, left)) => GatewayAnswer::Done(Receipt {
            reference: authorised.reference.clone(),
            amount: left,
            until: authorised.until,
        }),
        Err(why) => GatewayAnswer::Refused { reason: why.to_owned() },
    }
}

/// The authorisation and how much can still be taken from it; or why nothing can.
fn takeable(entries: &[LedgerEntry], now: Timestamp) -> Result<(&LedgerEntry, Amount), &'static str> {
    let authorised = done(entries, "authorise").next().ok_or("no such authorization")?;
    if done(entries, "void").next().is_some() {
        return Err("the authorization was voided");
    }
    if authorised.until.is_some_and(|until| until <= now) {
        return Err("the authorization has ended");
    }
    Ok((authorised, authorised.amount - captured(entries)))
}

/// What was done of a kind, or will be.
fn done<'a>(entries: &'a [LedgerEntry], kind: &'static str) -> impl Iterator<Item = &'a LedgerEntry> {
    entries.iter().filter(move |entry| entry.kind == kind && matches!(entry.state.as_str(), "done" | "late"))
}

fn captured(entries: &[LedgerEntry]) -> Amount {
    done(entries, "capture").map(|entry| entry.amount).sum()
}

/// Why a gateway would not do it, whatever the card (invariant M1).
fn refusal(entries: &[LedgerEntry], request: &GatewayRequest, now: Timestamp) -> Option<&'static str> {
    match &request.ask {
        GatewayAsk::Authorise { .. } | GatewayAsk::Adopt { .. } => None,
        GatewayAsk::Capture { amount, .. } => match takeable(entries, now) {
            Err(why) => Some(why),
            Ok((_, left)) => (*amount > left).then_some("more than was authorized"),
        },
        GatewayAsk::Void { .. } => match done(entries, "authorise").next() {
            None => Some("no such authorization"),
            Some(authorised) => (captured(entries) >= authorised.amount).then_some("everything was captured"),
        },
        GatewayAsk::Refund { capture, amount } => {
            let Some(captured) = done(entries, "capture").find(|entry| entry.reference == *capture) else {
                return Some("no such capture");
            };
            let of = format!("{capture}/");
            let refunded: Amount = done(entries, "refund")
                .filter(|entry| entry.reference.starts_with(&of))
                .map(|entry| entry.amount)
                .sum();
            (refunded + *amount > captured.amount).then_some("more than was captured")
        }
    }
}

/// What is answered of an entry that is done or refused.
fn told(entry: &LedgerEntry) -> GatewayAnswer {
    match entry.state.as_str() {
        "done" => GatewayAnswer::Done(Receipt {
            reference: entry.reference.clone(),
            amount: entry.amount,
            until: entry.until,
        }),
        "failed" => GatewayAnswer::Refused { reason: "taken back by the bank".to_owned() },
        _ => GatewayAnswer::Refused { reason: "declined".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_something_first_is_heard() {
        let units = |units: i64| Amount(units * UNIT);
        let say = |instrument: &str, number: &str, amount: Amount| words_of(instrument, number, amount, "late");
        assert_eq!(say("decline", "000000001-twice", units(6_603)), "decline");
        assert_eq!(say("card", "000000001-Twice", units(6_603)), "twice");
        assert_eq!(say("card", "TEST-refund-lost-after-1", units(6_603)), "refund-lost-after");
        assert_eq!(say("late refund-decline, stall", "000000001", units(1)), "refund-decline stall late");
        assert_eq!(say("card", "000000001", units(6_603)), "lost-after");
        assert_eq!(say("card", "PLATE-7", units(66)), "late");
        assert_eq!(words_of("", "", units(66), ""), "");
        assert_eq!(say("ok", "000000001", units(6_601)), "ok");
    }
}
