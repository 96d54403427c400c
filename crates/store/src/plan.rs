//! What an operation is for, as JSON text in a column: it is read once, when the gateway has answered.

use serde_json::{Map, Value, json};
use waybill_domain::{
    Amount, Capture, CommentDraft, CompleteShipment, ConsignmentId, Costs, DeliveryMethod, Demand, Departure, Excess,
    Extra, FulfilmentOrder, FulfilmentOrderId, InvoiceId, InvoiceOrder, ItemId, Lines, Notify, OrderId, Quantity,
    RefundOrder, Row, RowStage, ShipOrder, ShipmentId, Shipping, SourceChoice, SourceCode, Timestamp, TrackDraft, Wish,
};

use crate::{Error, Result, extra};

/// The plan of a wish; [`read`] needs its kind too.
pub(crate) fn write(wish: &Wish) -> String {
    match wish {
        Wish::Authorise | Wish::Void => json!({}),
        Wish::Pay(invoice) => json!({"invoice": invoice.0}),
        Wish::Invoice(ask) => invoice(ask),
        Wish::Ship { ask, source, shipment, before } => ship(ask, source, *shipment, before.as_deref()),
        Wish::Complete(ask) => complete(ask),
        Wish::Refund(ask) => refund(ask),
    }
    .to_string()
}

/// Reads what [`write`] wrote.
pub(crate) fn read(kind: &str, text: &str, order: OrderId) -> Result<Wish> {
    let corrupt = || Error::Corrupt(format!("the plan of an operation of order {order} cannot be read: {kind} {text}"));
    let value: Value = serde_json::from_str(text).map_err(|_| corrupt())?;
    let plan = Plan(value.as_object().ok_or_else(corrupt)?);
    Ok(match kind {
        "authorise" => Wish::Authorise,
        "void" => Wish::Void,
        "pay" => Wish::Pay(InvoiceId(plan.int("invoice").ok_or_else(corrupt)?)),
        "invoice" => Wish::Invoice(InvoiceOrder {
            order,
            lines: plan.lines(),
            shipping: if plan.flag("without_shipping").unwrap_or(false) { Shipping::Not } else { Shipping::WithFirst },
            capture: true,
            comment: plan.comment(),
            notify: plan.notify(),
        }),
        "ship" => Wish::Ship {
            source: SourceCode(plan.text("source").ok_or_else(corrupt)?),
            shipment: ShipmentId(plan.int("shipment").ok_or_else(corrupt)?),
            before: plan.before().map_err(|_| corrupt())?,
            ask: Box::new(plan.ship(order)),
        },
        "complete" => Wish::Complete(Box::new(plan.complete(order).ok_or_else(corrupt)?)),
        "refund" => Wish::Refund(plan.refund(order)),
        _ => return Err(corrupt()),
    })
}

fn invoice(ask: &InvoiceOrder) -> Value {
    let InvoiceOrder { order: _, lines, shipping, capture: _, comment, notify } = ask;
    json!({
        "lines": lines_value(lines),
        "without_shipping": *shipping == Shipping::Not,
        "comment": comment_value(comment),
        "notify": notify_text(*notify),
    })
}

fn ship(ask: &ShipOrder, source: &SourceCode, shipment: ShipmentId, before: Option<&[FulfilmentOrder]>) -> Value {
    let ShipOrder {
        order: _,
        lines,
        source: _,
        excess,
        capture: _,
        departure,
        costs,
        demand,
        // A shipment of one fulfilment order asks no gateway.
        fulfilment: _,
        reference: _,
        tracks,
        comment,
        notify,
        extra: more,
        line_extra,
    } = ask;
    let (packed, ready, sent) = match departure {
        Departure::Now | Departure::Fulfilled { .. } => (false, true, true),
        Departure::Complete { ready, sent } => (true, *ready, *sent),
    };
    json!({
        "lines": lines_value(lines),
        "strict": *excess == Excess::Refuse,
        "packed": packed,
        "ready": ready,
        "sent": sent,
        "rest_of_costs": *costs == Costs::Rest,
        "demand": *demand == Demand::Allocate,
        "tracks": tracks_value(tracks),
        "comment": comment_value(comment),
        "notify": notify_text(*notify),
        "extra": extra::write(more),
        "line_extra": extra::write_items(line_extra),
        "source": source.0,
        "shipment": shipment.0,
        "before": before.map(|before| before.iter().map(fulfilment_value).collect::<Vec<_>>()),
    })
}

