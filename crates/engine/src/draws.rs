//! How many ids a command may draw.

use waybill_domain::{
    Access, Allocation, Capture, Command, FulfilmentAct, IdKind, Notify, Order, Placing, ShipOrder, Wish, WorkingSet,
};

use crate::needs::order;

/// Of which kinds a command draws ids, and how many of each at the most.
pub(crate) fn most_ids(command: &Command, set: &WorkingSet, want: &mut dyn FnMut(IdKind, usize)) {
    let lines = |order: Option<&Order>| order.map_or(0, |order| order.items.len());
    let rows = |order: Option<&Order>| order.map_or(0, |order| order.rows().count());
    let operation = |want: &mut dyn FnMut(IdKind, usize)| {
        want(IdKind::Operation, 1);
        want(IdKind::Errand, 1);
    };
    let letter = |want: &mut dyn FnMut(IdKind, usize)| {
        want(IdKind::Letter, 1);
        want(IdKind::Errand, 1);
    };
    let told = |notify: Notify, want: &mut dyn FnMut(IdKind, usize)| match notify {
        Notify::No => {}
        Notify::Yes | Notify::WithComment => letter(want),
    };
    let shipment = |ask: &ShipOrder, want: &mut dyn FnMut(IdKind, usize)| {
        if let Some(order) = order(set, ask.order) {
            want(IdKind::Shipment, 1);
            want(IdKind::ShipmentNumber(order.store), 1);
            want(IdKind::ShipmentLine, order.items.len());
            want(IdKind::Track, ask.tracks.len());
            want(IdKind::Comment, 1);
            want(IdKind::FulfilmentOrder, 1);
            told(ask.notify, want);
            if ask.capture == Capture::Required {
                operation(want);
                want(IdKind::Invoice, 1);
                want(IdKind::InvoiceLine, order.items.len());
            }
        }
    };
    match command {
        Command::AcceptOrder(ask) => {
            want(IdKind::Order, 1);
            want(IdKind::Item, ask.items.len());
            want(IdKind::Address, 2);
            want(IdKind::Comment, ask.history.len());
            match &ask.allocation {
                Allocation::None => {}
                Allocation::At(_) => want(IdKind::FulfilmentOrder, 2),
                Allocation::Orders(drafts) => {
                    want(IdKind::FulfilmentOrder, drafts.len() + 1);
                    want(
                        IdKind::SourceItem,
                        drafts.iter().map(|draft| draft.lines.len()).sum::<usize>() * ask.items.len(),
                    );
                }
                Allocation::Rule(rule) => want(IdKind::FulfilmentOrder, rule.sources.len() + 1),
            }
            operation(want);
        }
        Command::ReviseOrder(ask) => {
            let lines = lines(order(set, ask.order)) + ask.more.len();
            want(IdKind::Item, ask.more.len());
            want(IdKind::Address, 1);
            // One for what is given up of what none has, and one for what is open.
            want(IdKind::FulfilmentOrder, 2);
            match &ask.placing {
                Placing::Open => {}
                Placing::Orders(drafts) => {
                    want(IdKind::FulfilmentOrder, drafts.len());
                    want(IdKind::SourceItem, drafts.len() * lines);
                }
                Placing::Rule(rule) => want(IdKind::FulfilmentOrder, rule.sources.len()),
            }
            operation(want);
        }
        Command::Ship(ask) => shipment(ask, want),
        Command::CompleteShipment(ask) => {
            want(IdKind::Track, ask.tracks.len());
            want(IdKind::Comment, 1);
            told(ask.notify, want);
            if ask.capture == Capture::Required {
                operation(want);
                want(IdKind::Invoice, 1);
                want(IdKind::InvoiceLine, lines(order(set, ask.order)));
            }
        }
        Command::RepackShipment(ask) => {
            // A kit may come to stand above each.
            want(IdKind::ShipmentLine, 2 * ask.lines.len());
            want(IdKind::FulfilmentOrder, 1);
        }
        Command::Invoice(ask) => {
            want(IdKind::Invoice, 1);
            want(IdKind::InvoiceLine, lines(order(set, ask.order)));
            want(IdKind::Comment, 1);
            told(ask.notify, want);
            operation(want);
        }
        Command::Refund(ask) => {
            let lines = lines(order(set, ask.order));
            want(IdKind::CreditMemo, 1);
            want(IdKind::CreditMemoLine, lines);
            want(IdKind::Comment, 2);
            told(ask.notify, want);
            // Goods may come back to sources that know nothing of them any more.
            let sources = set.departed.get(&ask.order).map_or(0, |departed| departed.shipped.len());
            want(IdKind::SourceItem, sources * lines);
            operation(want);
        }
        Command::CancelOrder(_) | Command::CaptureInvoice { .. } | Command::OpenPayment { .. } => operation(want),
        Command::TakeNews { .. } | Command::VoidInvoice { .. } => want(IdKind::Comment, 1),
        Command::MindAuthorisation { .. } => {
            want(IdKind::Comment, 1);
            operation(want);
        }
        Command::Settle { order: id, operation, .. } => {
            let Some(order) = order(set, *id) else {
                return;
            };
            want(IdKind::Comment, 3);
            let lines = order.items.len();
            match set.operations.get(operation).and_then(Option::as_ref).map(|operation| &operation.wish) {
                None | Some(Wish::Authorise | Wish::Void | Wish::Pay(_)) => {}
                Some(Wish::Invoice(ask)) => {
                    told(ask.notify, want);
                    want(IdKind::Invoice, 1);
                    want(IdKind::InvoiceLine, lines);
                }
                Some(Wish::Complete(ask)) => {
                    told(ask.notify, want);
                    want(IdKind::Invoice, 1);
                    want(IdKind::InvoiceLine, lines);
                    want(IdKind::Track, ask.tracks.len());
                    want(IdKind::SourceItem, lines);
                }
                Some(Wish::Ship { ask, .. }) => {
                    want(IdKind::FulfilmentOrder, 1);
                    told(ask.notify, want);
                    want(IdKind::Invoice, 1);
                    want(IdKind::InvoiceLine, lines);
                    want(IdKind::ShipmentNumber(order.store), 1);
                    want(IdKind::ShipmentLine, lines);
                    want(IdKind::Track, ask.tracks.len());
                    want(IdKind::SourceItem, lines);
                }
                Some(Wish::Refund(ask)) => {
                    told(ask.notify, want);
                    want(IdKind::CreditMemo, 1);
                    want(IdKind::CreditMemoLine, lines);
                    let sources = set.departed.get(id).map_or(0, |departed| departed.shipped.len());
                    want(IdKind::SourceItem, sources * lines);
                }
            }
        }
        Command::ChangeFulfilment(ask) => {
            let lines = lines(order(set, ask.order));
            match &ask.act {
                FulfilmentAct::Allocate(rule) => want(IdKind::FulfilmentOrder, rule.sources.len() + 1),
                FulfilmentAct::Assign { drafts, .. } => {
                    want(IdKind::FulfilmentOrder, drafts.len() + 1);
                    want(IdKind::SourceItem, drafts.len() * lines);
                }
                FulfilmentAct::Move { .. } => want(IdKind::SourceItem, lines),
                FulfilmentAct::Split { .. } => {
                    want(IdKind::FulfilmentOrder, 1);
                    want(IdKind::SourceItem, lines);
                }
                FulfilmentAct::Cancel { .. } => operation(want),
                FulfilmentAct::CancelAll { .. } => {
                    want(IdKind::FulfilmentOrder, 1);
                    operation(want);
                }
                FulfilmentAct::Unfulfil { shipments, .. } => {
                    want(IdKind::SourceItem, shipments.len() * lines);
                    want(IdKind::Errand, set.consignments.len());
                }
                FulfilmentAct::Merge { .. } | FulfilmentAct::Edit { .. } => {}
            }
        }
        Command::Consign(ask) => {
            if let Some(fulfil) = &ask.fulfil {
                shipment(fulfil, want);
            }
            want(IdKind::Consignment, 1);
            want(IdKind::Errand, 1);
            want(IdKind::Track, rows(ask.of.as_ref().and_then(|(id, ..)| order(set, *id))) + 1);
        }
        Command::ActOnConsignment { order: id, .. } => {
            want(IdKind::Errand, 1);
            if let Some(order) = id.and_then(|id| order(set, id)) {
                want(IdKind::Track, rows(Some(order)) + 1);
                want(IdKind::Shipment, 1);
                want(IdKind::ShipmentNumber(order.store), 1);
                want(IdKind::ShipmentLine, order.items.len());
                want(IdKind::FulfilmentOrder, 1);
            }
        }
        Command::SettleConsignment { order: id, .. } => want(IdKind::Track, rows(id.and_then(|id| order(set, id)))),
        Command::AdjustStock(all) => want(IdKind::SourceItem, all.len()),
        Command::SaveSourceItems(counts) => want(IdKind::SourceItem, counts.len()),
        Command::AssignSources { skus, sources } => want(IdKind::SourceItem, skus.len().saturating_mul(sources.len())),
        Command::MoveSource { skus, .. } => want(IdKind::SourceItem, skus.len()),
        Command::TransferStock { items, .. } => want(IdKind::SourceItem, items.len()),
        Command::SaveProduct { .. } => {
            want(IdKind::Product, 1);
            want(IdKind::SourceItem, 1);
        }
        Command::CommentOnOrder { comment, .. } | Command::CommentOnDocument { comment, .. } => {
            want(IdKind::Comment, 1);
            if comment.notified == Some(true) {
                letter(want);
            }
        }
        Command::MailOrder(_) | Command::MailDocument(_) => letter(want),
        Command::AddTrack { .. } => want(IdKind::Track, 1),
        Command::Access(Access::SaveUser { .. }) => want(IdKind::User, 1),
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::DeleteStock(_)
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::DeleteSourceItems(_)
        | Command::UnassignSources { .. }
        | Command::DeleteProduct(_)
        | Command::AmendOrder(_)
        | Command::Redact(_)
        | Command::SaveCarrierAccount { .. }
        | Command::DeleteShipment { .. }
        | Command::HoldOrder { .. }
        | Command::ReleaseOrder { .. }
        | Command::SettleLetter { .. }
        | Command::Suspect { .. }
        | Command::RemoveTrack(_)
        | Command::Access(Access::SignIn { .. } | Access::IssueToken(_)) => {}
    }
}
