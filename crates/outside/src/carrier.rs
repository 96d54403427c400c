//! Carriers: a file for each. What is asked and answered is the domain's.

pub mod rehearsal;

use waybill_domain::{Carrier, CarrierAnswer, CarrierRequest, Timestamp};

use rehearsal::Rehearsal;

/// The carriers that this program can ask.
#[derive(Clone)]
pub struct Carriers {
    pub rehearsal: Rehearsal,
}

impl Carriers {
    /// Asks for something, for the first time or again under the same key.
    pub async fn carry_out(&self, carrier: Carrier, request: &CarrierRequest, now: Timestamp) -> CarrierAnswer {
        match carrier {
            Carrier::Own => CarrierAnswer::Unknown { why: "the shop's own carrier is not one to ask".to_owned() },
            Carrier::Rehearsal => {
                // The sandbox's ledger may be a file: it is asked on a thread that may block.
                let (sandbox, request) = (self.rehearsal.clone(), request.clone());
                let asked = tokio::task::spawn_blocking(move || sandbox.carry_out(&request, now)).await;
                asked.expect("the sandbox does not panic, and the runtime ends after its requests")
            }
        }
    }
}
