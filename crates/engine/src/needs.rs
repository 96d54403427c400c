//! What each command needs to be decided: which keys to load, in two steps.

use waybill_domain::{
    Access, Capture, Command, ConsignmentAct, ConsignmentId, Costs, Departure, Document, DocumentId, FulfilmentAct,
    Item, MOST_REFERENCES, OperationId, Order, OrderId, RepackShipment, Row, ShipOrder, ShipmentId, Sku, SourceChoice,
    StockId, Wish, WorkingSet, numbers_like, references,
};
use waybill_store::Needs;

/// What can be said from the command alone, but for the goods: those are locked after everything else.
pub(crate) fn first(command: &Command, needs: &mut Needs) {
    match command {
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::DeleteStock(_) => {
            needs.places = true;
            needs.alone = true;
        }
        Command::SaveProduct { sku, .. } | Command::DeleteProduct(sku) => {
            needs.alone = true;
            needs.products.insert(sku.clone());
        }
        Command::SaveSourceItems(_)
        | Command::AdjustStock(_)
        | Command::AssignSources { .. }
        | Command::UnassignSources { .. }
        | Command::MoveSource { .. }
        | Command::TransferStock { .. } => needs.places = true,
        Command::DeleteSourceItems(_) => {}
        Command::AcceptOrder(_) => needs.places = true,
        Command::AmendOrder(ask) => {
            needs.orders.insert(ask.order);
            needs.details.insert(ask.order);
        }
        Command::ReviseOrder(ask) => {
            needs.places = true;
            needs.orders.insert(ask.order);
            needs.accounts.insert(ask.order);
            needs.details.insert(ask.order);
            needs.payments.insert(ask.order);
        }
        Command::Redact(ask) => {
            needs.orders.insert(ask.order);
            needs.details.insert(ask.order);
            needs.payments.insert(ask.order);
        }
        Command::CancelOrder(order) => {
            needs.payments.insert(*order);
            needs.orders.insert(*order);
            needs.accounts.insert(*order);
        }
        Command::HoldOrder { order, .. }
        | Command::ReleaseOrder { order, .. }
        | Command::CommentOnOrder { order, .. } => {
            needs.orders.insert(*order);
        }
        Command::Invoice(ask) => {
            needs.orders.insert(ask.order);
            needs.accounts.insert(ask.order);
        }
        Command::Ship(ask) => {
            needs.places = true;
            needs.orders.insert(ask.order);
        }
        Command::CompleteShipment(ask) => of_shipment(ask.order, ask.shipment, needs),
        Command::RepackShipment(ask) => of_shipment(ask.order, ask.shipment, needs),
        Command::DeleteShipment { order, shipment } => of_shipment(*order, *shipment, needs),
        Command::Refund(ask) => {
            needs.places = true;
            needs.orders.insert(ask.order);
            needs.accounts.insert(ask.order);
            needs.departed.insert(ask.order);
            needs.invoices.extend(ask.invoice);
            needs.payments.extend(ask.invoice.filter(|_| ask.online).map(|_| ask.order));
            needs.skus_of_items.extend(ask.return_to_stock.iter().copied());
        }
        Command::Settle { order, operation, .. } => {
            needs.places = true;
            needs.orders.insert(*order);
            needs.accounts.insert(*order);
            needs.payments.insert(*order);
            needs.operations.insert(*operation);
        }
        Command::OpenPayment { order, .. } => {
            needs.orders.insert(*order);
            needs.payments.insert(*order);
        }
        Command::MindAuthorisation { order, .. } => {
            needs.orders.insert(*order);
            needs.accounts.insert(*order);
            needs.payments.insert(*order);
        }
        Command::TakeNews { order, operation, .. } => {
            needs.orders.insert(*order);
            needs.payments.insert(*order);
            needs.operations.insert(*operation);
        }
        Command::CaptureInvoice { order, invoice } => {
            needs.orders.insert(*order);
            needs.payments.insert(*order);
            needs.invoices.insert(*invoice);
        }
        Command::VoidInvoice { order, invoice } => {
            needs.orders.insert(*order);
            needs.accounts.insert(*order);
            needs.invoices.insert(*invoice);
        }
        Command::Suspect { .. } => {}
        Command::CommentOnDocument { document: DocumentId::Shipment(shipment), .. }
        | Command::AddTrack { shipment, .. } => {
            needs.shipments.insert(*shipment);
        }
        Command::CommentOnDocument { document: DocumentId::Invoice(invoice), .. } => {
            needs.invoices.insert(*invoice);
        }
        Command::CommentOnDocument { document: DocumentId::CreditMemo(memo), .. } => {
            needs.credit_memos.insert(*memo);
        }
        Command::MailDocument(DocumentId::Shipment(shipment)) => {
            needs.shipments.insert(*shipment);
        }
        Command::MailDocument(DocumentId::Invoice(invoice)) => {
            needs.invoices.insert(*invoice);
        }
        Command::MailDocument(DocumentId::CreditMemo(memo)) => {
            needs.credit_memos.insert(*memo);
        }
        Command::MailOrder(order) => {
            needs.orders_read.insert(*order);
        }
        Command::ChangeFulfilment(ask) => {
            needs.places = true;
            needs.orders.insert(ask.order);
            // What is cancelled is no longer paid.
            if matches!(ask.act, FulfilmentAct::Cancel { .. } | FulfilmentAct::CancelAll { .. }) {
                needs.accounts.insert(ask.order);
                needs.payments.insert(ask.order);
            }
            if let FulfilmentAct::Unfulfil { shipments, .. } = &ask.act {
                needs.shipments.extend(shipments);
            }
        }
        Command::SaveCarrierAccount { .. } => {}
        Command::Consign(ask) => {
            needs.places |= ask.fulfil.is_some();
            needs.orders.extend(ask.of.iter().map(|(order, ..)| *order));
            needs.references.extend(ask.draft.reference.clone());
            needs.trackings.extend(ask.draft.prebooked.iter().map(|(tracking, _)| tracking.clone()));
        }
        Command::ActOnConsignment { order, consignment, act } => {
            needs.places = true;
            needs.orders.extend(*order);
            needs.consignments.insert(*consignment);
            if let ConsignmentAct::Confirm { prebooked: Some((tracking, _)), .. } = act {
                needs.trackings.insert(tracking.clone());
            }
        }
        Command::SettleConsignment { order, consignment, .. } => {
            needs.orders.extend(*order);
            needs.consignments.insert(*consignment);
        }
        Command::SettleLetter { letter, .. } => {
            needs.letters.insert(*letter);
        }
        Command::RemoveTrack(track) => {
            needs.tracks.insert(*track);
        }
        Command::Access(Access::SaveUser { name, .. }) => {
            needs.alone = true;
            needs.users.insert(name.clone());
        }
        Command::Access(Access::SignIn { name, .. }) => {
            needs.users.insert(name.clone());
        }
        Command::Access(Access::IssueToken(_)) => {}
    }
}

