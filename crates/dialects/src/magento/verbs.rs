//! The table of verbs: each says its route, its resource, what it takes and what it gives.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::LazyLock;

use http::Method;

use super::wire::fault::{Entry, Fault};
use super::wire::route::{self, Variables};
use super::wire::shape::{Kind, Member, kind_of, members_of};
use super::{
    Answer, Ask, bulk, credit_memo, invoice, order, places, product, refund, salable, selection, ship, shipment,
    source_item, store, token, transaction,
};

/// One thing that a client can ask of this door.
pub(crate) struct Verb {
    method: Method,
    pattern: &'static str,
    pub(crate) resource: Resource,
    /// With `!`: required.
    pub(crate) parameters: Vec<Member>,
    pub(crate) answer: Kind,
    pub(crate) run: Run,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Anonymous,
    /// Whoever has this resource of the access list (contract 1.5).
    Named(&'static str),
}

/// What makes an invoice, a shipment or a credit memo.
const DOCUMENTS: &[&str] = &[
    "/V1/order/:orderId/invoice",
    "/V1/order/:orderId/ship",
    "/V1/order/:orderId/refund",
    "/V1/invoice/:invoiceId/refund",
    "/V1/invoices",
    "/V1/shipment",
    "/V1/creditmemo",
    "/V1/creditmemo/refund",
];

impl Verb {
    /// Whether a document comes of it, so that asked twice it may be done twice.
    pub(crate) fn makes_a_document(&self) -> bool {
        self.method == Method::POST && DOCUMENTS.contains(&self.pattern)
    }
}

type Run = Box<dyn Fn(Ask) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

const VIEW: &str = "Magento_Sales::actions_view";
const CREATE: &str = "Magento_Sales::create";
const SHIPMENT: &str = "Magento_Sales::shipment";
const INVOICE: &str = "Magento_Sales::sales_invoice";
const CREDIT_MEMO: &str = "Magento_Sales::sales_creditmemo";
const TRANSACTIONS: &str = "Magento_Sales::transactions_fetch";
const SOURCE: &str = "Magento_InventoryApi::source";
const SOURCE_EDIT: &str = "Magento_InventoryApi::source_edit";
const STOCK: &str = "Magento_InventoryApi::stock";
const STOCK_EDIT: &str = "Magento_InventoryApi::stock_edit";
const LINK: &str = "Magento_InventoryApi::stock_source_link";
const ASSIGN: &str = "Magento_InventoryApi::stock_source_item_assign";
const PRODUCTS: &str = "Magento_Catalog::products";
const SALES: &str = "Magento_InventorySalesApi::stock";
const STORES: &str = "Magento_Backend::store";

/// All resources that something asks for.
pub(crate) fn resources() -> BTreeSet<&'static str> {
    let named = |verb: &Verb| match verb.resource {
        Resource::Anonymous => None,
        Resource::Named(resource) => Some(resource),
    };
    VERBS.iter().filter_map(named).collect()
}

/// Every endpoint, with the names of what its address names, and the resource that it asks for: for tests that ask
/// each of them.
pub fn endpoints() -> Vec<(&'static str, String, Option<&'static str>)> {
    let resource = |verb: &Verb| match verb.resource {
        Resource::Anonymous => None,
        Resource::Named(resource) => Some(resource),
    };
    VERBS.iter().map(|verb| (verb.method.as_str(), format!("/rest{}", verb.pattern), resource(verb))).collect()
}

