//! What is asked of others, as rows: payments, what gateways are asked, and letters. Each comes with its errand.

use waybill_domain::{DocumentId, Errand, Letter, Operation, Payment, Wish};

use super::Rows;
use crate::plan;
use crate::sql::Value;
use crate::tables::{ERRAND, ERRAND_GONE, LETTER, LETTER_SETTLED, OPERATION, OPERATION_SETTLED, PAYMENT, WAITS};

/// How long whoever wants an operation has to see to it, before its errand is due.
const GRACE_MS: i64 = 10_000;

impl<'a> Rows<'_, 'a> {
    pub(super) fn payment(&mut self, payment: &'a Payment) {
        let Payment {
            order,
            gateway,
            instrument,
            customer,
            stage,
            authorisation,
            authorised,
            until,
            captured,
            failed,
            refunded,
            warned,
        } = payment;
        self.push(
            &PAYMENT,
            [
                order.0.into(),
                gateway.as_str().into(),
                instrument.into(),
                customer.into(),
                stage.as_str().into(),
                authorisation.into(),
                authorised.0.into(),
                until.map(|until| until.0).into(),
                captured.0.into(),
                failed.0.into(),
                refunded.0.into(),
                (*warned).into(),
            ],
        );
    }

    /// What is to be asked of a gateway, with the errand that sees to it if whoever wants it does not.
    pub(super) fn operation(&mut self, operation: &'a Operation) {
        let Operation {
            id,
            order,
            errand,
            wish,
            amount,
            of,
            last,
            state,
            reference: _,
            made: _,
            invoice: _,
            reason: _,
            created_at,
            settled_at: _,
        } = operation;
        // Whose goods lie ready: a shipment that is not there yet, or has not left.
        let shipment = match wish {
            Wish::Ship { shipment, .. } => Some(shipment.0),
            Wish::Complete(ask) => Some(ask.shipment.0),
            Wish::Authorise | Wish::Invoice(_) | Wish::Pay(_) | Wish::Void | Wish::Refund(_) => None,
        };
        self.push(
            &OPERATION,
            [
                id.0.into(),
                order.0.into(),
                errand.0.into(),
                wish.as_str().into(),
                plan::write(wish).into(),
                amount.0.into(),
                of.into(),
                (*last).into(),
                state.as_str().into(),
                shipment.into(),
                created_at.0.into(),
            ],
        );
        let (kind, subject) = Errand::Settle(*id).kind_and_subject();
        let due = created_at.0 + GRACE_MS;
        self.push(&ERRAND, [errand.0.into(), kind.into(), subject.into(), due.into()]);
        self.push(&WAITS, [order.0.into(), id.0.into()]);
    }

    pub(super) fn operation_settled(&mut self, operation: &'a Operation) {
        let Operation {
            id,
            order,
            errand,
            wish: _,
            amount,
            of: _,
            last: _,
            state,
            reference,
            made,
            invoice,
            reason,
            created_at: _,
            settled_at,
        } = operation;
        let (shipment, memo) = match made {
            None | Some(DocumentId::Invoice(_)) => (None, None),
            Some(DocumentId::Shipment(id)) => (Some(id.0), None),
            Some(DocumentId::CreditMemo(id)) => (None, Some(id.0)),
        };
        let invoice = invoice.map(|invoice| invoice.0);
        self.push(
            &OPERATION_SETTLED,
            [
                id.0.into(),
                amount.0.into(),
                state.as_str().into(),
                reference.into(),
                shipment.into(),
                invoice.into(),
                memo.into(),
                reason.into(),
                settled_at.map(|at| at.0).into(),
            ],
        );
        self.push(&ERRAND_GONE, [errand.0.into()]);
        self.push(&WAITS, [order.0.into(), Value::Null]);
    }

    /// A letter, with the errand that sends it.
    pub(super) fn letter(&mut self, letter: &'a Letter) {
        let Letter {
            id,
            errand,
            kind,
            order,
            document: _,
            comment,
            recipient,
            again,
            state,
            reason: _,
            created_at,
            settled_at: _,
        } = letter;
        self.push(
            &LETTER,
            [
                id.0.into(),
                errand.0.into(),
                kind.as_str().into(),
                order.0.into(),
                letter.subject().into(),
                comment.map(|comment| comment.0).into(),
                letter.event().into(),
                recipient.as_str().into(),
                if *again { id.0 } else { 0 }.into(),
                state.as_str().into(),
                created_at.0.into(),
            ],
        );
        let (kind, subject) = Errand::Mail(*id).kind_and_subject();
        self.push(&ERRAND, [errand.0.into(), kind.into(), subject.into(), created_at.0.into()]);
    }

    pub(super) fn letter_settled(&mut self, letter: &'a Letter) {
        let Letter {
            id,
            errand,
            kind: _,
            order: _,
            document: _,
            comment: _,
            recipient,
            again: _,
            state,
            reason,
            created_at: _,
            settled_at,
        } = letter;
        let settled_at = settled_at.map(|at| at.0).into();
        let recipient = recipient.as_str().into();
        self.push(&LETTER_SETTLED, [id.0.into(), recipient, state.as_str().into(), reason.into(), settled_at]);
        self.push(&ERRAND_GONE, [errand.0.into()]);
    }
}
