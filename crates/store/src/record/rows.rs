//! Things as rows of their tables: each is taken apart in full, so that a new field asks where it goes.

use waybill_domain::{
    AccessChange, Address, Adjustments, Amounts, Comment, CreditMemo, CreditMemoLine, Details, Invoice, InvoiceLine,
    Item, LineAccount, LineAmounts, Money, Order, Permissions, Position, Product, Revised, Source, Stage, Token, Track,
    User,
};

use super::Rows;
use crate::sql::Value;
use crate::tables::{
    ADDRESS, COMMENT, CREDIT_MEMO, CREDIT_MEMO_LINE, DETAILS, INVOICE, INVOICE_LINE, ITEM, ITEM_AMOUNTS, ITEM_REVISED,
    ORDER, ORDER_AMOUNTS, ORDER_HAS_GOODS, ORDER_REVISED, PRICES, PRICES_REVISED, PRODUCT, SIGN_IN, SOURCE, TOKEN,
    TRACK, USER,
};
use crate::{extra, holds};

impl<'a> Rows<'_, 'a> {
    pub(super) fn source(&mut self, source: &'a Source) {
        let Source {
            code,
            name,
            enabled,
            country,
            postcode,
            region,
            region_id,
            city,
            street,
            position,
            contact_name,
            email,
            phone,
            fax,
            description,
            default_carriers,
            carriers,
            pickup,
            pickup_name,
            pickup_description,
        } = source;
        let (latitude, longitude) = match position {
            Some(Position { latitude, longitude }) => (Some(*latitude), Some(*longitude)),
            None => (None, None),
        };
        let carriers: Vec<String> =
            carriers.iter().map(|(carrier, position)| format!("{carrier}:{position}")).collect();
        self.push(
            &SOURCE,
            [
                code.0.as_str().into(),
                name.as_str().into(),
                (*enabled).into(),
                country.as_str().into(),
                postcode.as_str().into(),
                region.into(),
                (*region_id).into(),
                city.into(),
                street.into(),
                latitude.into(),
                longitude.into(),
                contact_name.into(),
                email.into(),
                phone.into(),
                fax.into(),
                description.into(),
                (*default_carriers).into(),
                carriers.join(",").into(),
                (*pickup).into(),
                pickup_name.into(),
                pickup_description.into(),
            ],
        );
    }

    pub(super) fn product(&mut self, product: &'a Product) {
        let Product {
            id,
            sku,
            kind,
            name,
            price,
            weight,
            enabled,
            stock,
            composition,
            websites,
            created_at,
            updated_at,
        } = product;
        let websites: Vec<String> = websites.iter().map(ToString::to_string).collect();
        self.push(
            &PRODUCT,
            [
                sku.key().into(),
                sku.as_str().into(),
                id.0.into(),
                kind.as_str().into(),
                name.as_str().into(),
                price.0.into(),
                weight.map(|weight| weight.0).into(),
                (*enabled).into(),
                stock.managed.into(),
                stock.backorders.into(),
                stock.threshold.map(|quantity| quantity.0).into(),
                stock.min_sale.map(|quantity| quantity.0).into(),
                stock.max_sale.map(|quantity| quantity.0).into(),
                stock.increments.map(|quantity| quantity.0).into(),
                stock.decimal.into(),
                composition.price_on_children.into(),
                composition.ships_separately.into(),
                websites.join(",").into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
    }

    pub(super) fn order(&mut self, order: &'a Order, rate: i64) {
        let Order {
            id,
            store,
            stock,
            number,
            stage,
            is_virtual,
            currency,
            base_currency,
            method,
            email,
            grand_total,
            paid,
            refunded,
            due_again,
            kept_back,
            operation,
            shipments,
            consignments,
            created_at,
            updated_at,
            // One that comes in speaks of somebody.
            redacted_at: _,
            items,
            fulfilment: _,
        } = order;
        let [state, status, held_state, held_status, holds] = stage_values(stage);
        self.push(
            &ORDER,
            [
                id.0.into(),
                store.0.into(),
                stock.0.into(),
                number.as_str().into(),
                state,
                status,
                held_state,
                held_status,
                (*is_virtual).into(),
                currency.as_str().into(),
                base_currency.as_str().into(),
                rate.into(),
                method.into(),
                email.as_str().into(),
                grand_total.amount.0.into(),
                grand_total.base.0.into(),
                paid.amount.0.into(),
                paid.base.0.into(),
                refunded.amount.0.into(),
                refunded.base.0.into(),
                due_again.0.into(),
                kept_back.0.into(),
                operation.map(|operation| operation.0).into(),
                (*shipments).into(),
                (*consignments).into(),
                holds,
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
        for item in items {
            self.item(id.0, item);
        }
    }

    pub(super) fn item(&mut self, order: i64, item: &'a Item) {
        let Item {
            id,
            parent,
            product,
            sku,
            name,
            kind,
            is_virtual,
            decimal,
            locked_invoice,
            locked_ship,
            composition,
            selection,
            tracked,
            holds,
            ordered,
            done,
        } = item;
        self.push(
            &ITEM,
            [
                order.into(),
                id.0.into(),
                parent.map(|parent| parent.0).into(),
                product.map(|product| product.0).into(),
                sku.as_str().into(),
                name.as_str().into(),
                kind.as_str().into(),
                (*is_virtual).into(),
                (*decimal).into(),
                (*locked_invoice).into(),
                (*locked_ship).into(),
                composition.price_on_children.into(),
                composition.ships_separately.into(),
                selection.0.into(),
                (*tracked).into(),
                (*holds).into(),
                ordered.0.into(),
                done.canceled.0.into(),
                done.invoiced.0.into(),
                done.shipped.0.into(),
                done.refunded.0.into(),
                done.unsent.0.into(),
            ],
        );
    }

    pub(super) fn amounts(&mut self, order: i64, stage: &'static str, amounts: &Amounts) {
        let mut row = vec![order.into(), stage.into()];
        row.extend(amount_values(amounts));
        self.push_with(&ORDER_AMOUNTS, row);
    }

    pub(super) fn line(&mut self, order: i64, item: i64, line: &LineAccount) {
        self.push_with(&PRICES, prices(order, item, line));
        self.line_amounts(order, item, "ordered", &line.ordered);
    }

    /// Lines that are new, or otherwise than they were, and what that makes of their order.
    pub(super) fn revised(&mut self, order: i64, lines: &'a [Revised], amounts: &Amounts) {
        for Revised { item, account, added, is_new } in lines {
            if *is_new {
                self.item(order, item);
                self.line(order, item.id.0, account);
                if !item.is_virtual {
                    self.push(&ORDER_HAS_GOODS, [order.into(), false.into()]);
                }
                continue;
            }
            self.push(
                &ITEM_REVISED,
                [order.into(), item.id.0.into(), item.name.as_str().into(), item.ordered.0.into()],
            );
            self.push_with(&PRICES_REVISED, prices(order, item.id.0, account));
            self.line_amounts(order, item.id.0, "ordered", added);
        }
        self.amounts(order, "ordered", amounts);
        self.push(&ORDER_REVISED, [order.into(), amounts.total.amount.0.into(), amounts.total.base.0.into()]);
    }

    pub(super) fn line_amounts(&mut self, order: i64, item: i64, stage: &'static str, amounts: &LineAmounts) {
        let mut row = vec![order.into(), item.into(), stage.into()];
        row.extend(line_values(amounts));
        self.push_with(&ITEM_AMOUNTS, row);
    }

    pub(super) fn details(&mut self, order: i64, details: &'a Details) {
        let Details {
            customer,
            market,
            billing,
            shipping,
            shipping_method,
            shipping_description,
            payment,
            extra: more,
            items,
        } = details;
        self.push(
            &DETAILS,
            [
                order.into(),
                customer.id.into(),
                (&customer.firstname).into(),
                (&customer.lastname).into(),
                (*market).into(),
                shipping_method.into(),
                shipping_description.into(),
                extra::write(payment).into(),
                extra::write(more).into(),
                extra::write_items(items).into(),
            ],
        );
        for (role, address) in [("billing", billing), ("shipping", shipping)] {
            if let Some(address) = address {
                self.address(order, role, address);
            }
        }
    }

    pub(super) fn address(&mut self, order: i64, role: &'static str, address: &'a Address) {
        let Address {
            id,
            firstname,
            lastname,
            company,
            street,
            city,
            region,
            region_code,
            region_id,
            postcode,
            country,
            telephone,
            email,
            extra: more,
        } = address;
        self.push(
            &ADDRESS,
            [
                order.into(),
                role.into(),
                id.0.into(),
                firstname.as_str().into(),
                lastname.as_str().into(),
                company.into(),
                street.join("\n").into(),
                city.as_str().into(),
                region.into(),
                region_code.into(),
                (*region_id).into(),
                postcode.as_str().into(),
                country.as_str().into(),
                telephone.into(),
                email.into(),
                extra::write(more).into(),
            ],
        );
    }

    pub(super) fn comment(&mut self, comment: &'a Comment) {
        let Comment { id, subject, parent, text, status, notified, visible_on_front, entity, created_at } = comment;
        self.push(
            &COMMENT,
            [
                subject.as_str().into(),
                (*parent).into(),
                id.0.into(),
                text.into(),
                status.into(),
                (*notified).into(),
                (*visible_on_front).into(),
                entity.into(),
                created_at.0.into(),
            ],
        );
    }

    pub(super) fn track(&mut self, track: &'a Track) {
        let Track { id, shipment, order, number, title, carrier, description, weight, quantity, created_at } = track;
        self.push(
            &TRACK,
            [
                shipment.0.into(),
                id.0.into(),
                order.0.into(),
                number.as_str().into(),
                title.into(),
                carrier.as_str().into(),
                description.into(),
                weight.map(|weight| weight.0).into(),
                quantity.map(|quantity| quantity.0).into(),
                created_at.0.into(),
            ],
        );
    }

    pub(super) fn invoice(&mut self, invoice: &'a Invoice) {
        let Invoice { id, order, store, number, state, transaction, amounts, total, lines, created_at, updated_at } =
            invoice;
        let mut row = vec![
            id.0.into(),
            order.0.into(),
            store.0.into(),
            number.as_str().into(),
            state.number().into(),
            transaction.into(),
            total.0.into(),
            created_at.0.into(),
            updated_at.0.into(),
        ];
        row.extend(amount_values(amounts));
        self.push_with(&INVOICE, row);
        for InvoiceLine { id: line, item, quantity, amounts } in lines {
            self.push_with(&INVOICE_LINE, document_line(id.0, line.0, item.0, quantity.0, amounts.as_ref()));
        }
    }

    pub(super) fn credit_memo(&mut self, memo: &'a CreditMemo) {
        let CreditMemo {
            id,
            order,
            invoice,
            store,
            number,
            state,
            online,
            amounts,
            adjustments: Adjustments { positive, negative },
            total,
            lines,
            created_at,
            updated_at,
        } = memo;
        let mut row = vec![
            id.0.into(),
            order.0.into(),
            invoice.map(|invoice| invoice.0).into(),
            store.0.into(),
            number.as_str().into(),
            state.number().into(),
            (*online).into(),
            total.0.into(),
        ];
        row.extend(both(*positive));
        row.extend(both(*negative));
        row.push(created_at.0.into());
        row.push(updated_at.0.into());
        row.extend(amount_values(amounts));
        self.push_with(&CREDIT_MEMO, row);
        for CreditMemoLine { id: line, item, quantity, amounts } in lines {
            self.push_with(&CREDIT_MEMO_LINE, document_line(id.0, line.0, item.0, quantity.0, amounts.as_ref()));
        }
    }

    pub(super) fn access(&mut self, change: &'a AccessChange) {
        match change {
            AccessChange::UserSaved(User { id, name, password, permissions, active, failures, locked_until }) => {
                self.push(
                    &USER,
                    [
                        name.as_str().into(),
                        id.0.into(),
                        password.as_str().into(),
                        permissions_text(permissions).into(),
                        (*active).into(),
                        (*failures).into(),
                        locked_until.map(|until| until.0).into(),
                    ],
                );
            }
            AccessChange::TokenIssued(token) => {
                let Token { hash, name, user, permissions, expires_at, repeats_ms, settings, credential } = token;
                self.writes.push(
                    &TOKEN,
                    vec![
                        hash.as_str().into(),
                        self.tenant.clone(),
                        name.as_str().into(),
                        user.map(|user| user.0).into(),
                        permissions_text(permissions).into(),
                        expires_at.map(|at| at.0).into(),
                        (*repeats_ms).into(),
                        settings.into(),
                        credential.into(),
                    ],
                );
            }
            AccessChange::SignInCounted { user, failures, locked_until } => {
                self.push(&SIGN_IN, [user.0.into(), (*failures).into(), locked_until.map(|until| until.0).into()]);
            }
        }
    }
}

pub(super) fn stage_values(stage: &Stage) -> [Value<'_>; 5] {
    let (held_state, held_status) = match &stage.before_hold {
        Some((state, status)) => (Some(state.as_str()), status.as_deref()),
        None => (None, None),
    };
    let holds = (!stage.holds.is_empty()).then(|| holds::write(&stage.holds));
    [stage.state.as_str().into(), (&stage.status).into(), held_state.into(), held_status.into(), holds.into()]
}

fn both<'a>(money: Money) -> [Value<'a>; 2] {
    [money.amount.0.into(), money.base.0.into()]
}

/// In the order of `AMOUNTS`.
fn amount_values<'a>(amounts: &Amounts) -> Vec<Value<'a>> {
    let Amounts {
        subtotal,
        subtotal_incl_tax,
        discount,
        shipping,
        shipping_incl_tax,
        shipping_discount,
        shipping_tax,
        tax,
        compensation,
        shipping_compensation,
        cost,
        total,
    } = *amounts;
    [
        subtotal,
        subtotal_incl_tax,
        discount,
        shipping,
        shipping_incl_tax,
        shipping_discount,
        shipping_tax,
        tax,
        compensation,
        shipping_compensation,
        cost,
        total,
    ]
    .into_iter()
    .flat_map(both)
    .collect()
}

/// What one piece of a line costs.
fn prices<'a>(order: i64, item: i64, line: &LineAccount) -> Vec<Value<'a>> {
    // What it comes to has rows of its own.
    let LineAccount { price, price_incl_tax, original_price, cost, ordered: _, invoiced: _, refunded: _, canceled: _ } =
        line;
    let mut row = vec![order.into(), item.into()];
    for money in [price, price_incl_tax, original_price] {
        row.extend(both(*money));
    }
    row.push(cost.map(|cost| cost.amount.0).into());
    row.push(cost.map(|cost| cost.base.0).into());
    row
}

fn line_values<'a>(amounts: &LineAmounts) -> Vec<Value<'a>> {
    let LineAmounts { row, row_incl_tax, tax, discount, compensation } = *amounts;
    [row, row_incl_tax, tax, discount, compensation].into_iter().flat_map(both).collect()
}

/// In the order of `DOCUMENT_LINE`.
fn document_line<'a>(
    document: i64,
    line: i64,
    item: i64,
    quantity: i64,
    amounts: Option<&LineAmounts>,
) -> Vec<Value<'a>> {
    let mut row = vec![document.into(), line.into(), item.into(), quantity.into()];
    match amounts {
        Some(amounts) => row.extend(line_values(amounts)),
        None => row.extend(std::iter::repeat_n(Value::Null, 10)),
    }
    row
}

fn permissions_text(permissions: &Permissions) -> String {
    match permissions {
        Permissions::All => "*".to_owned(),
        Permissions::Some(resources) => resources.join("\n"),
    }
}
