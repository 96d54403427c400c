//! Re-adds stock, quantities and money, and says what differs.

use std::collections::BTreeMap;

use waybill_domain::{Order, Sku, StockId, TenantId};

use crate::database::{Database, Lock, Round};
use crate::sql::Value;
use crate::{Result, View, load};

/// Something that is not as its entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What differs, in which terms, and by how much.
    pub text: String,
}

/// A question whose answer should be empty: a caption, and SQL for the tenant `?1` whose columns are texts. What has an
/// index is summed for each row; the rest is gathered by its key, so that each table is read once.
const CHECKS: &[(&str, &str)] = &[
    (
        "on hand is not the sum of its movements (source, sku, on hand, movements)",
        "select source, max(sku), cast(sum(on_hand) as text), cast(sum(moved) as text) from ( \
         select source, sku_key, sku, on_hand, 0 as moved, 1 as items from source_items where tenant = ?1 union all \
         select source, sku_key, '', 0, change, 0 from stock_movements where tenant = ?1) t \
         group by source, sku_key having sum(items) > 0 and sum(on_hand) <> sum(moved)",
    ),
    (
        "a row's goods have left where its shipment's have not, or the other way round (order, fulfilment, shipment)",
        "select cast(r.order_id as text), cast(r.fulfilment as text), cast(r.shipment as text) from fulfilment_rows r \
         where r.tenant = ?1 and r.shipment is not null and not exists (select 1 from shipments s \
         where s.tenant = r.tenant and s.id = r.shipment and s.deducted = r.has_left)",
    ),
    (
        "more of a line is in rows than was ordered (order, item, ordered, rows)",
        "select cast(order_id as text), cast(id as text), cast(ordered as text), cast(in_rows as text) from ( \
         select i.order_id, i.id, i.ordered, coalesce((select sum(r.quantity) from fulfilment_rows r \
         where r.tenant = i.tenant and r.order_id = i.order_id and r.item = i.id), 0) as in_rows from order_items i \
         where i.tenant = ?1) t where in_rows > ordered",
    ),
    (
        "movements without a source item do not sum to zero (source, sku, sum)",
        "select source, sku_key, cast(sum(moved) as text) from ( \
         select source, sku_key, 0 as moved, 1 as items from source_items where tenant = ?1 union all \
         select source, sku_key, change, 0 from stock_movements where tenant = ?1) t \
         group by source, sku_key having sum(items) = 0 and sum(moved) <> 0",
    ),
    (
        "on hand is below zero (source, sku, on hand)",
        "select source, sku, cast(on_hand as text) from source_items where tenant = ?1 and on_hand < 0",
    ),
    (
        "held is not the sum of the reservations (stock, sku, held, reservations)",
        "select cast(stock as text), sku_key, cast(sum(held) as text), cast(sum(reserved) as text) from ( \
         select stock, sku_key, held, 0 as reserved from stock_levels where tenant = ?1 union all \
         select stock, sku_key, 0, change from reservations where tenant = ?1) t \
         group by stock, sku_key having sum(held) <> sum(reserved)",
    ),
    (
        "shipped is not the sum of the shipments' lines (order, item, shipped, lines)",
        // A kit that ships in parts stands on each shipment of theirs once, but no more of it counts than they have
        // begun.
        "select cast(order_id as text), cast(id as text), cast(shipped as text), cast(lines as text) from ( \
         select i.order_id, i.id, i.shipped, coalesce((select sum(l.quantity) from shipments s join shipment_lines l \
         on l.tenant = s.tenant and l.shipment = s.id where s.tenant = i.tenant and s.order_id = i.order_id \
         and l.item = i.id), 0) as lines, i.ships_separately from order_items i \
         where i.tenant = ?1) t where shipped > lines or (ships_separately = 0 and shipped <> lines)",
    ),
    (
        "invoiced is not the sum of the invoices' lines (order, item, invoiced, lines)",
        // Lines that carry no money are told along: no more of them counts than the others explain.
        "select cast(order_id as text), cast(id as text), cast(invoiced as text), cast(lines as text) from ( \
         select i.order_id, i.id, i.invoiced, coalesce((select sum(l.quantity) from invoices v join invoice_lines l \
         on l.tenant = v.tenant and l.invoice = v.id where v.tenant = i.tenant and v.order_id = i.order_id \
         and v.state <> 3 and l.item = i.id), 0) as lines, (select sum(case when v.state <> 3 then l.quantity else 0 \
         end) from invoices v join invoice_lines l on l.tenant = v.tenant and l.invoice = v.id \
         where v.tenant = i.tenant and v.order_id = i.order_id and l.item = i.id and l.row_total is not null) \
         as carried from order_items i where i.tenant = ?1) t \
         where invoiced > lines or invoiced <> coalesce(carried, invoiced)",
    ),
    (
        "paid is not the sum of the paid invoices (order, paid, invoices)",
        "select cast(id as text), cast(paid as text), cast(invoices as text) from (select o.id, o.paid, \
         coalesce((select sum(total) from invoices v where v.tenant = o.tenant and v.order_id = o.id and v.state = 2), \
         0) as invoices from orders o where o.tenant = ?1) t where paid <> invoices",
    ),
    (
        "an invoice's total is not the sum of its parts (invoice, total, parts)",
        "select cast(id as text), cast(total as text), \
         cast(subtotal + discount + shipping + tax + compensation + shipping_compensation as text) from invoices \
         where tenant = ?1 and total <> subtotal + discount + shipping + tax + compensation + shipping_compensation",
    ),
    (
        "an invoice's subtotal is not the sum of its lines (invoice, subtotal, lines)",
        "select cast(id as text), cast(subtotal as text), cast(lines as text) from (select v.id, v.subtotal, \
         coalesce((select sum(row_total) from invoice_lines l where l.tenant = v.tenant and l.invoice = v.id), 0) \
         as lines from invoices v where v.tenant = ?1) t where subtotal <> lines",
    ),
    (
        "more is invoiced than was ordered (order, invoiced, ordered)",
        "select cast(i.order_id as text), cast(i.total as text), cast(o.total as text) from order_amounts i \
         join order_amounts o on o.tenant = i.tenant and o.order_id = i.order_id and o.stage = 'ordered' \
         where i.tenant = ?1 and i.stage = 'invoiced' and i.total > o.total",
    ),
    (
        "an order's grand total is not the sum of its parts (order, total, parts)",
        "select cast(order_id as text), cast(total as text), \
         cast(subtotal + discount + shipping + tax + compensation + shipping_compensation as text) from order_amounts \
         where tenant = ?1 and stage = 'ordered' \
         and total <> subtotal + discount + shipping + tax + compensation + shipping_compensation",
    ),
    (
        "the invoices' sum is not what the account says is invoiced (order, account, invoices)",
        "select cast(a.order_id as text), cast(a.total as text), cast(coalesce((select sum(total) from invoices v \
         where v.tenant = a.tenant and v.order_id = a.order_id and v.state <> 3), 0) as text) from order_amounts a \
         where a.tenant = ?1 and a.stage = 'invoiced' and a.total <> coalesce((select sum(total) from invoices v \
         where v.tenant = a.tenant and v.order_id = a.order_id and v.state <> 3), 0)",
    ),
    (
        "refunded is not the sum of the credit memos' lines (order, item, refunded, lines)",
        // Lines that carry no money are told along: no more of them counts than the others explain.
        "select cast(order_id as text), cast(id as text), cast(refunded as text), cast(lines as text) from ( \
         select i.order_id, i.id, i.refunded, coalesce((select sum(l.quantity) from credit_memos m \
         join credit_memo_lines l on l.tenant = m.tenant and l.credit_memo = m.id where m.tenant = i.tenant \
         and m.order_id = i.order_id and l.item = i.id), 0) as lines, (select sum(l.quantity) from credit_memos m \
         join credit_memo_lines l on l.tenant = m.tenant and l.credit_memo = m.id where m.tenant = i.tenant \
         and m.order_id = i.order_id and l.item = i.id and l.row_total is not null) as carried \
         from order_items i where i.tenant = ?1) t where refunded > lines or refunded <> coalesce(carried, refunded)",
    ),
    (
        "a credit memo's quantity is not the sum of its lines (credit memo, quantity, lines)",
        "select cast(id as text), cast(quantity as text), cast(lines as text) from (select m.id, m.quantity, \
         coalesce((select sum(quantity) from credit_memo_lines l where l.tenant = m.tenant and l.credit_memo = m.id), \
         0) as lines from credit_memos m where m.tenant = ?1) t where quantity <> lines",
    ),
    (
        "an invoice's quantity is not the sum of its lines (invoice, quantity, lines)",
        "select cast(id as text), cast(quantity as text), cast(lines as text) from (select v.id, v.quantity, \
         coalesce((select sum(quantity) from invoice_lines l where l.tenant = v.tenant and l.invoice = v.id), 0) \
         as lines from invoices v where v.tenant = ?1) t where quantity <> lines",
    ),
    (
        "more is shipped or not to be sent than was ordered (order, item, shipped, unsent)",
        "select cast(order_id as text), cast(id as text), cast(shipped as text), cast(unsent as text) from order_items \
         where tenant = ?1 and (unsent < 0 or unsent > refunded or shipped + unsent > ordered - canceled)",
    ),
    (
        "what an order gave back is not the sum of its credit memos (order, refunded, credit memos)",
        "select cast(id as text), cast(refunded as text), cast(memos as text) from (select o.id, o.refunded, \
         o.base_refunded, o.kept_back, \
         coalesce((select sum(total) from credit_memos m where m.tenant = o.tenant and m.order_id = o.id), 0) as memos, \
         coalesce((select sum(base_total) from credit_memos m where m.tenant = o.tenant and m.order_id = o.id), 0) \
         as base_memos, coalesce((select sum(adjustment_negative) from credit_memos m where m.tenant = o.tenant \
         and m.order_id = o.id), 0) as kept from orders o where o.tenant = ?1) t \
         where refunded <> memos or base_refunded <> base_memos or kept_back <> kept",
    ),
    (
        "the credit memos' sum is not what the account says is refunded (order, account, credit memos)",
        "select cast(a.order_id as text), cast(a.total as text), cast(coalesce((select sum(total) from credit_memos m \
         where m.tenant = a.tenant and m.order_id = a.order_id), 0) as text) from order_amounts a \
         where a.tenant = ?1 and a.stage = 'refunded' and a.total <> coalesce((select sum(total) from credit_memos m \
         where m.tenant = a.tenant and m.order_id = a.order_id), 0)",
    ),
    (
        "a credit memo's total is not the sum of its parts (credit memo, total, parts)",
        "select cast(id as text), cast(total as text), cast(subtotal + discount + shipping + tax + compensation \
         + shipping_compensation + adjustment_positive - adjustment_negative as text) from credit_memos \
         where tenant = ?1 and total <> subtotal + discount + shipping + tax + compensation + shipping_compensation \
         + adjustment_positive - adjustment_negative",
    ),
    (
        "a credit memo's subtotal is not the sum of its lines (credit memo, subtotal, lines)",
        "select cast(id as text), cast(subtotal as text), cast(lines as text) from (select m.id, m.subtotal, \
         coalesce((select sum(row_total) from credit_memo_lines l where l.tenant = m.tenant and l.credit_memo = m.id), \
         0) as lines from credit_memos m where m.tenant = ?1) t where subtotal <> lines",
    ),
    (
        "credit memo numbers of a store have gaps (store, credit memos, next number)",
        "select cast(store as text), cast(count(*) as text), (select cast(next as text) from numbers n \
         where n.tenant = m.tenant and n.store = m.store and n.document = 'creditmemo') from credit_memos m \
         where tenant = ?1 group by tenant, store having count(*) + 1 <> coalesce((select next from numbers n \
         where n.tenant = m.tenant and n.store = m.store and n.document = 'creditmemo'), 1)",
    ),
    (
        "what a gateway captured is not what invoices say (order, captured, invoices)",
        "select cast(order_id as text), cast(captured as text), cast(invoices as text) from (select p.order_id, \
         p.captured, coalesce((select sum(total) from invoices v where v.tenant = p.tenant and v.order_id = p.order_id \
         and v.state = 2 and v.transaction_id is not null), 0) as invoices from payments p where p.tenant = ?1) t \
         where captured <> invoices",
    ),
    (
        "what a gateway gave back is not what credit memos say (order, refunded, credit memos)",
        "select cast(order_id as text), cast(refunded as text), cast(memos as text) from (select p.order_id, \
         p.refunded, coalesce((select sum(total) from credit_memos m where m.tenant = p.tenant \
         and m.order_id = p.order_id and m.online = 1 and m.state = 2), 0) as memos from payments p where p.tenant = ?1) t \
         where refunded <> memos",
    ),
    (
        "invoices name a gateway's money that no payment of their order knows (order, transaction)",
        "select cast(v.order_id as text), v.transaction_id from invoices v where v.tenant = ?1 \
         and v.transaction_id is not null and not exists (select 1 from payments p \
         where p.tenant = v.tenant and p.order_id = v.order_id)",
    ),
    (
        "what operations moved is not what the payment says (order, captured, refunded, operations)",
        "select cast(order_id as text), cast(captured as text), cast(refunded as text), cast(moved as text) from ( \
         select p.order_id, p.captured, p.refunded, coalesce((select sum(case when o.kind = 'refund' then -o.amount \
         when o.kind in ('invoice', 'ship', 'complete', 'pay') then o.amount else 0 end) from operations o where o.tenant = p.tenant \
         and o.order_id = p.order_id and o.state = 'done'), 0) as moved from payments p where p.tenant = ?1) t \
         where captured - refunded <> moved",
    ),
    (
        "money moved at a gateway without a document (operation, order, kind, amount)",
        "select cast(id as text), cast(order_id as text), kind, cast(amount as text) from operations where tenant = ?1 \
         and state = 'done' and kind in ('invoice', 'ship', 'complete', 'pay', 'refund') \
         and shipment is null and invoice is null and credit_memo is null",
    ),
    (
        "the document of an operation is not there (operation, order, kind)",
        "select cast(p.id as text), cast(p.order_id as text), p.kind from operations p where p.tenant = ?1 \
         and p.state = 'done' and (p.shipment is not null and not exists (select 1 from shipments d \
         where d.tenant = p.tenant and d.id = p.shipment and d.order_id = p.order_id) \
         or p.invoice is not null and not exists (select 1 from invoices d \
         where d.tenant = p.tenant and d.id = p.invoice and d.order_id = p.order_id) \
         or p.credit_memo is not null and not exists (select 1 from credit_memos d \
         where d.tenant = p.tenant and d.id = p.credit_memo and d.order_id = p.order_id))",
    ),
    (
        "an order does not wait for its open operation, or for one that is not open (order, waits for, open)",
        "select cast(id as text), cast(operation as text), cast(open as text) from (select o.id, o.operation, \
         (select p.id from operations p where p.tenant = o.tenant and p.order_id = o.id and p.state = 'open') as open \
         from orders o where o.tenant = ?1) t where coalesce(operation, 0) <> coalesce(open, 0)",
    ),
    (
        "nothing sees to an open operation (operation, order, errand)",
        "select cast(p.id as text), cast(p.order_id as text), cast(p.errand as text) from operations p \
         where p.tenant = ?1 and p.state = 'open' and not exists (select 1 from errands e where e.tenant = p.tenant \
         and e.id = p.errand and e.kind = 'settle' and e.subject = p.id)",
    ),
    (
        "goods left for a shipment that is not there (shipment, moved)",
        "select cast(document as text), cast(moved as text) from (select m.tenant, m.document, sum(m.change) as moved \
         from stock_movements m where m.tenant = ?1 and m.cause in ('shipped', 'not shipped') \
         group by m.tenant, m.document) t where moved <> 0 and not exists (select 1 from shipments s \
         where s.tenant = t.tenant and s.id = t.document and s.deducted = 1) and not exists (select 1 from operations p \
         where p.tenant = t.tenant and p.state = 'open' and p.shipment = t.document)",
    ),
    (
        "invoice numbers of a store have gaps (store, invoices, next number)",
        "select cast(store as text), cast(count(*) as text), (select cast(next as text) from numbers n \
         where n.tenant = v.tenant and n.store = v.store and n.document = 'invoice') from invoices v \
         where tenant = ?1 group by tenant, store having count(*) + 1 <> coalesce((select next from numbers n \
         where n.tenant = v.tenant and n.store = v.store and n.document = 'invoice'), 1)",
    ),
    (
        "rows name consignments that are not of their order, or carry nothing (order, fulfilment, consignments)",
        "select cast(r.order_id as text), cast(r.fulfilment as text), r.consignments from fulfilment_rows r \
         where r.tenant = ?1 and r.consignments <> '' \
         and length(r.consignments) - length(replace(r.consignments, ',', '')) + 1 <> (select count(*) \
         from consignments c where c.tenant = r.tenant and c.order_id = r.order_id and c.unwanted = 0 \
         and c.stage not in ('cancelled', 'cancelled_by_carrier') \
         and ',' || r.consignments || ',' like '%,' || cast(c.id as text) || ',%')",
    ),
    (
        "a consignment of an order carries none of its rows (consignment, order, stage)",
        "select cast(c.id as text), cast(c.order_id as text), c.stage from consignments c where c.tenant = ?1 \
         and c.order_id is not null and c.unwanted = 0 and c.stage not in ('cancelled', 'cancelled_by_carrier') \
         and not exists (select 1 from fulfilment_rows r where r.tenant = c.tenant and r.order_id = c.order_id \
         and ',' || r.consignments || ',' like '%,' || cast(c.id as text) || ',%')",
    ),
    (
        "a carrier has a label that nobody wants or gives back (consignment, number)",
        "select cast(id as text), tracking from consignments where tenant = ?1 and labelled = 1 \
         and (unwanted = 1 or stage in ('cancelled', 'cancelled_by_carrier')) and errand is null and faults = '[]'",
    ),
    (
        "nothing sees to what a carrier is to be asked (consignment, stage, errand)",
        "select cast(c.id as text), c.stage, cast(c.errand as text) from consignments c where c.tenant = ?1 \
         and (c.stage = 'pending' or c.errand is not null) and not exists (select 1 from errands e \
         where e.tenant = c.tenant and e.id = c.errand and e.kind = 'carry' and e.subject = c.id)",
    ),
];

