//! How far a shipment is, and its money (contract `centra.md`, sections 6 and 9).

use serde_json::{Map, Value};
use waybill_domain::{Capture, Command, CommentDraft, CompleteShipment, Extra, Notify, OrderId};

use super::intake::LONGEST_COMMENT;
use super::order::{amend, append};
use super::shipment::{self, Named, Parcel};
use super::words::{self, Why};
use super::{Answer, Ask, Executed, Stop, money, no, ok, scalar};

/// `PUT shipment`, and `POST shipment` as it was written down once.
pub(crate) async fn complete(ask: Ask) -> Answer {
    let named = named(&ask).await?;
    let Named { order, id, order_number, number } = &named;
    let refuse = |msg: String| Stop::No(no(msg).and("order", *order_number).and("shipment", number.as_str()));
    let body = ask.body();
    // Clients of before there were these flags leave them out, and mean that it is complete.
    let ready = body.flag("gtg").map_err(refuse)?.unwrap_or(true);
    let sent = body.flag("shipped").map_err(refuse)?.unwrap_or(true);
    let capture = body.flag("capture").map_err(refuse)?.unwrap_or(true);
    let notify = body.flag("sendEmail").map_err(refuse)?.unwrap_or(ask.plugin.send_email);
    let parcel = Parcel::read(body).map_err(refuse)?;
    let note = body.text("internalComment", LONGEST_COMMENT).map_err(refuse)?.filter(|text| !text.is_empty());
    let internal = note.clone();
    let command = CompleteShipment {
        order: *order,
        shipment: *id,
        ready: Some(ready),
        sent: Some(sent),
        capture: if capture { Capture::Required } else { Capture::No },
        tracks: parcel.tracks(),
        extra: parcel.extra(),
        note: note.map(|text| CommentDraft { text: Some(text), notified: Some(false), visible_on_front: false }),
        notify: if notify { Notify::Yes } else { Notify::No },
    };
    let answer = carry_out(&ask, &named, command).await?;
    if let Some(text) = internal {
        remark(&ask, *order, text).await?;
    }
    Ok(answer)
}

/// Adds to the order's internal remarks, which this door shows. The order's history has the remark already, so what is
/// lost if we end here is only that it is seen here too.
async fn remark(ask: &Ask, order: OrderId, text: String) -> Result<(), Stop> {
    let change = |kept: &mut Map<String, Value>| append(kept, "internalComment", text.clone(), false);
    let found = ask.read(move |view, tenant| view.order_view(tenant, order)).await?;
    if let Some(found) = found {
        // There may be no room for it there any more.
        let _ = amend(ask, order, found.details, Some("remark"), change).await?;
    }
    Ok(())
}

/// `PUT capture`.
pub(crate) async fn capture(ask: Ask) -> Answer {
    let named = named(&ask).await?;
    let command = CompleteShipment {
        order: named.order,
        shipment: named.id,
        ready: None,
        sent: None,
        capture: Capture::Required,
        tracks: Vec::new(),
        extra: Extra::new(),
        note: None,
        notify: Notify::No,
    };
    carry_out(&ask, &named, command).await
}

async fn carry_out(ask: &Ask, named: &Named, command: CompleteShipment) -> Answer {
    let Named { order, id: _, order_number, number } = named;
    let told = |msg: String| no(msg).and("order", *order_number).and("shipment", number.as_str());
    let mut done = ask.execute(Command::CompleteShipment(command.clone())).await;
    if let Err(Executed::Refused(refusals)) = &done
        && words::why(refusals) == Why::External
        && money::catch_up(ask, *order).await?
    {
        done = ask.execute(Command::CompleteShipment(command)).await;
    }
    match done {
        Ok(_) => Ok(ok([("order", (*order_number).into()), ("shipment", number.as_str().into())])),
        Err(Executed::Stop(stop)) => Err(stop),
        Err(Executed::Refused(refusals)) => Err(Stop::No(match words::why(&refusals) {
            Why::Money => told(words::CAPTURE_FAILED.to_owned()),
            Why::External => no(words::EXTERNAL).and("order", *order_number),
            Why::Goods => told(words::NO_STOCK.to_owned()),
            Why::Thing => {
                let order = *order;
                let found = ask.read(move |view, tenant| view.order(tenant, order)).await?;
                told(words::thing(&refusals, found.as_ref()))
            }
        })),
    }
}

/// The shipment that the body names; where it names its order too, they belong together.
async fn named(ask: &Ask) -> Result<Named, Stop> {
    let body = ask.body();
    let name = match body.get("shipment") {
        None => return Err(Stop::No(no(words::SHIPMENT_REQUIRED))),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(Stop::No(no(words::invalid_value("shipment"))));
        }
    };
    let refuse = |msg: &str| Stop::No(no(msg).and("shipment", name.as_str()));
    let sent = match body.get("order") {
        None => None,
        Some(value) => Some(scalar::int(value).ok_or_else(|| refuse(&words::invalid_value("order")))?),
    };
    // A number may be written in several ways: orders are compared, not numbers.
    let order =
        match sent {
            None => None,
            Some(number) => Some(ask.find_order(number).await?.ok_or_else(|| {
                Stop::No(no(words::ORDER_UNKNOWN).and("order", number).and("shipment", name.as_str()))
            })?),
        };
    let found = shipment::find(ask, &name).await?.map_err(refuse)?;
    if order.is_some_and(|order| order != found.order) {
        return Err(refuse(words::SHIPMENT_OF_OTHER));
    }
    Ok(found)
}