fn fulfilment_value(fulfilment: &FulfilmentOrder) -> Value {
    let FulfilmentOrder { id, reference, location, method, extra: more, rows, created_at, updated_at } = fulfilment;
    json!({
        "id": id.0,
        "reference": reference,
        "location": location.as_ref().map(|location| &location.0),
        "method": method.as_str(),
        "extra": extra::write(more),
        "rows": rows.iter().map(row_value).collect::<Vec<_>>(),
        "created_at": created_at.0,
        "updated_at": updated_at.0,
    })
}

fn row_value(row: &Row) -> Value {
    let Row { item, quantity, stage, shipment, reference, consignments, reason, cancelled_at, left } = row;
    json!({
        "item": item.0,
        "quantity": quantity.0,
        "stage": stage.as_str(),
        "shipment": shipment.map(|shipment| shipment.0),
        "reference": reference,
        "consignments": consignments.iter().map(|consignment| consignment.0).collect::<Vec<_>>(),
        "reason": reason,
        "cancelled_at": cancelled_at.map(|at| at.0),
        "left": left,
    })
}

fn complete(ask: &CompleteShipment) -> Value {
    let CompleteShipment { order: _, shipment, ready, sent, capture: _, tracks, extra: more, note, notify } = ask;
    json!({
        "shipment": shipment.0,
        "ready": ready,
        "sent": sent,
        "tracks": tracks_value(tracks),
        "extra": extra::write(more),
        "comment": comment_value(note),
        "notify": notify_text(*notify),
    })
}

fn tracks_value(tracks: &[TrackDraft]) -> Value {
    let one = |TrackDraft { number, title, carrier, description, weight, quantity }: &TrackDraft| {
        json!({
            "number": number, "title": title, "carrier": carrier, "description": description,
            "weight": weight.map(|weight| weight.0), "quantity": quantity.map(|quantity| quantity.0),
        })
    };
    tracks.iter().map(one).collect()
}

fn refund(ask: &RefundOrder) -> Value {
    let RefundOrder {
        order: _,
        invoice,
        lines,
        online,
        shipping,
        adjustment_positive,
        adjustment_negative,
        return_to_stock,
        total,
        comment,
        notify,
    } = ask;
    json!({
        "invoice": invoice.map(|invoice| invoice.0),
        "lines": lines_value(lines),
        "online": online,
        "shipping": shipping.map(|shipping| shipping.0),
        "adjustment_positive": adjustment_positive.0,
        "adjustment_negative": adjustment_negative.0,
        "return_to_stock": return_to_stock.iter().map(|item| item.0).collect::<Vec<_>>(),
        "total": total.map(|total| total.0),
        "comment": comment_value(comment),
        "notify": notify_text(*notify),
    })
}

fn lines_value(lines: &Lines) -> Value {
    lines.iter().map(|(item, quantity)| json!([item.0, quantity.0])).collect()
}

fn notify_text(notify: Notify) -> &'static str {
    match notify {
        Notify::No => "no",
        Notify::Yes => "yes",
        Notify::WithComment => "with comment",
    }
}

fn comment_value(comment: &Option<CommentDraft>) -> Value {
    comment.as_ref().map_or(Value::Null, |CommentDraft { text, notified, visible_on_front }| {
        json!({"text": text, "notified": notified, "visible": visible_on_front})
    })
}

/// A plan that is read: what is not there says nothing.
struct Plan<'a>(&'a Map<String, Value>);

