//! What is wrong with an order that comes in (contract, section 5.1).

use waybill_domain::BadOrder;

/// The same in Magento's words where it has some, otherwise in ours.
pub(super) fn bad(bad: &BadOrder) -> String {
    match bad {
        BadOrder::NoItems => "Please specify order items.".to_owned(),
        BadOrder::TooManyItems { most } => format!("An order has at most {most} items."),
        BadOrder::NoQuantity { sku } => {
            format!("\"qty_ordered\" of the item with SKU \"{sku}\" must be greater than 0.")
        }
        BadOrder::NoSku { position } => format!("The item at position {position} has no \"sku\"."),
        BadOrder::Amount { field } => format!("\"{field}\" is below zero or too large."),
        BadOrder::AlreadyDone { field } => format!(
            "\"{field}\" cannot be sent with a new order: invoices, shipments and credit memos bring it about. Leave it \
             out."
        ),
        BadOrder::State(state) => format!(
            "An order cannot come in with the state \"{state}\". Use new, pending_payment, processing, holded or \
             payment_review."
        ),
        BadOrder::UnknownParent { sku } => {
            format!("The parent of the item with SKU \"{sku}\" is not among the order's items.")
        }
        BadOrder::NestedParent { sku } => {
            format!("The parent of the item with SKU \"{sku}\" has a parent itself, or does not exist.")
        }
        BadOrder::Currency(code) => {
            format!("\"{code}\" is not the code of a currency: three capital letters (ISO 4217), such as EUR.")
        }
        BadOrder::UnknownKind(kind) => format!(
            "\"product_type\" is \"{kind}\". Use simple, virtual, downloadable, configurable, bundle or grouped."
        ),
        BadOrder::AddressIncomplete { missing, bad_email } => {
            let mut lines: Vec<String> = missing
                .iter()
                .map(|field| format!("\"{}\" is required. Enter and try again.", address_label(field)))
                .collect();
            if *bad_email {
                lines.push("Email has a wrong format".to_owned());
            }
            lines.join("\n")
        }
        BadOrder::CannotChange { field } => {
            format!("\"{field}\" of an order that was accepted cannot be changed. Leave it out.")
        }
    }
}

fn address_label(field: &str) -> &str {
    match field {
        "postcode" => "Zip code",
        "lastname" => "Last name",
        "street" => "Street",
        "city" => "City",
        "email" => "Email",
        "country_id" => "Country",
        "firstname" => "First Name",
        "telephone" => "Phone Number",
        other => other,
    }
}
