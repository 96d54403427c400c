//! Shipments and what locations do of orders, as rows.

use waybill_domain::{FulfilmentOrder, Paid, Row, Shipment, ShipmentLine, ShipmentLineId};

use super::Rows;
use crate::extra;
use crate::sql::Value;
use crate::tables::{
    FULFILMENT, FULFILMENT_GONE, FULFILMENT_ROW, FULFILMENT_ROW_GONE, FULFILMENT_ROWS_GONE, SHIPMENT, SHIPMENT_LINE,
    SHIPMENT_LINE_GONE, SHIPMENT_LINE_SAVED, SHIPMENT_STANDS,
};

impl<'a> Rows<'_, 'a> {
    pub(super) fn shipment(&mut self, shipment: &'a Shipment) {
        let Shipment {
            id,
            order,
            sequence,
            store,
            number,
            source,
            total,
            lines,
            tracks,
            ready_at,
            left_at,
            paid,
            costs,
            deducted,
            extra: more,
            created_at,
            updated_at,
        } = shipment;
        let [paid, invoice] = paid_values(*paid);
        self.push(
            &SHIPMENT,
            [
                id.0.into(),
                order.0.into(),
                (*sequence).into(),
                store.0.into(),
                number.as_str().into(),
                source.0.as_str().into(),
                total.0.into(),
                ready_at.map(|at| at.0).into(),
                left_at.map(|at| at.0).into(),
                paid,
                invoice,
                (*costs).into(),
                (*deducted).into(),
                extra::write(more).into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
        for line in lines {
            self.push(&SHIPMENT_LINE, line_values(id.0, line));
        }
        for track in tracks {
            self.track(track);
        }
    }

    /// What of a shipment can change; its tracks have changes of their own.
    pub(super) fn shipment_saved(&mut self, shipment: &'a Shipment, gone: &'a [ShipmentLineId]) {
        let Shipment {
            id,
            order: _,
            sequence: _,
            store: _,
            number: _,
            source: _,
            total,
            lines,
            tracks: _,
            ready_at,
            left_at,
            paid,
            costs: _,
            deducted,
            extra: more,
            created_at: _,
            updated_at,
        } = shipment;
        for line in gone {
            self.push(&SHIPMENT_LINE_GONE, [id.0.into(), line.0.into()]);
        }
        let [paid, invoice] = paid_values(*paid);
        self.push(
            &SHIPMENT_STANDS,
            [
                id.0.into(),
                total.0.into(),
                ready_at.map(|at| at.0).into(),
                left_at.map(|at| at.0).into(),
                paid,
                invoice,
                (*deducted).into(),
                extra::write(more).into(),
                updated_at.0.into(),
            ],
        );
        for line in lines {
            self.push(&SHIPMENT_LINE_SAVED, line_values(id.0, line));
        }
    }

    /// A fulfilment order that had so many rows.
    pub(super) fn fulfilment(&mut self, order: i64, fulfilment: &'a FulfilmentOrder, had: usize) {
        let FulfilmentOrder { id, reference, location, method, extra: more, rows, created_at, updated_at } = fulfilment;
        for position in rows.len()..had {
            self.push(&FULFILMENT_ROW_GONE, [order.into(), id.0.into(), place(position)]);
        }
        self.push(
            &FULFILMENT,
            [
                order.into(),
                id.0.into(),
                reference.into(),
                location.as_ref().map(|location| location.0.as_str()).into(),
                method.as_str().into(),
                extra::write(more).into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
        for (position, row) in rows.iter().enumerate() {
            let Row { item, quantity, stage, shipment, reference, consignments, reason, cancelled_at, left } = row;
            let consignments: Vec<String> = consignments.iter().map(ToString::to_string).collect();
            self.push(
                &FULFILMENT_ROW,
                [
                    order.into(),
                    id.0.into(),
                    place(position),
                    item.0.into(),
                    quantity.0.into(),
                    stage.as_str().into(),
                    shipment.map(|shipment| shipment.0).into(),
                    reference.into(),
                    consignments.join(",").into(),
                    reason.into(),
                    cancelled_at.map(|at| at.0).into(),
                    (*left).into(),
                ],
            );
        }
    }

    pub(super) fn fulfilment_gone(&mut self, order: i64, fulfilment: i64) {
        self.push(&FULFILMENT_ROWS_GONE, [order.into(), fulfilment.into()]);
        self.push(&FULFILMENT_GONE, [order.into(), fulfilment.into()]);
    }
}

fn place<'a>(position: usize) -> Value<'a> {
    i64::try_from(position).expect("an order has few rows").into()
}

fn line_values<'a>(shipment: i64, line: &ShipmentLine) -> [Value<'a>; 5] {
    let ShipmentLine { id, item, quantity, extra: more } = line;
    [shipment.into(), id.0.into(), item.0.into(), quantity.0.into(), extra::write(more).into()]
}

/// As the columns `paid` and `invoice` say it.
fn paid_values<'a>(paid: Paid) -> [Value<'a>; 2] {
    match paid {
        Paid::No => [0.into(), Value::Null],
        Paid::Elsewhere => [1.into(), Value::Null],
        Paid::By(invoice) => [2.into(), invoice.0.into()],
    }
}
