//! What must be true of carriers' labels (invariants E1 and E3).

use waybill_domain::{Carrier, CarrierEntry, Consignment, ConsignmentId, ConsignmentStage};

use super::check::{Checked, Seen, hold};

impl Seen {
    fn consignments(&self) -> impl Iterator<Item = &Consignment> {
        self.set.consignments.values().flatten()
    }

    /// Those of which a carrier is being asked something.
    pub(super) fn at_carriers(&self) -> Vec<ConsignmentId> {
        self.consignments().filter(|found| found.errand.is_some()).map(|found| found.id).collect()
    }

    /// What the carrier has given out under this number.
    fn given_out(&self, tracking: &str) -> Option<&CarrierEntry> {
        let is_booked = |entry: &&CarrierEntry| entry.kind == "book" && matches!(entry.state.as_str(), "done" | "late");
        self.labels.iter().filter(is_booked).find(|entry| entry.tracking == tracking)
    }

    /// The same, where it has not taken it back.
    fn label(&self, tracking: &str) -> Option<&CarrierEntry> {
        let is_back = self
            .labels
            .iter()
            .any(|entry| entry.tracking == tracking && entry.kind == "cancel" && entry.state == "done");
        self.given_out(tracking).filter(|_| !is_back)
    }

    /// The consignment and the attempt that a key stands for.
    fn of_key(&self, entry: &CarrierEntry) -> Option<&Consignment> {
        let rest = entry.key.strip_prefix(&self.prefix)?.strip_prefix("-c")?;
        let (id, rest) = rest.split_once('-')?;
        let (attempt, kind) = rest.split_once('-')?;
        let (id, attempt) = (ConsignmentId(id.parse().ok()?), attempt.parse::<i64>().ok()?);
        let found = self.consignments().find(|found| found.id == id)?;
        (kind == entry.kind && (1..=found.attempts).contains(&attempt)).then_some(found)
    }
}

/// At every moment.
pub(super) fn check(now: &Seen) -> Checked {
    for entry in &now.labels {
        hold(now.of_key(entry).is_some(), "E1: intent is committed before a carrier is asked", || {
            format!("{entry:?}")
        })?;
    }
    for found in now.consignments() {
        let tracking = found.tracking.as_deref().unwrap_or("");
        let about = || format!("{found:?}\nat the carrier: {:?}", at_carrier(now, tracking));
        if found.labelled {
            let there = now.given_out(tracking).is_some();
            hold(found.carrier == Some(Carrier::Rehearsal) && there, "E3: a label here is one there", about)?;
        }
        let is_asked = found.errand.is_some();
        hold(found.stage != ConsignmentStage::Pending || is_asked, "E1: what is pending is seen to", about)?;
    }
    Ok(())
}

/// At rest: nobody is asked anything, and each label there is one here, on something that lives; or the carrier keeps it,
/// and says so.
pub(super) fn at_rest(now: &Seen) -> Checked {
    hold(now.at_carriers().is_empty(), "E1: everything heals without a person", || {
        format!("{:?} are at their carriers", now.at_carriers())
    })?;
    for entry in now.labels.iter().filter(|entry| entry.kind == "book" && now.label(&entry.tracking).is_some()) {
        let here =
            now.consignments().find(|found| found.labelled && found.tracking.as_deref() == Some(&entry.tracking));
        hold(here.is_some(), "E3: a label there is one here", || format!("{entry:?}\nof {:?}", now.of_key(entry)))?;
    }
    for found in now.consignments().filter(|found| found.labelled) {
        let tracking = found.tracking.as_deref().unwrap_or("");
        let about = || format!("{found:?}\nat the carrier: {:?}", at_carrier(now, tracking));
        hold(now.label(tracking).is_some(), "E3: a label here is one there", about)?;
        let is_kept = found.faults.iter().any(|fault| fault.by_carrier);
        hold(found.is_live() || is_kept, "E3: each label is on a live consignment, or given back", about)?;
    }
    Ok(())
}

fn at_carrier<'a>(now: &'a Seen, tracking: &str) -> Vec<&'a CarrierEntry> {
    now.labels.iter().filter(|entry| entry.tracking == tracking).collect()
}