/// Questions about the sandbox gateway's own ledger, and the sandbox carrier's; their keys for the tenant `?1` begin with
/// `?2`.
const REHEARSAL_CHECKS: &[(&str, &str)] = &[
    (
        "the sandbox moved money that no operation knows (key, kind, amount)",
        "select l.key, l.kind, cast(l.amount as text) from rehearsal_ledger l where l.state = 'done' \
         and substr(l.key, 1, length(?2)) = ?2 and not exists (select 1 from operations o where o.tenant = ?1 \
         and ?2 || cast(o.id as text) = l.key and (o.state = 'open' or o.state in ('done', 'failed') \
         and (o.amount = l.amount or o.kind = 'void')))",
    ),
    (
        "an operation is done that the sandbox did not do (operation, order, kind, amount)",
        "select cast(o.id as text), cast(o.order_id as text), o.kind, cast(o.amount as text) from operations o \
         join payments p on p.tenant = o.tenant and p.order_id = o.order_id and p.gateway = 'rehearsal' \
         where o.tenant = ?1 and o.state = 'done' and not (o.kind = 'authorise' and o.of_reference is not null) and not exists (select 1 from rehearsal_ledger l \
         where l.key = ?2 || cast(o.id as text) and l.state = 'done' and (l.amount = o.amount or o.kind = 'void'))",
    ),
    (
        "an operation is refused that the sandbox did (operation, order, kind)",
        "select cast(o.id as text), cast(o.order_id as text), o.kind from operations o where o.tenant = ?1 \
         and o.state = 'refused' and exists (select 1 from rehearsal_ledger l \
         where l.key = ?2 || cast(o.id as text) and l.state in ('done', 'late'))",
    ),
    (
        "the sandbox carrier gave a label that no consignment has (key, number)",
        "select l.key, l.tracking from carrier_ledger l where l.kind = 'book' and l.state in ('done', 'late') \
         and substr(l.key, 1, length(?2)) = ?2 and not exists (select 1 from carrier_ledger b \
         where b.tracking = l.tracking and b.kind = 'cancel' and b.state = 'done') \
         and not exists (select 1 from consignments c where c.tenant = ?1 and c.tracking = l.tracking \
         and c.labelled = 1) and l.key not in (select ?2 || 'c' || cast(c.id as text) || '-' \
         || cast(c.attempts as text) || '-book' from consignments c where c.tenant = ?1 and c.errand is not null)",
    ),
    (
        "a consignment has a label that the sandbox carrier has not (consignment, number)",
        "select cast(c.id as text), c.tracking from consignments c where c.tenant = ?1 and c.carrier = 'rehearsal' \
         and c.labelled = 1 and (not exists (select 1 from carrier_ledger l where l.tracking = c.tracking \
         and l.kind = 'book' and l.state = 'done' and substr(l.key, 1, length(?2)) = ?2) \
         or c.errand is null and exists (select 1 from carrier_ledger l where l.tracking = c.tracking \
         and l.kind = 'cancel' and l.state = 'done'))",
    ),
];

