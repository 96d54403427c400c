//! Who may do what: every verb, asked by everybody (invariant P2).

use crate::shop::Shop;

/// Each route with the resource that it needs.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/rest/V1/store/websites", "Magento_Backend::store"),
    ("GET", "/rest/V1/store/storeViews", "Magento_Backend::store"),
    ("GET", "/rest/V1/store/storeGroups", "Magento_Backend::store"),
    ("GET", "/rest/V1/store/storeConfigs", "Magento_Backend::store"),
    ("POST", "/rest/V1/products", "Magento_Catalog::products"),
    ("PUT", "/rest/V1/products/A", "Magento_Catalog::products"),
    ("GET", "/rest/V1/products", "Magento_Catalog::products"),
    ("GET", "/rest/V1/products/A", "Magento_Catalog::products"),
    ("DELETE", "/rest/V1/products/A", "Magento_Catalog::products"),
    ("GET", "/rest/V1/inventory/sources", "Magento_InventoryApi::source"),
    ("GET", "/rest/V1/inventory/sources/default", "Magento_InventoryApi::source"),
    ("POST", "/rest/V1/inventory/sources", "Magento_InventoryApi::source_edit"),
    ("PUT", "/rest/V1/inventory/sources/x", "Magento_InventoryApi::source_edit"),
    ("GET", "/rest/V1/inventory/stocks", "Magento_InventoryApi::stock"),
    ("GET", "/rest/V1/inventory/stocks/1", "Magento_InventoryApi::stock"),
    ("POST", "/rest/V1/inventory/stocks", "Magento_InventoryApi::stock_edit"),
    ("PUT", "/rest/V1/inventory/stocks/1", "Magento_InventoryApi::stock_edit"),
    ("DELETE", "/rest/V1/inventory/stocks/1", "Magento_InventoryApi::stock_delete"),
    ("GET", "/rest/V1/inventory/stock-source-links", "Magento_InventoryApi::stock_source_link"),
    ("POST", "/rest/V1/inventory/stock-source-links", "Magento_InventoryApi::stock_source_link"),
    ("POST", "/rest/V1/inventory/stock-source-links-delete", "Magento_InventoryApi::stock_source_link"),
    ("GET", "/rest/V1/inventory/get-sources-assigned-to-stock-ordered-by-priority/1", "Magento_InventoryApi::source"),
    ("GET", "/rest/V1/inventory/stock-resolver/website/base", "Magento_InventorySalesApi::stock"),
    ("GET", "/rest/V1/inventory/source-items", "Magento_InventoryApi::source"),
    ("POST", "/rest/V1/inventory/source-items", "Magento_InventoryApi::stock_source_item_assign"),
    ("POST", "/rest/V1/inventory/source-items-delete", "Magento_InventoryApi::stock_source_item_assign"),
    ("POST", "/rest/V1/inventory/bulk-product-source-assign", "Magento_Catalog::products"),
    ("POST", "/rest/V1/inventory/bulk-product-source-unassign", "Magento_Catalog::products"),
    ("POST", "/rest/V1/inventory/bulk-product-source-transfer", "Magento_Catalog::products"),
    ("POST", "/rest/V1/inventory/bulk-partial-source-transfer", "Magento_Catalog::products"),
    ("GET", "/rest/V1/inventory/is-product-salable/A/1", "Magento_InventorySalesApi::stock"),
    ("GET", "/rest/V1/inventory/get-product-salable-quantity/A/1", "Magento_InventorySalesApi::stock"),
    ("GET", "/rest/V1/inventory/are-products-salable", "Magento_InventorySalesApi::stock"),
    ("GET", "/rest/V1/inventory/is-product-salable-for-requested-qty/A/1/1", "Magento_InventorySalesApi::stock"),
    ("GET", "/rest/V1/inventory/are-product-salable-for-requested-qty", "Magento_InventorySalesApi::stock"),
    (
        "GET",
        "/rest/V1/inventory/source-selection-algorithm-list",
        "Magento_InventorySourceSelectionApi::source_selection_algorithm",
    ),
    (
        "POST",
        "/rest/V1/inventory/source-selection-algorithm-result",
        "Magento_InventorySourceSelectionApi::source_selection_algorithm_post",
    ),
    ("GET", "/rest/V1/inventory/get-distance-provider-code", "Magento_InventoryApi::source"),
    ("GET", "/rest/V1/inventory/get-distance", "Magento_InventoryApi::source"),
    ("POST", "/rest/V1/orders", "Magento_Sales::create"),
    ("PUT", "/rest/V1/orders/create", "Magento_Sales::create"),
    ("GET", "/rest/V1/orders", "Magento_Sales::actions_view"),
    ("GET", "/rest/V1/orders/1", "Magento_Sales::actions_view"),
    ("POST", "/rest/V1/orders/1/cancel", "Magento_Sales::cancel"),
    ("POST", "/rest/V1/orders/1/hold", "Magento_Sales::hold"),
    ("POST", "/rest/V1/orders/1/unhold", "Magento_Sales::unhold"),
    ("GET", "/rest/V1/orders/1/statuses", "Magento_Sales::actions_view"),
    ("GET", "/rest/V1/orders/1/comments", "Magento_Sales::actions_view"),
    ("POST", "/rest/V1/orders/1/comments", "Magento_Sales::comment"),
    ("GET", "/rest/V1/orders/items", "Magento_Sales::actions_view"),
    ("GET", "/rest/V1/orders/items/1", "Magento_Sales::actions_view"),
    ("POST", "/rest/V1/order/1/invoice", "Magento_Sales::invoice"),
    ("GET", "/rest/V1/invoices", "Magento_Sales::sales_invoice"),
    ("GET", "/rest/V1/invoices/1", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/invoices", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/invoices/1/capture", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/invoices/1/void", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/invoices/1/emails", "Magento_Sales::sales_invoice"),
    ("GET", "/rest/V1/invoices/1/comments", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/invoices/comments", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/order/1/refund", "Magento_Sales::creditmemo"),
    ("POST", "/rest/V1/invoice/1/refund", "Magento_Sales::sales_invoice"),
    ("POST", "/rest/V1/creditmemo", "Magento_Sales::sales_creditmemo"),
    ("POST", "/rest/V1/creditmemo/refund", "Magento_Sales::sales_creditmemo"),
    ("GET", "/rest/V1/creditmemos", "Magento_Sales::sales_creditmemo"),
    ("GET", "/rest/V1/creditmemo/1", "Magento_Sales::sales_creditmemo"),
    ("PUT", "/rest/V1/creditmemo/1", "Magento_Sales::sales_creditmemo"),
    ("GET", "/rest/V1/creditmemo/1/comments", "Magento_Sales::sales_creditmemo"),
    ("POST", "/rest/V1/creditmemo/1/comments", "Magento_Sales::sales_creditmemo"),
    ("POST", "/rest/V1/creditmemo/1/emails", "Magento_Sales::sales_creditmemo"),
    ("GET", "/rest/V1/transactions", "Magento_Sales::transactions_fetch"),
    ("GET", "/rest/V1/transactions/1", "Magento_Sales::transactions_fetch"),
    ("POST", "/rest/V1/order/1/ship", "Magento_Sales::ship"),
    ("POST", "/rest/V1/shipment", "Magento_Sales::shipment"),
    ("GET", "/rest/V1/shipments", "Magento_Sales::shipment"),
    ("GET", "/rest/V1/shipment/1", "Magento_Sales::shipment"),
    ("GET", "/rest/V1/shipment/1/comments", "Magento_Sales::shipment"),
    ("POST", "/rest/V1/shipment/1/comments", "Magento_Sales::shipment"),
    ("GET", "/rest/V1/shipment/1/label", "Magento_Sales::shipment"),
    ("POST", "/rest/V1/shipment/track", "Magento_Sales::shipment"),
    ("DELETE", "/rest/V1/shipment/track/1", "Magento_Sales::shipment"),
];

