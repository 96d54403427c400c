//! One batch: what its commands need is loaded, they are decided one after the other, and all that became true is
//! recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use waybill_domain::{
    Change, Command, Consignment, IdKind, LetterKind, Moment, OrderId, Outcome, TenantId, Timestamp, WorkingSet, decide,
};
use waybill_store::{Answer, Body, Error, Kept, Mark, Needs, Record, Writer, entries};

use crate::ids::{Drawer, Ids, Kind, Wanted};
use crate::{Begun, Done, Failure, Key, Left, draws, needs};

/// A command on its way, without who waits for it.
pub(crate) struct Task {
    pub(crate) tenant: TenantId,
    pub(crate) who: String,
    pub(crate) credential: String,
    pub(crate) key: Option<Key>,
    pub(crate) work: Work,
}

/// What a job asks for.
pub(crate) enum Work {
    /// `shown`: its caller shows what it leaves.
    Command { command: Arc<Command>, shown: bool },
    /// Keep what a door answered to the key.
    KeepBody(String),
}

impl Task {
    fn command(&self) -> Option<&Command> {
        match &self.work {
            Work::Command { command, .. } => Some(command),
            Work::KeepBody(_) => None,
        }
    }

    /// Whether its caller shows what it leaves.
    fn is_shown(&self) -> bool {
        matches!(self.work, Work::Command { shown: true, .. })
    }

    /// The key as the store knows it: with whose it is.
    fn store_key(&self) -> Option<(String, String)> {
        self.key.as_ref().map(|key| (self.credential.clone(), key.key.clone()))
    }

    /// What it is about, for the log.
    pub(crate) fn name_and_subject(&self) -> (&'static str, Option<String>) {
        match &self.work {
            Work::Command { command, .. } => command.name_and_subject(),
            Work::KeepBody(_) => ("keep an answer", self.key.as_ref().map(|key| key.key.clone())),
        }
    }
}

pub(crate) type Answers = Vec<Result<Done, Failure>>;

/// What became of a batch that is not committed yet.
pub(crate) struct Decided {
    pub(crate) answers: Answers,
    /// An audit entry that the batch wrote: where that is, the batch was committed.
    pub(crate) mark: Option<Mark>,
    /// The ids that it did not draw.
    pub(crate) rest: Drawer,
    #[cfg(test)]
    pub(crate) set: Option<WorkingSet>,
}

/// Why a batch was not decided.
pub(crate) enum Trouble {
    Store(Error),
    /// So many ids were not at hand.
    Ids(Wanted),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Store(error)
    }
}

/// Carries out a batch within a transaction that was begun. `kept` is given the ids that it takes out, as they are
/// before any is drawn: after a rollback they are as good as new.
pub(crate) fn carry_out(
    batch: &[Task],
    now: Timestamp,
    writer: &mut Writer,
    mailed: &BTreeSet<LetterKind>,
    ids: &Ids,
    kept: &mut Drawer,
) -> Result<Decided, Trouble> {
    let Loaded { mut sets, earlier } = load(batch, writer, mailed)?;
    if writer.is_on_new_connection() {
        ids.forget();
    }
    let mut drawer = carve(ids, wanted(batch, &sets), kept)?;
    let mut answers = Vec::with_capacity(batch.len());
    let mut acts: Vec<Act<'_>> = Vec::with_capacity(batch.len());
    for task in batch {
        let Some(command) = task.command() else {
            answers.push(Ok(Done {
                outcome: Outcome::Done,
                replayed: false,
                body: None,
                left: None,
                begun: Vec::new(),
            }));
            continue;
        };
        if let Some(answer) = earlier_answer(task, &acts, &earlier, now) {
            answers.push(answer);
            continue;
        }
        let set = sets.get_mut(&task.tenant).expect("each tenant of the batch has a set");
        let mut drawn: Vec<(Kind, i64)> = Vec::new();
        let mut draw = |kind: IdKind| {
            let kind = (task.tenant, kind);
            let id = drawer.draw(kind);
            drawn.push((kind, id));
            id
        };
        let about = needs::about(command, set);
        match decide(set, command, &mut Moment::new(now, &mut draw)) {
            Err(refusals) => {
                drawer.undraw(&drawn);
                answers.push(Err(Failure::Refused(refusals)));
            }
            Ok(decision) => {
                for change in &decision.changes {
                    set.apply(change);
                }
                let begun = decision.changes.iter().filter_map(begun).collect();
                let left = about.filter(|_| task.is_shown()).and_then(|order| left(set, order, &decision.changes));
                answers.push(Ok(Done { outcome: decision.outcome, replayed: false, body: None, left, begun }));
                let outcome = decision.outcome;
                let about = about.or(if let Outcome::Order(order) = outcome { Some(order) } else { None });
                acts.push(Act { task, command, about, changes: decision.changes, outcome });
            }
        }
    }
    let mark = record(batch, &acts, now, writer, ids, &mut drawer, kept)?;
    Ok(Decided {
        answers,
        mark,
        rest: drawer,
        #[cfg(test)]
        set: sets.into_values().next(),
    })
}