/// The goods, and what can be said once the first step is loaded.
pub(crate) fn second(command: &Command, set: &WorkingSet, needs: &mut Needs) {
    match command {
        Command::DeleteStock(stock) => {
            needs.stocks.insert(*stock);
        }
        Command::SaveSourceItems(counts) => {
            needs.source_items.extend(counts.iter().map(|count| (count.sku.clone(), count.source.clone())));
        }
        Command::AdjustStock(all) => {
            needs.source_items.extend(all.iter().map(|one| (one.sku.clone(), one.source.clone())));
        }
        Command::DeleteSourceItems(pairs) => {
            needs.source_items.extend(pairs.iter().map(|(source, sku)| (sku.clone(), source.clone())));
        }
        Command::AssignSources { skus, sources: _ } | Command::UnassignSources { skus, sources: _ } => {
            needs.everywhere.extend(skus.iter().cloned());
        }
        Command::MoveSource { skus, origin, destination, unassign: _ } => {
            for sku in skus {
                needs.source_items.insert((sku.clone(), origin.clone()));
                needs.source_items.insert((sku.clone(), destination.clone()));
            }
        }
        Command::TransferStock { origin, destination, items } => {
            for (sku, _) in items {
                needs.source_items.insert((sku.clone(), origin.clone()));
                needs.source_items.insert((sku.clone(), destination.clone()));
            }
        }
        // One that becomes a kit no longer lies anywhere.
        Command::SaveProduct { sku, .. } | Command::DeleteProduct(sku) => {
            needs.everywhere.insert(sku.clone());
        }
        Command::AcceptOrder(ask) => {
            let stock = set.places().stock_of(ask.store);
            needs.products.extend(ask.items.iter().map(|item| Sku::new(&item.sku)));
            needs.everywhere.extend(ask.items.iter().map(|item| Sku::new(&item.sku)));
            needs.held.extend(ask.items.iter().map(|item| (stock, Sku::new(&item.sku))));
            needs.numbers.insert((ask.store, Document::Order));
            let alike = ask.number.iter().flat_map(|number| numbers_like(ask.store, number));
            needs.order_numbers.extend(alike.map(|number| (ask.store, number)));
        }
        // Any of them may close the order, which frees what it holds.
        Command::CancelOrder(id)
        | Command::HoldOrder { order: id, .. }
        | Command::ReleaseOrder { order: id, .. }
        | Command::CommentOnOrder { order: id, .. } => {
            if let Some(order) = order(set, *id) {
                freed(order, needs);
            }
        }
        Command::AmendOrder(ask) => {
            if let Some(order) = order(set, ask.order) {
                freed(order, needs);
            }
        }
        Command::ReviseOrder(ask) => {
            if let Some(order) = order(set, ask.order) {
                let new = || ask.more.iter().map(|draft| Sku::new(&draft.sku));
                freed(order, needs);
                goods(order, |item| item.tracked, needs);
                needs.products.extend(new());
                needs.everywhere.extend(new());
                // What more of a line costs may be in the catalogue, also where nothing of it lies anywhere.
                needs.products.extend(order.items.iter().map(|item| item.sku.clone()));
                // More may be held of either.
                needs.held.extend(held(order));
                needs.held.extend(new().map(|sku| (order.stock, sku)));
            }
        }
        Command::Invoice(ask) => {
            if let Some(order) = order(set, ask.order) {
                if ask.capture {
                    needs.payments.insert(ask.order);
                }
                needs.numbers.insert((order.store, Document::Invoice));
                freed(order, needs);
                handed_over(order, needs);
            }
        }
        Command::VoidInvoice { order: id, .. } => {
            if let Some(order) = order(set, *id) {
                needs.shipments.extend(order.packed_shipments());
                freed(order, needs);
                handed_over(order, needs);
            }
        }
        Command::Refund(ask) => {
            if let Some(order) = order(set, ask.order) {
                needs.numbers.insert((order.store, Document::CreditMemo));
                freed(order, needs);
                goods(order, |item| item.tracked, needs);
            }
        }
        Command::TakeNews { order: id, operation, .. } => {
            if let Some(order) = order(set, *id) {
                freed(order, needs);
            }
            let operation = set.operations.get(operation).and_then(Option::as_ref);
            needs.invoices.extend(operation.and_then(|operation| operation.invoice));
            if let Some(DocumentId::CreditMemo(memo)) = operation.and_then(|operation| operation.made) {
                needs.credit_memos.insert(memo);
            }
        }
        Command::Settle { order: id, operation, .. } => {
            if let Some(order) = order(set, *id) {
                settling(set, order, *operation, needs);
            }
        }
        Command::Ship(ask) => shipping(set, ask, needs),
        Command::CompleteShipment(ask) => {
            if let Some(order) = order(set, ask.order) {
                needs.shipments.extend(order.packed_shipments());
                freed(order, needs);
                packed_at(set, order, ask.shipment, needs);
                match ask.capture {
                    Capture::No => {}
                    Capture::Required => {
                        needs.payments.insert(ask.order);
                        paying(order, needs);
                    }
                }
            }
        }
        Command::RepackShipment(RepackShipment { order: id, shipment, .. })
        | Command::DeleteShipment { order: id, shipment } => {
            if let Some(order) = order(set, *id) {
                freed(order, needs);
                counted(order, needs);
                packed_at(set, order, *shipment, needs);
            }
        }
        Command::ChangeFulfilment(ask) => {
            if let Some(order) = order(set, ask.order) {
                freed(order, needs);
                goods(order, |item| item.tracked, needs);
                // One that holds nothing is bound to nothing that others hold.
                if matches!(ask.act, FulfilmentAct::Allocate(_)) && order.items.iter().any(|item| !item.holds) {
                    needs.held.extend(held(order));
                }
                if let FulfilmentAct::Unfulfil { shipments, .. } = &ask.act {
                    counted(order, needs);
                    let is_of = |row: &Row| row.shipment.is_some_and(|id| shipments.contains(&id));
                    let rows = order.rows().filter(|(_, row)| is_of(row));
                    for consignment in rows.flat_map(|(_, row)| row.consignments.iter().copied()) {
                        carried(order, consignment, needs);
                    }
                }
            }
        }
        Command::Consign(ask) => {
            if let Some(fulfil) = &ask.fulfil {
                shipping(set, fulfil, needs);
            }
            let order = ask.of.as_ref().and_then(|(id, ..)| order(set, *id));
            if ask.draft.reference.is_none() {
                // Those that come before it in the batch may take what they need, and move its own on by one each.
                let others =
                    references(&ask.draft.order_reference, order).filter(|text| !needs.references.contains(text));
                let own: Vec<String> = others.take(MOST_REFERENCES).collect();
                needs.references.extend(own);
            }
            if let Some(order) = order {
                needs.shipments.extend(order.rows().filter_map(|(_, row)| row.shipment));
            }
        }
        Command::ActOnConsignment { order: id, consignment, act } => {
            // One that was cancelled and has gone its way after all goes by its number again.
            if let ConsignmentAct::Move { .. } = act {
                let found = set.consignments.get(consignment).and_then(Option::as_ref);
                needs.trackings.extend(found.and_then(|found| found.tracking.clone()));
            }
            if let Some(order) = id.and_then(|id| order(set, id)) {
                freed(order, needs);
                carried(order, *consignment, needs);
                counted(order, needs);
                needs.shipments.extend(order.packed_shipments());
                goods(order, |item| item.tracked, needs);
            }
        }
        Command::SettleConsignment { order: Some(id), consignment, .. } => {
            if let Some(order) = order(set, *id) {
                carried(order, *consignment, needs);
            }
        }
        // Once nobody else can add to it.
        Command::Redact(ask) => needs.whole.extend(order(set, ask.order).map(|order| order.id)),
        // What a redacted order's letter met with is not written down.
        Command::SettleLetter { letter, .. } => {
            needs.orders_read.extend(set.letters.get(letter).and_then(Option::as_ref).map(|letter| letter.order));
        }
        // Who is to be told is known by the document's order.
        Command::CommentOnDocument { document, comment } => {
            if comment.notified == Some(true) {
                needs.orders_read.extend(order_of(set, *document));
            }
        }
        Command::MailDocument(document) => needs.orders_read.extend(order_of(set, *document)),
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::MailOrder(_)
        | Command::CaptureInvoice { .. }
        | Command::MindAuthorisation { .. }
        | Command::OpenPayment { .. }
        | Command::SaveCarrierAccount { .. }
        | Command::SettleConsignment { order: None, .. }
        | Command::Suspect { .. }
        | Command::AddTrack { .. }
        | Command::RemoveTrack(_)
        | Command::Access(_) => {}
    }
}

