//! Idempotency keys: the same key gets the same answer (design, border sentence 7).

use waybill_domain::{OperationId, OperationState, Outcome, Timestamp};
use waybill_store::Kept;

use crate::batch::Work;
use crate::{Caller, Engine, Failure, fingerprint, job, lane};

/// The idempotency key of a request (design, border sentence 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// As the client gave it, or as it was derived from the request.
    pub key: String,
    /// A hash of the request: another request under the same key is refused.
    pub(crate) fingerprint: String,
    pub(crate) derived: Option<Derived>,
}

/// What is special about a key that the client did not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    /// After so many milliseconds the same request is another one.
    pub(crate) within_ms: i64,
    /// What it stood for, and was declined by a gateway: asked again, it is tried again.
    pub(crate) declined: Option<OperationId>,
}

impl Key {
    /// A key as a client gave it, and the hash of its request.
    pub fn given(key: &str, fingerprint: String) -> Key {
        Key { key: key.to_owned(), fingerprint, derived: None }
    }

    /// The key of a request that came without one, where `within_ms` after it the same request is the same one.
    pub fn derived(fingerprint: String, within_ms: i64) -> Key {
        let derived = Some(Derived { within_ms, declined: None });
        Key { key: format!("derived {fingerprint}"), fingerprint, derived }
    }

    /// The key of a part of the request. It stands for the whole request: what a part comes to may depend on what there
    /// is at the moment, and is the same part nevertheless.
    #[must_use]
    pub fn part(&self, part: &str) -> Key {
        let name = fingerprint(&self.key, part.as_bytes());
        match &self.derived {
            Some(derived) => Key::derived(name, derived.within_ms),
            None => Key::given(&format!("part {name}"), self.fingerprint.clone()),
        }
    }

    /// Whether what was answered to it still is the answer.
    pub(crate) fn stands(&self, kept: &Kept, now: Timestamp) -> bool {
        self.derived.as_ref().is_none_or(|Derived { within_ms, declined }| {
            now.0 < kept.at.0.saturating_add(*within_ms) && declined.map(Outcome::Awaits) != Some(kept.outcome)
        })
    }
}

impl Engine {
    /// Whether what a key stands for is over.
    pub(crate) async fn key_failure(&self, caller: &Caller, key: Option<Key>) -> Failure {
        let Some(Key { key, .. }) = key else {
            return Failure::KeyMismatch;
        };
        let (tenant, credential) = (caller.tenant, caller.credential.clone());
        let is_open = self.read(move |view| {
            let Some(Outcome::Awaits(id)) = view.answer(tenant, &credential, &key)?.map(|kept| kept.outcome) else {
                return Ok(false);
            };
            let state = view.operation(tenant, id)?.map(|view| view.operation.state);
            Ok(state == Some(OperationState::Open))
        });
        if is_open.await == Ok(true) { Failure::KeyBusy } else { Failure::KeyMismatch }
    }

    /// What a door answered to a key, if it has. A door that looks at things before it has anything carried out may find
    /// that a request cannot be, because it was carried out before: then this is the answer.
    pub async fn answered(&self, caller: &Caller, key: &Key) -> Result<Option<String>, Failure> {
        let (tenant, credential, name) = (caller.tenant, caller.credential.clone(), key.key.clone());
        let kept = self.read_row(move |view| view.answer(tenant, &credential, &name)).await?;
        match kept.filter(|kept| key.stands(kept, self.now())) {
            Some(kept) if kept.fingerprint != key.fingerprint => Err(self.key_failure(caller, Some(key.clone())).await),
            kept => Ok(kept.and_then(|kept| kept.body)),
        }
    }

    /// Keeps what a door answered to a key, so that a repeated request gets the same. Should it fail, a repeated
    /// request is answered from what was done, which is as true.
    pub async fn keep_body(&self, caller: &Caller, key: Key, body: String) {
        let lane = lane::lane_of(&key.key);
        let (job, answer) = job(caller, Some(key), lane, Work::KeepBody(body));
        // There are no more of them than requests that are being answered.
        if self.inner.entrance.queue.push(job, usize::MAX).is_ok() {
            let _ = answer.await;
        }
    }
}
