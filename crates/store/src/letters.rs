//! Letters on their way: whoever sends one says so before, in a commit of its own.

use waybill_domain::LetterId;

use crate::{Leased, Result, Writer};

impl Writer {
    /// Marks a letter as being sent by `who`, who holds its errand. False when somebody else holds that by now, or the
    /// letter is being sent or settled already: it is then not to be sent.
    pub fn claim_letter(&self, who: &str, errand: &Leased, letter: LetterId) -> Result<bool> {
        let text = "update letters set state = 'sending', attempts = attempts + 1, sent_by = ?4 \
            where tenant = ?1 and id = ?2 and state = 'wanted' and exists \
            (select 1 from errands where tenant = ?1 and id = ?3 and leased_by = ?4)";
        let key = [errand.tenant.0.into(), letter.0.into(), errand.id.into(), who.into()];
        Ok(self.database().execute(text, &key)? == 1)
    }

    /// Takes back that a letter is being sent: it certainly was not, and may be later.
    pub fn release_letter(&self, who: &str, errand: &Leased, letter: LetterId, why: &str) -> Result<()> {
        let text = "update letters set state = 'wanted', reason = ?4 \
            where tenant = ?1 and id = ?2 and state = 'sending' and sent_by = ?3";
        let key = [errand.tenant.0.into(), letter.0.into(), who.into(), why.into()];
        self.database().execute(text, &key)?;
        Ok(())
    }
}