/// What a command leaves of its order.
fn left(set: &WorkingSet, order: OrderId, changes: &[Change]) -> Option<Box<Left>> {
    let consignments = changes.iter().filter_map(|change| match change {
        Change::ConsignmentMade(consignment) | Change::ConsignmentSaved(consignment) => {
            Some(Consignment::clone(consignment))
        }
        _ => None,
    });
    needs::order(set, order).map(|order| Box::new(Left { order: order.clone(), consignments: consignments.collect() }))
}

/// What a change begins outside.
fn begun(change: &Change) -> Option<Begun> {
    match change {
        Change::OperationBegun(operation) => Some(Begun::Operation(operation.id)),
        Change::ConsignmentMade(consignment) | Change::ConsignmentSaved(consignment) => {
            consignment.errand.map(|_| Begun::Booking(consignment.id))
        }
        _ => None,
    }
}

/// What a batch knows before it is decided.
struct Loaded {
    sets: BTreeMap<TenantId, WorkingSet>,
    /// What was answered to keys in earlier batches.
    earlier: BTreeMap<(TenantId, (String, String)), Kept>,
}

/// Loads what the commands of a batch need, in two steps. The second has the goods, which are locked after the
/// orders; and the answers, which by then nobody who has locked the same order can still add to.
fn load(batch: &[Task], writer: &mut Writer, mailed: &BTreeSet<LetterKind>) -> Result<Loaded, Error> {
    let mut loaded = Loaded { sets: BTreeMap::new(), earlier: BTreeMap::new() };
    let tenants: BTreeSet<TenantId> = batch.iter().map(|task| task.tenant).collect();
    let several = tenants.len() > 1;
    for tenant in tenants {
        let tasks = || batch.iter().filter(|task| task.tenant == tenant);
        let set = loaded.sets.entry(tenant).or_default();
        set.mailed.clone_from(mailed);
        let mut wanted = Needs::default();
        for command in tasks().filter_map(Task::command) {
            needs::first(command, &mut wanted);
        }
        writer.load(tenant, &wanted, set)?;
        let mut wanted = Needs::default();
        for task in tasks() {
            if let Some(command) = task.command() {
                needs::second(command, set, &mut wanted);
                wanted.answers.extend(task.store_key());
            }
        }
        // Numbers are locked after what is released, and so is all that other tenants need.
        wanted.released_in_turn = several || !wanted.numbers.is_empty();
        let answers = writer.load(tenant, &wanted, set)?;
        loaded.earlier.extend(answers.into_iter().map(|(key, kept)| ((tenant, key.clone()), kept)));
    }
    Ok(loaded)
}

/// The ids that the commands may draw.
fn wanted(batch: &[Task], sets: &BTreeMap<TenantId, WorkingSet>) -> Wanted {
    let mut wanted = Wanted::new();
    for task in batch {
        if let Some(command) = task.command() {
            let set = sets.get(&task.tenant).expect("each tenant of the batch has a set");
            let mut want = |kind, count| {
                let count = i64::try_from(count).expect("a request is not that long");
                *wanted.entry((task.tenant, kind)).or_insert(0) += count;
            };
            draws::most_ids(command, set, &mut want);
            // Lines that come to be in this batch may be on the documents of all others, or go to their locations.
            if let Command::ReviseOrder(ask) = command {
                for kind in [IdKind::ShipmentLine, IdKind::InvoiceLine, IdKind::CreditMemoLine, IdKind::SourceItem] {
                    want(kind, ask.more.len() * batch.len());
                }
            }
        }
    }
    wanted.retain(|_, count| *count > 0);
    wanted
}