/// A table whose rows are parts of others' rows: PostgreSQL has no foreign keys between them.
struct Part {
    table: &'static str,
    whole: &'static str,
    /// Columns of the part, each with the column of the whole that has the same value.
    by: &'static [(&'static str, &'static str)],
}

const PARTS: &[Part] = &[
    Part { table: "order_items", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "order_amounts", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "item_prices", whole: "order_items", by: &[("order_id", "order_id"), ("item", "id")] },
    Part { table: "item_amounts", whole: "order_items", by: &[("order_id", "order_id"), ("item", "id")] },
    Part { table: "order_details", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "addresses", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "shipments", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "shipment_lines", whole: "shipments", by: &[("shipment", "id")] },
    Part { table: "tracks", whole: "shipments", by: &[("shipment", "id")] },
    Part { table: "fulfilment_orders", whole: "orders", by: &[("order_id", "id")] },
    Part {
        table: "fulfilment_rows",
        whole: "fulfilment_orders",
        by: &[("order_id", "order_id"), ("fulfilment", "id")],
    },
    Part { table: "fulfilment_rows", whole: "order_items", by: &[("order_id", "order_id"), ("item", "id")] },
    Part { table: "consignments", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "invoices", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "invoice_lines", whole: "invoices", by: &[("invoice", "id")] },
    Part { table: "credit_memos", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "credit_memos", whole: "invoices", by: &[("invoice", "id")] },
    Part { table: "credit_memo_lines", whole: "credit_memos", by: &[("credit_memo", "id")] },
    Part { table: "payments", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "operations", whole: "orders", by: &[("order_id", "id")] },
    Part { table: "operations", whole: "payments", by: &[("order_id", "order_id")] },
];