/// What a shipment needs once its order is known.
fn shipping(set: &WorkingSet, ask: &ShipOrder, needs: &mut Needs) {
    if let Some(order) = order(set, ask.order) {
        match (ask.capture, ask.departure, ask.costs) {
            (Capture::No, Departure::Now | Departure::Fulfilled { .. }, _) => {}
            // Where all is invoiced, money decides nothing but who carries the rest of the costs.
            (_, Departure::Now | Departure::Fulfilled { .. }, _) | (_, _, Costs::All) if order.is_invoiced() => {}
            (Capture::No, Departure::Complete { .. }, _) => {
                needs.accounts.insert(ask.order);
            }
            (Capture::Required, Departure::Complete { .. }, Costs::Rest) if order.is_invoiced() => {
                needs.accounts.insert(ask.order);
            }
            (Capture::Required, Departure::Now | Departure::Fulfilled { .. } | Departure::Complete { .. }, _) => {
                needs.payments.insert(ask.order);
                paying(order, needs);
            }
        }
        needs.shipments.extend(order.packed_shipments());
        counted(order, needs);
        freed(order, needs);
        for item in order.items.iter().filter(|item| item.tracked) {
            needs.products.insert(item.sku.clone());
            match &ask.source {
                SourceChoice::Named(source) => {
                    needs.source_items.insert((item.sku.clone(), source.clone()));
                }
                SourceChoice::OnlyLinked | SourceChoice::OnlyEnabled => {
                    needs.everywhere.insert(item.sku.clone());
                }
            }
        }
    }
}