fn carve(ids: &Ids, wanted: Wanted, kept: &mut Drawer) -> Result<Drawer, Trouble> {
    match ids.carve(&wanted) {
        Some(drawer) => {
            kept.join(drawer.clone());
            Ok(drawer)
        }
        None => Err(Trouble::Ids(wanted)),
    }
}

/// What was answered to the task's key before: earlier in this batch, or in an earlier one.
fn earlier_answer(
    task: &Task,
    acts: &[Act<'_>],
    earlier: &BTreeMap<(TenantId, (String, String)), Kept>,
    now: Timestamp,
) -> Option<Result<Done, Failure>> {
    let key = task.key.as_ref()?;
    let in_batch = acts.iter().find_map(|act| {
        let other = act.task.key.as_ref()?;
        let same = act.task.tenant == task.tenant && act.task.credential == task.credential && other.key == key.key;
        same.then_some((&other.fingerprint, act.outcome, None))
    });
    let (fingerprint, outcome, body) = match in_batch {
        Some(found) => found,
        None => {
            let kept = earlier.get(&(task.tenant, task.store_key()?)).filter(|kept| key.stands(kept, now))?;
            (&kept.fingerprint, kept.outcome, kept.body.clone())
        }
    };
    Some(if *fingerprint == key.fingerprint {
        Ok(Done { outcome, replayed: true, body, left: None, begun: Vec::new() })
    } else {
        Err(Failure::KeyMismatch)
    })
}

fn record(
    batch: &[Task],
    acts: &[Act<'_>],
    now: Timestamp,
    writer: &mut Writer,
    ids: &Ids,
    drawer: &mut Drawer,
    kept: &mut Drawer,
) -> Result<Option<Mark>, Trouble> {
    let records: Vec<Record<'_>> = acts
        .iter()
        .map(|one| {
            let (act, subject) = one.command.name_and_subject();
            Record {
                tenant: one.task.tenant,
                at: now,
                who: &one.task.who,
                act,
                subject: subject.or_else(|| subject_of(one.outcome)),
                changes: &one.changes,
                answer: one.task.key.as_ref().map(|key| Answer {
                    order: one.about,
                    anew: key.derived.is_some(),
                    ..Answer::new(&one.task.credential, &key.key, &key.fingerprint, one.outcome)
                }),
            }
        })
        .collect();
    let bodies: Vec<Body<'_>> = batch
        .iter()
        .filter_map(|task| match (&task.work, &task.key) {
            (Work::KeepBody(body), Some(key)) => {
                Some(Body { tenant: task.tenant, credential: &task.credential, key: &key.key, body })
            }
            (Work::KeepBody(_) | Work::Command { .. }, _) => None,
        })
        .collect();
    let mut wanted = Wanted::new();
    for record in &records {
        *wanted.entry((record.tenant, IdKind::Entry)).or_insert(0) +=
            i64::try_from(entries(record)).expect("entries are few");
    }
    drawer.join(carve(ids, wanted, kept)?);
    Ok(writer.record(&records, &bodies, &mut |tenant| drawer.draw((tenant, IdKind::Entry)))?)
}

/// A command with what it made true.
struct Act<'a> {
    task: &'a Task,
    command: &'a Command,
    /// The order that it is about.
    about: Option<OrderId>,
    changes: Vec<Change>,
    outcome: Outcome,
}

/// What a new thing is called in the audit trail.
fn subject_of(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Order(id) => Some(id.to_string()),
        Outcome::Stock(id) => Some(id.to_string()),
        Outcome::Shipment { id, .. } => Some(id.to_string()),
        Outcome::Invoice(id) => Some(id.to_string()),
        Outcome::CreditMemo(id) => Some(id.to_string()),
        Outcome::Track(id) => Some(id.to_string()),
        Outcome::Consignment(id) => Some(id.to_string()),
        Outcome::Comment(id) => Some(id.to_string()),
        Outcome::Letter(id) => Some(id.to_string()),
        Outcome::User(id) => Some(id.to_string()),
        Outcome::Awaits(id) | Outcome::Declined(id) => Some(id.to_string()),
        Outcome::Done | Outcome::NotPossible(_) | Outcome::Count(_) | Outcome::SignInFailed => None,
    }
}
