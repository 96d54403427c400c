//! Consignments, and accounts with carriers.

use waybill_domain::{
    Carrier, CarrierAccount, Consignment, ConsignmentId, ConsignmentStage, ErrandId, FulfilmentOrderId,
    MOST_REFERENCES, OrderId, TenantId, Timestamp,
};

use super::{first, named};
use crate::database::Thing;
use crate::sql::{Row, Value};
use crate::{Result, booking, extra};

/// A consignment: tenant and id.
pub(crate) static CONSIGNMENT: Thing<1, Option<Consignment>> = Thing {
    texts: [
        "select id, order_id, fulfilment, reference, order_reference, stage, carrier, account, prebooked, tracking, \
             label, labelled, attempts, errand, unwanted, faults, milestones, extra, created_at, updated_at \
             from consignments where tenant = ?1 and id = ?2",
    ],
    read: |[rows]| first(rows).map(consignment_of).transpose(),
};

/// The consignments of an order, in the order in which they were made: tenant and order.
pub(crate) static CONSIGNMENTS_OF: Thing<1, Vec<Consignment>> = Thing {
    texts: [
        "select id, order_id, fulfilment, reference, order_reference, stage, carrier, account, prebooked, tracking, \
             label, labelled, attempts, errand, unwanted, faults, milestones, extra, created_at, updated_at \
             from consignments where tenant = ?1 and order_id = ?2 order by id",
    ],
    read: |[rows]| rows.into_iter().map(consignment_of).collect(),
};

fn consignment_of(mut row: Row) -> Result<Consignment> {
    Ok(Consignment {
        id: ConsignmentId(row.int()),
        order: row.int_or_null().map(OrderId),
        fulfilment: row.int_or_null().map(FulfilmentOrderId),
        reference: row.text(),
        order_reference: row.text(),
        stage: named("stage of a consignment", &row.text(), ConsignmentStage::parse)?,
        carrier: row.text_or_null().map(|text| named("carrier", &text, Carrier::parse)).transpose()?,
        account: row.text_or_null(),
        prebooked: row.flag(),
        tracking: row.text_or_null(),
        label: row.text_or_null(),
        labelled: row.flag(),
        attempts: row.int(),
        errand: row.int_or_null().map(ErrandId),
        unwanted: row.flag(),
        faults: named("list of faults", &row.text(), booking::read_faults)?,
        milestones: named("list of milestones", &row.text(), booking::read_milestones)?,
        extra: extra::read(&row.text()),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
    })
}

/// How many references are looked for at once: as many as may be tried for a consignment.
const REFERENCES_AT_ONCE: usize = MOST_REFERENCES;

/// Which of these references consignments have: tenant and references.
pub(crate) static REFERENCES_TAKEN: Thing<1, Vec<String>> = Thing {
    texts: ["select reference from consignments where tenant = ?1 and reference in (?2, ?3, ?4, ?5, ?6)"],
    read: |[rows]| Ok(rows.into_iter().map(|mut row| row.text()).collect()),
};

/// What is asked for these references, all of them in few keys: one may be in a key twice.
pub(crate) fn reference_keys<'a>(tenant: TenantId, references: &[&'a String]) -> Vec<Vec<Value<'a>>> {
    let key = |some: &[&'a String]| {
        let filled = some.iter().copied().cycle().take(REFERENCES_AT_ONCE);
        std::iter::once(tenant.0.into()).chain(filled.map(|text| text.as_str().into())).collect()
    };
    references.chunks(REFERENCES_AT_ONCE).map(key).collect()
}

/// The consignment that goes by a number, as [`waybill_domain::Consignment::keeps_number`] has it: tenant and number.
pub(crate) static TRACKING: Thing<1, Option<ConsignmentId>> = Thing {
    texts: ["select id from consignments where tenant = ?1 and tracking = ?2 \
             and (labelled = 1 or stage not in ('cancelled', 'cancelled_by_carrier')) order by id limit 1"],
    read: |[rows]| Ok(first(rows).map(|mut row| ConsignmentId(row.int()))),
};

/// An account with a carrier: tenant and id.
pub(crate) static CARRIER_ACCOUNT: Thing<1, Option<CarrierAccount>> = Thing {
    texts: ["select id, name, carrier, active, extra, created_at from carrier_accounts where tenant = ?1 and id = ?2"],
    read: |[rows]| first(rows).map(carrier_account_of).transpose(),
};

/// All of a tenant's accounts.
pub(crate) static CARRIER_ACCOUNTS: Thing<1, Vec<CarrierAccount>> = Thing {
    texts: ["select id, name, carrier, active, extra, created_at from carrier_accounts where tenant = ?1 \
             order by created_at, id"],
    read: |[rows]| rows.into_iter().map(carrier_account_of).collect(),
};

fn carrier_account_of(mut row: Row) -> Result<CarrierAccount> {
    Ok(CarrierAccount {
        id: row.text(),
        name: row.text(),
        carrier: named("carrier", &row.text(), Carrier::parse)?,
        active: row.flag(),
        extra: extra::read(&row.text()),
        created_at: Timestamp(row.int()),
    })
}