impl Part {
    /// Asks for what those of its rows name whose whole is not there. What names nothing is part of nothing.
    fn without_whole(&self) -> String {
        let Part { table, whole, by } = self;
        let columns = |words: fn(&str, &str) -> String| by.iter().map(move |(part, whole)| words(part, whole));
        let named = columns(|part, _| format!("cast(p.{part} as text)")).collect::<Vec<_>>().join(" || '/' || ");
        let some: String = columns(|part, _| format!(" and p.{part} is not null")).collect();
        let same: String = columns(|part, whole| format!(" and w.{whole} = p.{part}")).collect();
        format!(
            "select {named} from {table} p where p.tenant = ?1{some} \
             and not exists (select 1 from {whole} w where w.tenant = p.tenant{same})"
        )
    }
}

/// All of it is read, however much there is; and sorted in memory where it fits. What is asked goes through cursors,
/// which PostgreSQL would plan for their first tenth. Nothing is asked while findings are printed, and whoever reads
/// them may take a while.
const POSTGRES: &str = "set local statement_timeout = 0; set local work_mem = '64MB'; \
    set local cursor_tuple_fraction = 1; set local idle_in_transaction_session_timeout = 0";

/// How many orders are loaded at a time.
const ORDERS_AT_ONCE: usize = 1_000;

