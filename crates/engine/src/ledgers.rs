//! The ledgers of the sandboxes in the database, where nobody gives them others.

use std::sync::Mutex;

use waybill_domain::{CarrierEntry, LedgerEntry};
use waybill_outside::{carrier, payment};
use waybill_store::{CarrierLedger, Location, RehearsalLedger, Result as StoreResult};

/// A ledger in the database; opened when it is first used.
pub(crate) struct StoredLedger<L> {
    location: Location,
    open: fn(&Location) -> StoreResult<L>,
    ledger: Mutex<Option<L>>,
}

impl<L> StoredLedger<L> {
    fn write(&self, write: impl FnOnce(&L) -> StoreResult<()>) -> Result<(), String> {
        let mut ledger = self.ledger.lock().expect("nobody panics with it");
        let opened = match ledger.take() {
            Some(open) => Ok(open),
            None => (self.open)(&self.location),
        };
        let opened = opened.map_err(|error| error.to_string())?;
        // One that failed is opened anew.
        write(&opened).map_err(|error| error.to_string())?;
        *ledger = Some(opened);
        Ok(())
    }
}

impl StoredLedger<RehearsalLedger> {
    /// The sandbox gateway's.
    pub(crate) fn of_gateway(location: Location) -> Self {
        StoredLedger { location, open: RehearsalLedger::open, ledger: Mutex::new(None) }
    }
}

impl StoredLedger<CarrierLedger> {
    /// The sandbox carrier's.
    pub(crate) fn of_carrier(location: Location) -> Self {
        StoredLedger { location, open: CarrierLedger::open, ledger: Mutex::new(None) }
    }
}

impl payment::rehearsal::Ledger for StoredLedger<RehearsalLedger> {
    fn write(
        &self,
        authorisation: &str,
        decide: &mut dyn FnMut(&[LedgerEntry]) -> Option<LedgerEntry>,
    ) -> Result<(), String> {
        self.write(|ledger| ledger.write(authorisation, decide))
    }
}

impl carrier::rehearsal::Ledger for StoredLedger<CarrierLedger> {
    fn write(
        &self,
        tracking: &str,
        decide: &mut dyn FnMut(&[CarrierEntry]) -> Option<CarrierEntry>,
    ) -> Result<(), String> {
        self.write(|ledger| ledger.write(tracking, decide))
    }
}
