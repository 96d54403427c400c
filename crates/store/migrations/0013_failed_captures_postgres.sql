-- Captures fail after all, also when the money was given back already: what was given back is bounded by what was once
-- taken. On SQLite the step has another text.

alter table orders add column due_again bigint not null default 0;
alter table orders drop constraint orders_check;
alter table orders add constraint orders_refunded check (refunded <= paid + due_again);

alter table payments add column failed bigint not null default 0;
alter table payments drop constraint payments_check;
alter table payments add constraint payments_money check (captured >= 0 and captured <= authorised and failed >= 0
    and refunded >= 0 and refunded <= captured + failed);