impl Plan<'_> {
    fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    fn lines(&self) -> Lines {
        let pair = |value: &Value| Some((ItemId(value.get(0)?.as_i64()?), Quantity(value.get(1)?.as_i64()?)));
        self.list("lines").filter_map(pair).collect()
    }

    fn comment(&self) -> Option<CommentDraft> {
        let comment = Plan(self.0.get("comment")?.as_object()?);
        Some(CommentDraft {
            text: comment.text("text"),
            notified: comment.flag("notified"),
            visible_on_front: comment.flag("visible").unwrap_or(false),
        })
    }

    fn notify(&self) -> Notify {
        match self.text("notify").as_deref() {
            Some("yes") => Notify::Yes,
            Some("with comment") => Notify::WithComment,
            Some(_) | None => Notify::No,
        }
    }

    fn tracks(&self) -> Vec<TrackDraft> {
        let track = |value: &Value| {
            let track = Plan(value.as_object()?);
            Some(TrackDraft {
                number: track.text("number")?,
                title: track.text("title"),
                carrier: track.text("carrier")?,
                description: track.text("description"),
                weight: track.int("weight").map(Amount),
                quantity: track.int("quantity").map(Quantity),
            })
        };
        self.list("tracks").filter_map(track).collect()
    }

    fn complete(&self, order: OrderId) -> Option<CompleteShipment> {
        Some(CompleteShipment {
            order,
            shipment: ShipmentId(self.int("shipment")?),
            ready: self.flag("ready"),
            sent: self.flag("sent"),
            capture: Capture::Required,
            tracks: self.tracks(),
            extra: self.text("extra").map_or_else(Extra::new, |text| extra::read(&text)),
            note: self.comment(),
            notify: self.notify(),
        })
    }

    fn ship(&self, order: OrderId) -> ShipOrder {
        let flag = |name: &str| self.flag(name).unwrap_or(false);
        ShipOrder {
            order,
            lines: self.lines(),
            source: SourceChoice::Named(SourceCode(self.text("source").unwrap_or_default())),
            excess: if flag("strict") { Excess::Refuse } else { Excess::Trim },
            capture: Capture::Required,
            departure: if flag("packed") {
                Departure::Complete { ready: flag("ready"), sent: flag("sent") }
            } else {
                Departure::Now
            },
            costs: if flag("rest_of_costs") { Costs::Rest } else { Costs::All },
            demand: if flag("demand") { Demand::Allocate } else { Demand::Refuse },
            fulfilment: None,
            reference: None,
            tracks: self.tracks(),
            comment: self.comment(),
            notify: self.notify(),
            extra: self.text("extra").map_or_else(Extra::new, |text| extra::read(&text)),
            line_extra: self.text("line_extra").map(|text| extra::read_items(&text)).unwrap_or_default(),
        }
    }

    /// What locations did of the order, where the plan says so; an error where it cannot be read, as rows that were
    /// forgotten could not be put back.
    fn before(&self) -> std::result::Result<Option<Vec<FulfilmentOrder>>, ()> {
        match self.0.get("before") {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.list("before").map(fulfilment).collect::<Option<_>>().map(Some).ok_or(()),
        }
    }

    fn refund(&self, order: OrderId) -> RefundOrder {
        RefundOrder {
            order,
            invoice: self.int("invoice").map(InvoiceId),
            lines: self.lines(),
            online: self.flag("online").unwrap_or(false),
            shipping: self.int("shipping").map(Amount),
            adjustment_positive: Amount(self.int("adjustment_positive").unwrap_or(0)),
            adjustment_negative: Amount(self.int("adjustment_negative").unwrap_or(0)),
            return_to_stock: self.list("return_to_stock").filter_map(Value::as_i64).map(ItemId).collect(),
            total: self.int("total").map(Amount),
            comment: self.comment(),
            notify: self.notify(),
        }
    }
}

fn fulfilment(value: &Value) -> Option<FulfilmentOrder> {
    let plan = Plan(value.as_object()?);
    Some(FulfilmentOrder {
        id: FulfilmentOrderId(plan.int("id")?),
        reference: plan.text("reference"),
        location: plan.text("location").map(SourceCode),
        method: DeliveryMethod::parse(&plan.text("method")?)?,
        extra: extra::read(&plan.text("extra")?),
        rows: plan.list("rows").map(row).collect::<Option<_>>()?,
        created_at: Timestamp(plan.int("created_at")?),
        updated_at: Timestamp(plan.int("updated_at")?),
    })
}

