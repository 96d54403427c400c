-- What customers are told by mail: a letter is written down in the commit that makes what it tells of, and marked as
-- being sent in a commit before a mail server is asked. One that was being sent when its process died is not sent again.
create table letters (
    tenant bigint not null,
    id bigint not null,
    errand bigint not null,
    -- order, invoice, shipment, creditmemo, or one of these with _comment
    kind text not null,
    order_id bigint not null,
    -- The order or document that it tells of.
    subject bigint not null,
    -- The remark that it tells of, or that is part of it.
    comment bigint,
    -- What happened: that the document was made, or a remark.
    event bigint not null,
    recipient text not null,
    -- 0, or its own id where somebody asked for it whatever had been sent before.
    again bigint not null,
    -- wanted, sending, sent, perhaps or refused
    state text not null,
    -- How often a mail server was asked, and who asked it last.
    attempts bigint not null default 0,
    sent_by text,
    -- Why it was not sent, or may not have been.
    reason text,
    created_at bigint not null,
    settled_at bigint,
    primary key (tenant, id)
) without rowid;

-- At most one for each event, recipient and template, unless somebody asks for another.
create unique index letters_once on letters (tenant, kind, event, recipient, again);
-- To list those that were not sent.
create index letters_by_state on letters (tenant, state, id);
