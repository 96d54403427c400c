//! One command, one decision.

use crate::{
    CarrierAccount, Change, Command, Decision, Moment, Refusal, WorkingSet, accept, access, cancel, carry, complete,
    counts, due, fulfil, invoice, letter, news, operation, places, redact, refund, repack, revise, ship, shipment,
};

/// Decides a command over what is known. Nothing is changed by it: the changes are in what it gives back, and a
/// refusal leaves no trace.
pub fn decide(set: &WorkingSet, command: &Command, moment: &mut Moment<'_>) -> Result<Decision, Vec<Refusal>> {
    match command {
        Command::SaveWebsite { code, name, currency } => places::save_website(set, code, name, currency),
        Command::SaveStore { code, website, name, currency, locale } => {
            places::save_store(set, code, website, name, currency, locale)
        }
        Command::SaveSource { code, fields } => places::save_source(set, code, fields),
        Command::SaveStock { id, name, channels } => places::save_stock(set, *id, name.as_deref(), channels),
        Command::DeleteStock(id) => places::delete_stock(set, *id),
        Command::SaveLinks(links) => places::save_links(set, links),
        Command::DeleteLinks(links) => places::delete_links(set, links),
        Command::AdjustStock(adjustments) => counts::adjust_stock(set, adjustments, moment),
        Command::SaveSourceItems(items) => counts::save_source_items(set, items, moment),
        Command::DeleteSourceItems(pairs) => counts::delete_source_items(set, pairs),
        Command::AssignSources { skus, sources } => counts::assign_sources(set, skus, sources, moment),
        Command::UnassignSources { skus, sources } => counts::unassign_sources(set, skus, sources),
        Command::MoveSource { skus, origin, destination, unassign } => {
            counts::move_source(set, skus, origin, destination, *unassign, moment)
        }
        Command::TransferStock { origin, destination, items } => {
            counts::transfer_stock(set, origin, destination, items, moment)
        }
        Command::SaveProduct { sku, fields, attributes, stock } => {
            counts::save_product(set, sku, fields, attributes, stock.as_ref(), moment)
        }
        Command::DeleteProduct(sku) => counts::delete_product(set, sku),
        Command::AcceptOrder(ask) => accept::accept(set, ask, moment),
        Command::AmendOrder(ask) => accept::amend(set, ask, moment),
        Command::ReviseOrder(ask) => revise::revise(set, ask, moment),
        Command::CancelOrder(order) => cancel::cancel(set, *order, moment),
        Command::HoldOrder { order, handle, reason, note } => {
            cancel::hold(set, *order, (handle, *reason, note.as_deref()), moment)
        }
        Command::ReleaseOrder { order, handle } => cancel::release(set, *order, handle.as_deref(), moment),
        Command::CommentOnOrder { order, comment, status, entity } => {
            cancel::comment_on_order(set, *order, comment, status.as_deref(), entity, moment)
        }
        Command::OpenPayment { order, method, pay } => accept::open_anew(set, *order, method, pay, moment),
        Command::Invoice(ask) => invoice::invoice(set, ask, moment),
        Command::Ship(ask) => ship::ship(set, ask, moment),
        Command::CompleteShipment(ask) => complete::complete(set, ask, moment),
        Command::RepackShipment(ask) => repack::repack(set, ask, moment),
        Command::DeleteShipment { order, shipment } => repack::delete(set, *order, *shipment, moment),
        Command::ChangeFulfilment(ask) => fulfil::change(set, ask, moment),
        Command::Redact(ask) => redact::redact(set, ask, moment),
        Command::SaveCarrierAccount { id, name, carrier, active, extra } => {
            Ok(Decision::of(Change::CarrierAccountSaved(CarrierAccount {
                id: id.clone(),
                name: name.clone(),
                carrier: *carrier,
                active: *active,
                extra: extra.clone(),
                created_at: moment.now,
            })))
        }
        Command::Consign(ask) => carry::consign(set, ask, moment),
        Command::ActOnConsignment { order: _, consignment, act } => carry::act(set, *consignment, act, moment),
        Command::SettleConsignment { order: _, consignment, attempt, answer } => {
            carry::settle(set, *consignment, *attempt, answer, moment)
        }
        Command::Refund(ask) => refund::refund(set, ask, moment),
        Command::Settle { order: _, operation, answer } => operation::settle(set, *operation, answer, moment),
        Command::TakeNews { order: _, operation, news } => news::take(set, *operation, news, moment),
        Command::CaptureInvoice { order, invoice } => due::capture_invoice(set, *order, *invoice, moment),
        Command::VoidInvoice { order, invoice } => due::void_invoice(set, *order, *invoice, moment),
        Command::MindAuthorisation { order, renew } => news::mind_authorisation(set, *order, *renew, moment),
        Command::Suspect { .. } => Ok(Decision::new()),
        Command::CommentOnDocument { document, comment } => {
            cancel::comment_on_document(set, *document, comment, moment)
        }
        Command::MailOrder(order) => letter::mail_order(set, *order, moment),
        Command::MailDocument(document) => letter::mail_document(set, *document, moment),
        Command::SettleLetter { letter, delivery } => Ok(letter::settle_letter(set, *letter, delivery, moment)),
        Command::AddTrack { shipment, order, track } => shipment::add_track(set, *shipment, *order, track, moment),
        Command::RemoveTrack(track) => shipment::remove_track(set, *track),
        Command::Access(ask) => access::access(&set.access, ask, moment),
    }
}