/// Finds the verb of a request; a route without variables wins over one with.
pub(crate) fn find(method: &Method, segments: &[String]) -> Result<(&'static Verb, Variables), Fault> {
    let mut found: Option<(&'static Verb, Variables)> = None;
    for verb in VERBS.iter().filter(|verb| verb.method == *method) {
        if let Some(variables) = route::matches(verb.pattern, segments)
            && found.as_ref().is_none_or(|(_, best)| variables.len() < best.len())
        {
            found = Some((verb, variables));
        }
    }
    found.ok_or_else(|| match UNSUPPORTED.iter().find(|pattern| route::matches(pattern, segments).is_some()) {
        Some(pattern) => Fault::no_route().with(vec![Entry::new(format!("Waybill does not support {pattern} yet."))]),
        None => Fault::no_route(),
    })
}

/// Routes that Magento has and this door does not yet: the answer says so.
const UNSUPPORTED: &[&str] = &[
    "/V1/customers",
    "/V1/integration/customer/token",
    "/V1/tfa/provider/google/authenticate",
    "/V1/inventory/low-quantity-notification",
    "/V1/inventory/low-quantity-notification/:sourceCode/:sku",
    "/V1/inventory/low-quantity-notifications-delete",
    "/V1/inventory/export-stock-salable-qty/:type/:code",
    "/V1/inventory/dump-stock-index-data/:type/:code",
    "/V1/inventory/get-latlng-from-address",
    "/V1/inventory/get-latslngs-from-address",
    "/V1/inventory/in-store-pickup/pickup-locations",
];

macro_rules! verbs {
    ($($method:ident $pattern:literal $resource:expr, $parameters:literal => $answer:literal $run:expr;)*) => {
        vec![$(Verb {
            method: Method::$method,
            pattern: $pattern,
            resource: $resource,
            parameters: members_of($parameters),
            answer: kind_of($answer),
            run: Box::new(|ask| Box::pin($run(ask))),
        }),*]
    };
}

const fn may(resource: &'static str) -> Resource {
    Resource::Named(resource)
}

static VERBS: LazyLock<Vec<Verb>> = LazyLock::new(|| {
    verbs! {
        POST "/V1/integration/admin/token" Resource::Anonymous, "username!:s password!:s" => "s" token::sign_in;

        GET "/V1/store/websites" may(STORES), "" => "StoreDataWebsite[]" store::websites;
        GET "/V1/store/storeViews" may(STORES), "" => "StoreDataStore[]" store::store_views;
        GET "/V1/store/storeGroups" may(STORES), "" => "StoreDataGroup[]" store::store_groups;
        GET "/V1/store/storeConfigs" may(STORES), "storeCodes:s[]" => "StoreDataStoreConfig[]" store::store_configs;

        POST "/V1/products" may(PRODUCTS), "product!:CatalogDataProduct saveOptions:b" => "CatalogDataProduct" product::save;
        PUT "/V1/products/:sku" may(PRODUCTS), "sku!:s product!:CatalogDataProduct saveOptions:b" => "CatalogDataProduct" product::save;
        GET "/V1/products" may(PRODUCTS), "" => "ProductList" product::list;
        GET "/V1/products/:sku" may(PRODUCTS), "sku!:s" => "CatalogDataProduct" product::get;
        DELETE "/V1/products/:sku" may(PRODUCTS), "sku!:s" => "b" product::delete;

        GET "/V1/inventory/sources" may(SOURCE), "" => "SourceList" places::sources;
        GET "/V1/inventory/sources/:sourceCode" may(SOURCE), "sourceCode!:s" => "InventoryApiDataSource" places::source;
        POST "/V1/inventory/sources" may(SOURCE_EDIT), "source!:InventoryApiDataSource" => "any" places::save_source;
        PUT "/V1/inventory/sources/:sourceCode" may(SOURCE_EDIT), "sourceCode!:s source!:InventoryApiDataSource" => "any" places::save_source;
        GET "/V1/inventory/stocks" may(STOCK), "" => "StockList" places::stocks;
        GET "/V1/inventory/stocks/:stockId" may(STOCK), "stockId!:i" => "InventoryApiDataStock" places::stock;
        POST "/V1/inventory/stocks" may(STOCK_EDIT), "stock!:InventoryApiDataStock" => "i" places::save_stock;
        PUT "/V1/inventory/stocks/:stockId" may(STOCK_EDIT), "stockId!:i stock!:InventoryApiDataStock" => "i" places::save_stock;
        DELETE "/V1/inventory/stocks/:stockId" may("Magento_InventoryApi::stock_delete"), "stockId!:i" => "any" places::delete_stock;
        GET "/V1/inventory/stock-source-links" may(LINK), "" => "LinkList" places::links;
        POST "/V1/inventory/stock-source-links" may(LINK), "links!:InventoryApiDataStockSourceLink[]" => "any" places::save_links;
        POST "/V1/inventory/stock-source-links-delete" may(LINK), "links!:InventoryApiDataStockSourceLink[]" => "any" places::delete_links;
        GET "/V1/inventory/get-sources-assigned-to-stock-ordered-by-priority/:stockId" may(SOURCE), "stockId!:i" => "InventoryApiDataSource[]" places::sources_of_stock;
        GET "/V1/inventory/stock-resolver/:type/:code" may(SALES), "type!:s code!:s" => "InventoryApiDataStock" places::resolve_stock;

        GET "/V1/inventory/source-items" may(SOURCE), "" => "SourceItemList" source_item::list;
        POST "/V1/inventory/source-items" may(ASSIGN), "sourceItems!:InventoryApiDataSourceItem[]" => "any" source_item::save;
        POST "/V1/inventory/source-items-delete" may(ASSIGN), "sourceItems!:InventoryApiDataSourceItem[]" => "any" source_item::delete;
        POST "/V1/inventory/bulk-product-source-assign" may(PRODUCTS), "skus!:s[] sourceCodes!:s[]" => "i" bulk::assign;
        POST "/V1/inventory/bulk-product-source-unassign" may(PRODUCTS), "skus!:s[] sourceCodes!:s[]" => "i" bulk::unassign;
        POST "/V1/inventory/bulk-product-source-transfer" may(PRODUCTS), "skus!:s[] originSource!:s destinationSource!:s unassignFromOrigin!:b" => "b" bulk::transfer;
        POST "/V1/inventory/bulk-partial-source-transfer" may(PRODUCTS), "originSourceCode!:s destinationSourceCode!:s items!:InventoryCatalogApiDataPartialInventoryTransferItem[]" => "any" bulk::partial_transfer;

        GET "/V1/inventory/is-product-salable/:sku/:stockId" may(SALES), "sku!:s stockId!:i" => "b" salable::is_salable;
        GET "/V1/inventory/get-product-salable-quantity/:sku/:stockId" may(SALES), "sku!:s stockId!:i" => "f" salable::quantity;
        GET "/V1/inventory/are-products-salable" may(SALES), "skus!:s[] stockId!:i" => "InventorySalesApiDataIsProductSalableResult[]" salable::are_salable;
        GET "/V1/inventory/is-product-salable-for-requested-qty/:sku/:stockId/:requestedQty" may(SALES), "sku!:s stockId!:i requestedQty!:f" => "InventorySalesApiDataProductSalableResult" salable::is_salable_for;
        GET "/V1/inventory/are-product-salable-for-requested-qty" may(SALES), "skuRequests!:SkuRequest[] stockId!:i" => "InventorySalesApiDataIsProductSalableForRequestedQtyResult[]" salable::are_salable_for;

        GET "/V1/inventory/source-selection-algorithm-list" may("Magento_InventorySourceSelectionApi::source_selection_algorithm"), "" => "InventorySourceSelectionApiDataSourceSelectionAlgorithm[]" selection::algorithms;
        POST "/V1/inventory/source-selection-algorithm-result" may("Magento_InventorySourceSelectionApi::source_selection_algorithm_post"), "inventoryRequest!:InventorySourceSelectionApiDataInventoryRequest algorithmCode!:s" => "InventorySourceSelectionApiDataSourceSelectionResult" selection::result;
        GET "/V1/inventory/get-distance-provider-code" may(SOURCE), "" => "s" selection::provider;
        GET "/V1/inventory/get-distance" may(SOURCE), "source!:Place destination!:Place" => "f" selection::distance;

        POST "/V1/orders" may(CREATE), "entity!:SalesDataOrder" => "SalesDataOrder" order::save;
        PUT "/V1/orders/create" may(CREATE), "entity!:SalesDataOrder" => "SalesDataOrder" order::save;
        GET "/V1/orders" may(VIEW), "" => "OrderList" order::list;
        GET "/V1/orders/:id" may(VIEW), "id!:i" => "SalesDataOrder" order::get;
        POST "/V1/orders/:id/cancel" may("Magento_Sales::cancel"), "id!:i" => "b" order::cancel;
        POST "/V1/orders/:id/hold" may("Magento_Sales::hold"), "id!:i" => "b" order::hold;
        POST "/V1/orders/:id/unhold" may("Magento_Sales::unhold"), "id!:i" => "b" order::unhold;
        GET "/V1/orders/:id/statuses" may(VIEW), "id!:i" => "s" order::status;
        GET "/V1/orders/:id/comments" may(VIEW), "id!:i" => "HistoryList" order::comments;
        POST "/V1/orders/:id/comments" may("Magento_Sales::comment"), "id!:i statusHistory!:SalesDataOrderStatusHistory" => "b" order::comment;
        POST "/V1/orders/:id/emails" may("Magento_Sales::emails"), "id!:i" => "b" order::mail;
        GET "/V1/orders/items" may(VIEW), "" => "OrderItemList" order::items;
        GET "/V1/orders/items/:id" may(VIEW), "id!:i" => "SalesDataOrderItem" order::item;

        POST "/V1/order/:orderId/invoice" may("Magento_Sales::invoice"), "orderId!:i capture:b items:SalesDataInvoiceItemCreation[] notify:b appendComment:b comment:SalesDataInvoiceCommentCreation arguments:SalesDataInvoiceCreationArguments" => "i" invoice::invoice;
        POST "/V1/order/:orderId/refund" may("Magento_Sales::creditmemo"), "orderId!:i items:SalesDataCreditmemoItemCreation[] notify:b appendComment:b comment:SalesDataCreditmemoCommentCreation arguments:SalesDataCreditmemoCreationArguments" => "i" refund::order;
        POST "/V1/invoice/:invoiceId/refund" may(INVOICE), "invoiceId!:i items:SalesDataCreditmemoItemCreation[] isOnline:b notify:b appendComment:b comment:SalesDataCreditmemoCommentCreation arguments:SalesDataCreditmemoCreationArguments" => "i" refund::invoice;
        POST "/V1/creditmemo/refund" may(CREDIT_MEMO), "creditmemo!:SalesDataCreditmemo offlineRequested:b" => "SalesDataCreditmemo" refund::object;
        POST "/V1/creditmemo" may(CREDIT_MEMO), "entity!:SalesDataCreditmemo" => "SalesDataCreditmemo" refund::save;
        GET "/V1/creditmemos" may(CREDIT_MEMO), "" => "CreditmemoList" credit_memo::list;
        GET "/V1/creditmemo/:id" may(CREDIT_MEMO), "id!:i" => "SalesDataCreditmemo" credit_memo::get;
        PUT "/V1/creditmemo/:id" may(CREDIT_MEMO), "id!:i" => "b" credit_memo::cancel;
        GET "/V1/creditmemo/:id/comments" may(CREDIT_MEMO), "id!:i" => "CreditmemoCommentList" credit_memo::comments;
        POST "/V1/creditmemo/:id/comments" may(CREDIT_MEMO), "id!:i entity!:SalesDataCreditmemoComment" => "SalesDataCreditmemoComment" credit_memo::comment;
        POST "/V1/creditmemo/:id/emails" may(CREDIT_MEMO), "id!:i" => "b" credit_memo::mail;

        GET "/V1/invoices" may(INVOICE), "" => "InvoiceList" invoice::list;
        GET "/V1/invoices/:id" may(INVOICE), "id!:i" => "SalesDataInvoice" invoice::get;
        GET "/V1/invoices/:id/comments" may(INVOICE), "id!:i" => "InvoiceCommentList" invoice::comments;
        POST "/V1/invoices" may(INVOICE), "entity!:SalesDataInvoice" => "SalesDataInvoice" invoice::save;
        POST "/V1/invoices/:id/capture" may(INVOICE), "id!:i" => "s" invoice::capture;
        POST "/V1/invoices/:id/void" may(INVOICE), "id!:i" => "b" invoice::void;
        POST "/V1/invoices/:id/emails" may(INVOICE), "id!:i" => "b" invoice::mail;
        GET "/V1/transactions" may(TRANSACTIONS), "" => "TransactionList" transaction::list;
        GET "/V1/transactions/:id" may(TRANSACTIONS), "id!:i" => "SalesDataTransaction" transaction::get;
        POST "/V1/invoices/comments" may(INVOICE), "entity!:SalesDataInvoiceComment" => "SalesDataInvoiceComment" invoice::comment;

        POST "/V1/order/:orderId/ship" may("Magento_Sales::ship"), "orderId!:i items:SalesDataShipmentItemCreation[] notify:b appendComment:b comment:SalesDataShipmentCommentCreation tracks:SalesDataShipmentTrackCreation[] packages:any[] arguments:SalesDataShipmentCreationArguments sourceCode:s" => "i" ship::ship;
        POST "/V1/shipment" may(SHIPMENT), "entity!:SalesDataShipment" => "SalesDataShipment" ship::save;
        GET "/V1/shipments" may(SHIPMENT), "" => "ShipmentList" shipment::list;
        GET "/V1/shipment/:id" may(SHIPMENT), "id!:i" => "SalesDataShipment" shipment::get;
        GET "/V1/shipment/:id/comments" may(SHIPMENT), "id!:i" => "ShipmentCommentList" shipment::comments;
        POST "/V1/shipment/:id/comments" may(SHIPMENT), "id!:i entity!:SalesDataShipmentComment" => "SalesDataShipmentComment" shipment::comment;
        POST "/V1/shipment/:id/emails" may(SHIPMENT), "id!:i" => "b" shipment::mail;
        GET "/V1/shipment/:id/label" may(SHIPMENT), "id!:i" => "s" shipment::label;
        POST "/V1/shipment/track" may(SHIPMENT), "entity!:SalesDataShipmentTrack" => "SalesDataShipmentTrack" shipment::add_track;
        DELETE "/V1/shipment/track/:id" may(SHIPMENT), "id!:i" => "b" shipment::remove_track;
    }
});
