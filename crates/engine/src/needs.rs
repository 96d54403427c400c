//! What each command needs to be decided: which keys to load, in two steps, and how many ids it may draw.

use std::hash::{Hash, Hasher};

use waybill_domain::{
    Access, Allocation, Capture, Command, Costs, Departure, Document, DocumentId, IdKind, Item, Notify, OperationId,
    Order, OrderId, RepackShipment, ShipmentId, Sku, SourceChoice, StockId, Wish, WorkingSet,
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
            needs.order_numbers.extend(ask.number.iter().map(|number| (ask.store, number.clone())));
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
        Command::Ship(ask) => {
            if let Some(order) = order(set, ask.order) {
                match (ask.capture, ask.departure, ask.costs) {
                    (Capture::No, Departure::Now, _) => {}
                    // Where all is invoiced, money decides nothing but who carries the rest of the costs.
                    (_, Departure::Now, _) | (_, _, Costs::All) if order.is_invoiced() => {}
                    (Capture::No, Departure::Complete { .. }, _) => {
                        needs.accounts.insert(ask.order);
                    }
                    (Capture::Required, Departure::Complete { .. }, Costs::Rest) if order.is_invoiced() => {
                        needs.accounts.insert(ask.order);
                    }
                    (Capture::Required, Departure::Now | Departure::Complete { .. }, _) => {
                        needs.payments.insert(ask.order);
                        paying(order, needs);
                    }
                }
                needs.shipments.extend(order.packed_shipments());
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
                packed_at(set, order, *shipment, needs);
            }
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
        | Command::SettleLetter { .. }
        | Command::CaptureInvoice { .. }
        | Command::MindAuthorisation { .. }
        | Command::OpenPayment { .. }
        | Command::Suspect { .. }
        | Command::AddTrack { .. }
        | Command::RemoveTrack(_)
        | Command::Access(_) => {}
    }
}

/// A shipment with its order.
fn of_shipment(order: OrderId, shipment: ShipmentId, needs: &mut Needs) {
    needs.places = true;
    needs.orders.insert(order);
    needs.shipments.insert(shipment);
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

fn order_of(set: &WorkingSet, document: DocumentId) -> Option<OrderId> {
    match document {
        DocumentId::Shipment(id) => set.shipments.get(&id)?.as_ref().map(|found| found.order),
        DocumentId::Invoice(id) => set.invoices.get(&id)?.as_ref().map(|found| found.order),
        DocumentId::CreditMemo(id) => set.credit_memos.get(&id)?.as_ref().map(|found| found.order),
    }
}

fn order(set: &WorkingSet, id: OrderId) -> Option<&Order> {
    set.orders.get(&id).and_then(Option::as_ref)
}

fn held(order: &Order) -> impl Iterator<Item = (StockId, Sku)> {
    order.items.iter().filter(|item| item.tracked).map(|item| (order.stock, item.sku.clone()))
}

/// Of which kinds a command draws ids, and how many of each at the most.
pub(crate) fn most_ids(command: &Command, set: &WorkingSet, want: &mut dyn FnMut(IdKind, usize)) {
    let lines = |order: Option<&Order>| order.map_or(0, |order| order.items.len());
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
    match command {
        Command::AcceptOrder(ask) => {
            want(IdKind::Order, 1);
            want(IdKind::Item, ask.items.len());
            want(IdKind::Address, 2);
            want(IdKind::Comment, ask.history.len());
            match ask.allocation {
                Allocation::None => {}
                Allocation::At(_) => want(IdKind::FulfilmentOrder, 2),
            }
            operation(want);
        }
        Command::Ship(ask) => {
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
        }
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
            want(IdKind::ShipmentLine, ask.lines.len());
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
        | Command::DeleteShipment { .. }
        | Command::HoldOrder { .. }
        | Command::ReleaseOrder { .. }
        | Command::SettleLetter { .. }
        | Command::Suspect { .. }
        | Command::RemoveTrack(_)
        | Command::Access(Access::SignIn { .. } | Access::IssueToken(_)) => {}
    }
}

/// The lane of everything that goes by this name.
pub(crate) fn lane_of(text: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// What commands have in common that are better decided by the same committer: the order, else the goods. Those who
/// share it wait for each other in memory, not in the database.
pub(crate) fn lane(command: &Command) -> u64 {
    let of = lane_of;
    match command {
        Command::AcceptOrder(ask) => ask.items.first().map_or(0, |item| of(Sku::new(&item.sku).key())),
        Command::SaveSourceItems(counts) => counts.first().map_or(0, |count| of(count.sku.key())),
        Command::DeleteSourceItems(pairs) => pairs.first().map_or(0, |(_, sku)| of(sku.key())),
        Command::AssignSources { skus, .. }
        | Command::UnassignSources { skus, .. }
        | Command::MoveSource { skus, .. } => skus.first().map_or(0, |sku| of(sku.key())),
        Command::TransferStock { items, .. } => items.first().map_or(0, |(sku, _)| of(sku.key())),
        Command::AmendOrder(ask) => of_order(ask.order),
        Command::Invoice(ask) => of_order(ask.order),
        Command::Ship(ask) => of_order(ask.order),
        Command::Refund(ask) => of_order(ask.order),
        Command::CompleteShipment(ask) => of_order(ask.order),
        Command::RepackShipment(ask) => of_order(ask.order),
        Command::CancelOrder(order)
        | Command::HoldOrder { order, .. }
        | Command::ReleaseOrder { order, .. }
        | Command::DeleteShipment { order, .. }
        | Command::OpenPayment { order, .. }
        | Command::CommentOnOrder { order, .. }
        | Command::Settle { order, .. }
        | Command::MailOrder(order)
        | Command::TakeNews { order, .. }
        | Command::CaptureInvoice { order, .. }
        | Command::VoidInvoice { order, .. }
        | Command::MindAuthorisation { order, .. }
        | Command::AddTrack { order, .. } => of_order(*order),
        Command::SettleLetter { letter, .. } => of(&format!("letter {letter}")),
        Command::SaveWebsite { .. }
        | Command::SaveStore { .. }
        | Command::SaveSource { .. }
        | Command::SaveStock { .. }
        | Command::DeleteStock(_)
        | Command::SaveLinks(_)
        | Command::DeleteLinks(_)
        | Command::SaveProduct { .. }
        | Command::DeleteProduct(_)
        | Command::Suspect { .. }
        | Command::CommentOnDocument { .. }
        | Command::MailDocument(_)
        | Command::RemoveTrack(_)
        | Command::Access(_) => 0,
    }
}

fn of_order(order: OrderId) -> u64 {
    order.0.unsigned_abs()
}