/// How much is held, by stock and key of the sku.
type Due = BTreeMap<(i64, String), i64>;

/// How much is bound, by source and key of the sku.
type Bound = BTreeMap<(String, String), i64>;

impl View<'_> {
    /// Checks everything of a tenant; `found` is told of each difference as it is seen.
    pub fn verify(&self, tenant: TenantId, found: &mut dyn FnMut(Finding)) -> Result<()> {
        match self.database {
            Database::Sqlite(_) => {}
            Database::Postgres(_) => self.database.run(POSTGRES)?,
        }
        for (caption, text) in CHECKS {
            let columns = text_columns(caption);
            self.database.each(text, &[Value::Int(tenant.0)], &mut |mut row| {
                let values: Vec<String> =
                    (0..columns).map(|_| row.text_or_null().unwrap_or_else(|| "none".to_owned())).collect();
                found(Finding { text: format!("{caption}: {}", values.join(", ")) });
                Ok(())
            })?;
        }
        for part in PARTS {
            self.database.each(&part.without_whole(), &[Value::Int(tenant.0)], &mut |mut row| {
                let Part { table, whole, .. } = part;
                let id = row.text();
                found(Finding {
                    text: format!("a part without its whole: {table} of {whole} {id}, which is not there"),
                });
                Ok(())
            })?;
        }
        self.verify_holds(tenant, found)
    }

    /// Compares what the sandbox gateway and the sandbox carrier did with what we say that they did. What they answered too
    /// late, or not at all, is still open here.
    pub fn verify_rehearsal(&self, tenant: TenantId, found: &mut dyn FnMut(Finding)) -> Result<()> {
        let prefix = format!("{}-{tenant}-", self.installation()?);
        for (caption, text) in REHEARSAL_CHECKS {
            let columns = text_columns(caption);
            self.database.each(text, &[Value::Int(tenant.0), prefix.as_str().into()], &mut |mut row| {
                let values: Vec<String> =
                    (0..columns).map(|_| row.text_or_null().unwrap_or_else(|| "none".to_owned())).collect();
                found(Finding { text: format!("{caption}: {}", values.join(", ")) });
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What is held must be what the order lines say is still to leave (invariant S3), and what is bound at sources what
    /// their rows say.
    fn verify_holds(&self, tenant: TenantId, found: &mut dyn FnMut(Finding)) -> Result<()> {
        let (mut due, mut bound) = (Due::new(), Bound::new());
        let mut some = Vec::with_capacity(ORDERS_AT_ONCE);
        // Where every line has left and is invoiced nothing is held: of a large shop's orders, nearly all.
        let open = "select distinct order_id from order_items where tenant = ?1 \
            and (shipped < ordered - canceled or invoiced < ordered - canceled) \
            union select order_id from fulfilment_rows where tenant = ?1 and has_left = 0";
        self.database.each(open, &[Value::Int(tenant.0)], &mut |mut row| {
            some.push(row.int());
            if some.len() == ORDERS_AT_ONCE {
                self.add_holds(tenant, &some, &mut due, &mut bound)?;
                some.clear();
            }
            Ok(())
        })?;
        self.add_holds(tenant, &some, &mut due, &mut bound)?;
        let levels = "select stock, sku_key, held from stock_levels where tenant = ?1 and held <> 0";
        let mut tell = |stock: i64, sku: &str, held: i64, lines: i64| {
            found(Finding {
                text: format!(
                    "held is not what the order lines still need (stock, sku, held, lines): {stock}, {sku}, {held}, {lines}"
                ),
            });
        };
        self.database.each(levels, &[Value::Int(tenant.0)], &mut |mut row| {
            let (stock, sku, held) = (row.int(), row.text(), row.int());
            let lines = due.remove(&(stock, sku.clone())).unwrap_or(0);
            if lines != held {
                tell(stock, &sku, held, lines);
            }
            Ok(())
        })?;
        for ((stock, sku), lines) in due {
            tell(stock, &sku, 0, lines);
        }
        let items = "select source, sku_key, allocated from source_items where tenant = ?1 and allocated <> 0";
        let mut tell = |source: &str, sku: &str, allocated: i64, rows: i64| {
            found(Finding {
                text: format!(
                    "allocated is not what fulfilment rows bind (source, sku, allocated, rows): \
                     {source}, {sku}, {allocated}, {rows}"
                ),
            });
        };
        self.database.each(items, &[Value::Int(tenant.0)], &mut |mut row| {
            let (source, sku, allocated) = (row.text(), row.text(), row.int());
            let rows = bound.remove(&(source.clone(), sku.clone())).unwrap_or(0);
            if rows != allocated {
                tell(&source, &sku, allocated, rows);
            }
            Ok(())
        })?;
        for ((source, sku), rows) in bound {
            tell(&source, &sku, 0, rows);
        }
        Ok(())
    }

    /// Adds what the lines of these orders still need, and what their rows bind.
    fn add_holds(&self, tenant: TenantId, orders: &[i64], due: &mut Due, bound: &mut Bound) -> Result<()> {
        let keys = orders.iter().map(|order| vec![tenant.0.into(), (*order).into()]).collect();
        let mut round = Round::default();
        let asked = round.ask(&load::ORDER, keys, Lock::No);
        let orders = self.database.ask(&round)?.take(&asked)?;
        for ((source, sku), allocated) in orders.iter().flatten().flat_map(Order::allocated) {
            *bound.entry((source.0, sku.key().to_owned())).or_insert(0) += allocated.0;
        }
        for (stock, sku, held) in orders.iter().flatten().flat_map(holds) {
            *due.entry((stock.0, sku.key().to_owned())).or_insert(0) += held;
        }
        Ok(())
    }
}

fn holds(order: &Order) -> Vec<(StockId, &Sku, i64)> {
    order.held().into_iter().map(|(sku, held)| (order.stock, sku, held.0)).collect()
}

/// How many columns a check names in the brackets of its caption.
fn text_columns(caption: &str) -> usize {
    caption.rsplit_once('(').map_or(0, |(_, names)| names.split(',').count())
}
