//! Orders by their numbers. Where a language names orders so, every request begins with it, and a thread for each would
//! cost more than the look. So whoever asks while one looks is answered by the next look, one read for all of them.

use std::sync::{Mutex, MutexGuard};

use tokio::sync::oneshot;
use waybill_domain::{OrderId, TenantId};
use waybill_store::OrderName;

use crate::{Engine, Failure};

/// The most orders of one look: more would keep the first ones waiting.
const MOST_AT_ONCE: usize = 128;

type Found = Result<Option<OrderId>, Failure>;

/// Who waits for an order.
#[derive(Default)]
pub(crate) struct Finder {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Vec<(TenantId, OrderName, oneshot::Sender<Found>)>,
    /// Whether somebody looks already, and will look for the others too.
    looking: bool,
}

impl Finder {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }
}

impl Engine {
    /// The order of this name, if there is one.
    pub async fn find_order(&self, tenant: TenantId, name: OrderName) -> Result<Option<OrderId>, Failure> {
        let (reply, answer) = oneshot::channel();
        let looks_already = {
            let mut state = self.inner.finder.state();
            state.waiting.push((tenant, name, reply));
            std::mem::replace(&mut state.looking, true)
        };
        if !looks_already {
            // On a task of its own: a caller that goes away does not leave the others waiting.
            let engine = self.clone();
            tokio::spawn(async move { engine.look_for_orders().await });
        }
        answer.await.unwrap_or(Err(Failure::Broken))
    }

    /// Looks until nobody waits.
    async fn look_for_orders(&self) {
        loop {
            let asked: Vec<_> = {
                let mut state = self.inner.finder.state();
                let count = state.waiting.len().min(MOST_AT_ONCE);
                state.looking = count > 0;
                state.waiting.drain(..count).collect()
            };
            if asked.is_empty() {
                return;
            }
            let (names, replies): (Vec<_>, Vec<_>) =
                asked.into_iter().map(|(tenant, name, reply)| ((tenant, name), reply)).unzip();
            let found = self.read_row(move |view| view.orders_of_names(&names)).await;
            for (index, reply) in replies.into_iter().enumerate() {
                // Who went away needs no answer.
                let _ = reply.send(found.as_ref().map(|found| found[index]).map_err(Failure::clone));
            }
        }
    }
}
