//! Lines as clients name them and lines as they are sent: which of a kit's lines carries its parcel is the shop's
//! business, and a plugin may be shown only one kind of them (contract `centra.md`, sections 7 and 18).

use std::collections::BTreeMap;

use waybill_domain::{Item, ItemId, Order, Quantity};

use super::words;

/// A line that a request names, as it is written there, and how many of it.
pub(crate) type Named = (String, ItemId, Quantity);

/// The lines that carry the parcels of those that were named: for parts of a kit that is sent as one their kit, for a
/// kit whose parts are sent apart its parts. Where kit and parts are both named, they must say the same.
pub(crate) fn as_sent(order: &Order, named: &[Named]) -> Result<Vec<Named>, String> {
    let is_named = |id: ItemId| named.iter().any(|(_, other, _)| *other == id);
    let mut sent = Vec::with_capacity(named.len());
    let mut kits: BTreeMap<ItemId, Quantity> = BTreeMap::new();
    for (line, id, quantity) in named {
        let Some(item) = order.item(*id).filter(|item| order.is_dummy_for_shipping(item)) else {
            sent.push((line.clone(), *id, *quantity));
            continue;
        };
        if let Some(kit) = item.parent {
            let whole = kits_of(order, kit, named).ok_or_else(|| words::part_alone(line))?;
            let stated = named.iter().find(|(_, other, _)| *other == kit);
            if stated.is_some_and(|(_, _, stated)| *stated != whole) {
                return Err(words::part_alone(line));
            }
            if stated.is_none() {
                kits.insert(kit, whole);
            }
            continue;
        }
        let parts: Vec<&Item> = parts_of(order, *id).collect();
        if parts.iter().any(|part| is_named(part.id)) {
            // They say it themselves.
            continue;
        }
        sent.extend(parts.iter().map(|part| (part.id.to_string(), part.id, part.selection.each(*quantity))));
    }
    sent.extend(kits.into_iter().map(|(kit, quantity)| (kit.to_string(), kit, quantity)));
    Ok(sent)
}

/// How many whole kits the named parts make, if all of them are named and make the same.
fn kits_of(order: &Order, kit: ItemId, named: &[Named]) -> Option<Quantity> {
    let of = |part: &Item| {
        let quantity: Quantity =
            named.iter().filter(|(_, id, _)| *id == part.id).map(|(_, _, quantity)| *quantity).sum();
        let is_named = named.iter().any(|(_, id, _)| *id == part.id);
        let kits = quantity.per(part.selection).filter(|_| is_named)?;
        (part.selection.each(kits) == quantity && !kits.has_fraction()).then_some(kits)
    };
    let mut all = parts_of(order, kit).map(of);
    let first = all.next()??;
    all.all(|kits| kits == Some(first)).then_some(first)
}

fn parts_of(order: &Order, kit: ItemId) -> impl Iterator<Item = &Item> {
    order.children(kit).filter(|part| !part.is_virtual)
}
