//! What those share who ask others (gateways, carriers) and have the answers decided.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Mutex as Turn;
use waybill_domain::{Command, Outcome, TenantId, Timestamp};
use waybill_store::{Readers, View};

use crate::batch::Work;
use crate::queue::Queue;
use crate::{Caller, Clock, Failure, job, lane};

/// How long somebody who gave no answer is left alone by those who wait for the same thing.
const SILENCE_MS: i64 = 2_000;

/// The things that somebody sees to, and when there was last no answer about one: nobody in this process asks for the same
/// thing beside another.
pub(crate) struct Turns<K>(Mutex<BTreeMap<K, SilentSince>>);

/// Held by who sees to a thing.
type SilentSince = Arc<Turn<Option<Timestamp>>>;

impl<K> Default for Turns<K> {
    fn default() -> Turns<K> {
        Turns(Mutex::default())
    }
}

impl<K: Ord + Copy> Turns<K> {
    /// Asks as soon as nobody else does for the same thing; `None` where there was no answer a moment ago.
    pub(crate) async fn take<T>(
        &self,
        key: K,
        clock: &Clock,
        ask: impl Future<Output = T>,
        is_silent: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        let turn = self.0.lock().expect("nobody panics with it").entry(key).or_default().clone();
        let mut silent_since = turn.lock().await;
        if silent_since.is_some_and(|since| clock.now().0 < since.0 + SILENCE_MS) {
            return None;
        }
        let told = ask.await;
        *silent_since = is_silent(&told).then(|| clock.now());
        if silent_since.is_none() {
            self.0.lock().expect("nobody panics with it").remove(&key);
        }
        Some(told)
    }
}

/// How answers get to where they are decided.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) readers: Arc<Readers>,
    pub(crate) queue: Arc<Queue>,
}

impl Desk {
    /// Reads on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> waybill_store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let readers = self.readers.clone();
        match tokio::task::spawn_blocking(move || readers.read(read)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => {
                tracing::warn!(%error, "what is to be asked cannot be read; its errand sees to it later");
                Err(Failure::Unavailable)
            }
            Err(_) => Err(Failure::Broken),
        }
    }

    /// Has an answer decided, in the name of who gave it. It is not turned away, however many wait: something has happened
    /// outside.
    pub(crate) async fn settle(&self, tenant: TenantId, who: &str, command: Command) -> Result<Outcome, Failure> {
        let lane = lane::lane(&command);
        let caller = Caller { name: who.to_owned(), ..Caller::operator(tenant) };
        let (job, answer) = job(&caller, None, lane, Work::Command { command: Arc::new(command), shown: false });
        if self.queue.push(job, usize::MAX).is_err() {
            return Err(Failure::Busy);
        }
        Ok(answer.await.unwrap_or(Err(Failure::Broken))?.outcome)
    }
}