#[tokio::test]
async fn every_verb_asks_for_its_own_resource() {
    let shop = Shop::open().await;
    let wrong = format!("Bearer {}", shop.limited(&["Magento_Backend::nothing"]).await);
    let unknown = "Bearer 0123456789abcdef0123456789abcdef".to_owned();
    for (method, path, resource) in ROUTES {
        let expected = format!(
            "{{\"message\":\"The consumer isn't authorized to access %resources.\",\
             \"parameters\":{{\"resources\":\"{resource}\"}}}}"
        );
        for headers in [vec![], vec![("authorization", wrong.as_str())], vec![("authorization", unknown.as_str())]] {
            let reply = shop.send_with(method, path, "", &headers).await;
            assert_eq!((reply.status, reply.body.as_str()), (401, expected.as_str()), "{method} {path}");
        }
        let right = format!("Bearer {}", shop.limited(&[resource]).await);
        let reply = shop.send_with(method, path, "", &[("authorization", &right)]).await;
        assert_ne!(reply.status, 401, "{method} {path}: {}", reply.body);
        assert!(reply.status < 500, "{method} {path}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_token_runs_out_and_an_account_is_locked_after_six_failures() {
    let shop = Shop::open().await;
    let sign_in = |password: &str| format!(r#"{{"username":"admin","password":"{password}"}}"#);
    let path = "/rest/V1/integration/admin/token";
    let token = shop.send_with("POST", path, &sign_in("Admin123"), &[]).await;
    let bearer = format!("Bearer {}", token.body.trim_matches('"'));
    let headers = [("authorization", bearer.as_str())];
    for (ms, expected) in [(0, 200), (4 * 3_600_000 - 1, 200), (1, 401)] {
        shop.advance(ms);
        let reply = shop.send_with("GET", "/rest/V1/store/websites", "", &headers).await;
        assert_eq!(reply.status, expected);
    }

    for _ in 0..6 {
        assert_eq!(shop.send_with("POST", path, &sign_in("wrong"), &[]).await.status, 401);
    }
    // Locked: the right password does not help until the time is over.
    assert_eq!(shop.send_with("POST", path, &sign_in("Admin123"), &[]).await.status, 401);
    shop.advance(1_800_000);
    assert_eq!(shop.send_with("POST", path, &sign_in("Admin123"), &[]).await.status, 200);
}
