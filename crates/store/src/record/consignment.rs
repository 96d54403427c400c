//! Consignments and carrier accounts as rows.

use waybill_domain::{CarrierAccount, Consignment, Errand};

use super::Rows;
use crate::tables::{CARRIER_ACCOUNT, CONSIGNMENT, ERRAND, ERRAND_OF_SUBJECT_GONE};
use crate::{booking, extra};

impl<'a> Rows<'_, 'a> {
    /// A consignment with its errand: the one it had is over where it has none.
    pub(super) fn consignment(&mut self, consignment: &'a Consignment, is_new: bool) {
        let Consignment {
            id,
            order,
            fulfilment,
            reference,
            order_reference,
            stage,
            carrier,
            account,
            prebooked,
            tracking,
            label,
            labelled,
            attempts,
            errand,
            unwanted,
            faults,
            milestones,
            extra: more,
            created_at,
            updated_at,
        } = consignment;
        let (kind, subject) = Errand::Carry(*id).kind_and_subject();
        if !is_new {
            self.push(&ERRAND_OF_SUBJECT_GONE, [kind.into(), subject.into()]);
        }
        self.push(
            &CONSIGNMENT,
            [
                id.0.into(),
                order.map(|order| order.0).into(),
                fulfilment.map(|fulfilment| fulfilment.0).into(),
                reference.as_str().into(),
                order_reference.as_str().into(),
                stage.as_str().into(),
                carrier.map(|carrier| carrier.as_str()).into(),
                account.into(),
                (*prebooked).into(),
                tracking.into(),
                label.into(),
                (*labelled).into(),
                (*attempts).into(),
                errand.map(|errand| errand.0).into(),
                (*unwanted).into(),
                booking::write_faults(faults).into(),
                booking::write_milestones(milestones).into(),
                extra::write(more).into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
        if let Some(errand) = errand {
            self.push(&ERRAND, [errand.0.into(), kind.into(), subject.into(), updated_at.0.into()]);
        }
    }

    pub(super) fn carrier_account(&mut self, account: &'a CarrierAccount) {
        let CarrierAccount { id, name, carrier, active, extra: more, created_at } = account;
        self.push(
            &CARRIER_ACCOUNT,
            [
                id.as_str().into(),
                name.as_str().into(),
                carrier.as_str().into(),
                (*active).into(),
                extra::write(more).into(),
                created_at.0.into(),
            ],
        );
    }
}