/// What kits count by whose parts are sent apart: the shipments that they stand on.
fn counted(order: &Order, needs: &mut Needs) {
    if order.items.iter().any(|item| item.parent.is_none() && order.is_dummy_for_shipping(item)) {
        needs.departed.insert(order.id);
        needs.shipments.extend(order.packed_shipments());
    }
}

/// A shipment with its order.
fn of_shipment(order: OrderId, shipment: ShipmentId, needs: &mut Needs) {
    needs.places = true;
    needs.orders.insert(order);
    needs.shipments.insert(shipment);
}

/// What goes with a consignment of an order, and what else carries the same.
fn carried(order: &Order, consignment: ConsignmentId, needs: &mut Needs) {
    for (_, row) in order.rows().filter(|(_, row)| row.consignments.contains(&consignment)) {
        needs.shipments.extend(row.shipment);
        needs.consignments.extend(row.consignments.iter().copied());
    }
}

/// An invoice that is made with another act.
fn paying(order: &Order, needs: &mut Needs) {
    needs.accounts.insert(order.id);
    needs.numbers.insert((order.store, Document::Invoice));
    for item in order.items.iter().filter(|item| item.tracked && item.is_virtual) {
        needs.everywhere.insert(item.sku.clone());
        needs.products.insert(item.sku.clone());
    }
}