fn row(value: &Value) -> Option<Row> {
    let plan = Plan(value.as_object()?);
    Some(Row {
        item: ItemId(plan.int("item")?),
        quantity: Quantity(plan.int("quantity")?),
        stage: RowStage::parse(&plan.text("stage")?)?,
        shipment: plan.int("shipment").map(ShipmentId),
        reference: plan.text("reference"),
        consignments: plan.list("consignments").map(|id| id.as_i64().map(ConsignmentId)).collect::<Option<_>>()?,
        reason: plan.text("reason"),
        cancelled_at: plan.int("cancelled_at").map(Timestamp),
        left: plan.flag("left")?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_plan_reads_back_as_it_was_written() {
        let order = OrderId(7);
        let lines = vec![(ItemId(1), Quantity(15_000)), (ItemId(2), Quantity::ZERO)];
        let comment = Some(CommentDraft { text: Some("x \"y\"".to_owned()), notified: None, visible_on_front: true });
        let extra = Extra::from([("a".to_owned(), "[1,{\"b\":null}]".to_owned())]);
        let track = TrackDraft {
            number: "1Z".to_owned(),
            title: Some("UPS".to_owned()),
            carrier: "ups".to_owned(),
            description: None,
            weight: Some(Amount(5)),
            quantity: Some(Quantity(3)),
        };
        let source = SourceCode("east".to_owned());
        let row = |item, stage| Row {
            item: ItemId(item),
            quantity: Quantity(5_000),
            stage,
            shipment: Some(ShipmentId(item)),
            reference: Some("R".to_owned()),
            consignments: vec![ConsignmentId(1), ConsignmentId(2)],
            reason: Some("late".to_owned()),
            cancelled_at: Some(Timestamp(7)),
            left: true,
        };
        let before = FulfilmentOrder {
            id: FulfilmentOrderId(6),
            reference: Some("F".to_owned()),
            location: Some(source.clone()),
            method: DeliveryMethod::Collection,
            extra: extra.clone(),
            rows: vec![row(1, RowStage::Allocated), row(2, RowStage::Fulfilled)],
            created_at: Timestamp(8),
            updated_at: Timestamp(9),
        };
        for wish in [
            Wish::Authorise,
            Wish::Void,
            Wish::Pay(InvoiceId(3)),
            Wish::Invoice(InvoiceOrder {
                order,
                lines: lines.clone(),
                shipping: Shipping::Not,
                capture: true,
                comment: comment.clone(),
                notify: Notify::Yes,
            }),
            Wish::Complete(Box::new(CompleteShipment {
                order,
                shipment: ShipmentId(4),
                ready: Some(true),
                sent: None,
                capture: Capture::Required,
                tracks: vec![track.clone()],
                extra: extra.clone(),
                note: comment.clone(),
                notify: Notify::Yes,
            })),
            Wish::Ship {
                ask: Box::new(ShipOrder {
                    order,
                    lines: lines.clone(),
                    source: SourceChoice::Named(source.clone()),
                    excess: Excess::Refuse,
                    capture: Capture::Required,
                    departure: Departure::Complete { ready: true, sent: false },
                    costs: Costs::Rest,
                    demand: Demand::Allocate,
                    fulfilment: None,
                    reference: None,
                    tracks: vec![track],
                    comment: comment.clone(),
                    notify: Notify::WithComment,
                    extra: extra.clone(),
                    line_extra: BTreeMap::from([(ItemId(1), extra)]),
                }),
                source,
                shipment: ShipmentId(9),
                before: Some(vec![before]),
            },
            Wish::Refund(RefundOrder {
                order,
                invoice: Some(InvoiceId(3)),
                lines,
                online: true,
                shipping: Some(Amount::ZERO),
                adjustment_positive: Amount(1),
                adjustment_negative: Amount(2),
                return_to_stock: vec![ItemId(2)],
                total: Some(Amount(4)),
                comment,
                notify: Notify::WithComment,
            }),
        ] {
            assert_eq!(read(wish.as_str(), &write(&wish), order), Ok(wish));
        }
        assert!(read("parcel", "{}", order).is_err());
        assert!(read("ship", "{}", order).is_err());
        // One that was written before it remembered its rows has none to put back.
        let older = read("ship", r#"{"source":"east","shipment":9,"lines":[]}"#, order);
        assert!(matches!(older, Ok(Wish::Ship { before: None, .. })));
        assert!(read("ship", r#"{"source":"east","shipment":9,"lines":[],"before":[{"id":1}]}"#, order).is_err());
        assert!(read("refund", "7", order).is_err());
    }
}
