//! Letters.

use waybill_domain::{CommentId, ErrandId, Letter, LetterId, LetterKind, LetterState, OrderId, Timestamp};

use super::{first, named};
use crate::Result;
use crate::database::Thing;
use crate::sql::Row;

/// A letter: tenant and id.
pub(crate) static LETTER: Thing<1, Option<Letter>> = Thing {
    texts: ["select id, errand, kind, order_id, subject, comment, recipient, again, state, reason, created_at, \
             settled_at from letters where tenant = ?1 and id = ?2"],
    read: |[rows]| first(rows).map(letter_of).transpose(),
};

fn letter_of(mut row: Row) -> Result<Letter> {
    let (id, errand) = (LetterId(row.int()), ErrandId(row.int()));
    let kind = named("kind of letter", &row.text(), LetterKind::parse)?;
    Ok(Letter {
        id,
        errand,
        kind,
        order: OrderId(row.int()),
        document: kind.document(row.int()),
        comment: row.int_or_null().map(CommentId),
        recipient: row.text(),
        again: row.flag(),
        state: named("state of a letter", &row.text(), LetterState::parse)?,
        reason: row.text_or_null(),
        created_at: Timestamp(row.int()),
        settled_at: row.int_or_null().map(Timestamp),
    })
}