/// An order's goods where a shipment of it lies.
fn packed_at(set: &WorkingSet, order: &Order, shipment: ShipmentId, needs: &mut Needs) {
    let found = set.shipments.get(&shipment).and_then(Option::as_ref);
    for item in order.items.iter().filter(|item| item.tracked) {
        needs.products.insert(item.sku.clone());
        needs.source_items.extend(found.map(|found| (item.sku.clone(), found.source.clone())));
    }
}

/// What an act on an order may set free: what its stock holds for it, and what is bound to it at sources.
fn freed(order: &Order, needs: &mut Needs) {
    needs.released.extend(held(order));
    needs.source_items.extend(order.allocated().into_keys().map(|(source, sku)| (sku, source)));
}

/// The goods that leave with an invoice, and come back with it.
fn handed_over(order: &Order, needs: &mut Needs) {
    needs.places |= order.items.iter().any(|item| item.tracked && item.is_virtual);
    goods(order, |item| item.tracked && item.is_virtual, needs);
}

/// What some of an order's goods are, and where they lie.
fn goods(order: &Order, which: fn(&Item) -> bool, needs: &mut Needs) {
    for item in order.items.iter().filter(|item| which(item)) {
        needs.everywhere.insert(item.sku.clone());
        needs.products.insert(item.sku.clone());
    }
}

/// What the answer to an operation may bring about: the documents that it is for, and whatever they need.
fn settling(set: &WorkingSet, order: &Order, operation: OperationId, needs: &mut Needs) {
    let wish = set.operations.get(&operation).and_then(Option::as_ref).map(|operation| &operation.wish);
    freed(order, needs);
    match wish {
        None | Some(Wish::Authorise | Wish::Void) => {}
        Some(Wish::Complete(ask)) => {
            needs.shipments.insert(ask.shipment);
            needs.shipments.extend(order.packed_shipments());
            needs.numbers.insert((order.store, Document::Invoice));
            goods(order, |item| item.tracked, needs);
        }
        Some(Wish::Invoice(_) | Wish::Ship { .. }) => {
            counted(order, needs);
            needs.shipments.extend(order.packed_shipments());
            needs.numbers.insert((order.store, Document::Invoice));
            goods(order, |item| item.tracked, needs);
        }
        Some(Wish::Pay(invoice)) => {
            needs.invoices.insert(*invoice);
        }
        Some(Wish::Refund(ask)) => {
            needs.numbers.insert((order.store, Document::CreditMemo));
            needs.departed.insert(order.id);
            needs.invoices.extend(ask.invoice);
            needs.skus_of_items.extend(ask.return_to_stock.iter().copied());
            goods(order, |item| item.tracked, needs);
        }
    }
}

/// The order that a command is about, as far as that is known before it is decided.
pub(crate) fn about(command: &Command, set: &WorkingSet) -> Option<OrderId> {
    if let Command::CommentOnDocument { document, .. } | Command::MailDocument(document) = command {
        return order_of(set, *document);
    }
    if let Command::RemoveTrack(track) = command {
        return set.tracks.get(track)?.as_ref().map(|track| track.order);
    }
    command.order()
}

fn order_of(set: &WorkingSet, document: DocumentId) -> Option<OrderId> {
    match document {
        DocumentId::Shipment(id) => set.shipments.get(&id)?.as_ref().map(|found| found.order),
        DocumentId::Invoice(id) => set.invoices.get(&id)?.as_ref().map(|found| found.order),
        DocumentId::CreditMemo(id) => set.credit_memos.get(&id)?.as_ref().map(|found| found.order),
    }
}

/// The order, if it is there.
pub(crate) fn order(set: &WorkingSet, id: OrderId) -> Option<&Order> {
    set.orders.get(&id).and_then(Option::as_ref)
}

fn held(order: &Order) -> impl Iterator<Item = (StockId, Sku)> {
    order.items.iter().filter(|item| item.tracked).map(|item| (order.stock, item.sku.clone()))
}
