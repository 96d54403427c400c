//! Orders, for doors whose every request begins with one or answers with one. A thread for each would cost more than the
//! look. So whoever asks while one looks is answered by the next look, one read for all of them.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::oneshot;
use waybill_domain::{OrderId, TenantId};
use waybill_store::{CarriedAsk, CarriedOrder, Means, OrderName, Readers, View};

use crate::reading::unread;
use crate::{Engine, Failure};

/// The most orders of one look: more would keep the first ones waiting.
const MOST_AT_ONCE: usize = 128;

/// Looks for things of one kind, all that are asked for at once.
pub(crate) struct Finder<Name, Thing> {
    look: fn(&View<'_>, &[Name]) -> waybill_store::Result<Vec<Thing>>,
    /// Whether several statements must see the same moment.
    in_snapshot: bool,
    state: Arc<Mutex<State<Name, Thing>>>,
}

struct State<Name, Thing> {
    waiting: Vec<(Name, oneshot::Sender<Result<Thing, Failure>>)>,
    /// Whether somebody looks already, and will look for the others too.
    looking: bool,
}

impl<Name, Thing> Clone for Finder<Name, Thing> {
    fn clone(&self) -> Finder<Name, Thing> {
        Finder { state: self.state.clone(), ..*self }
    }
}

impl<Name: Send + 'static, Thing: Send + 'static> Finder<Name, Thing> {
    /// `look` finds a thing for each name, in their order.
    pub(crate) fn new(
        look: fn(&View<'_>, &[Name]) -> waybill_store::Result<Vec<Thing>>,
        in_snapshot: bool,
    ) -> Finder<Name, Thing> {
        Finder { look, in_snapshot, state: Arc::new(Mutex::new(State { waiting: Vec::new(), looking: false })) }
    }

    fn state(&self) -> MutexGuard<'_, State<Name, Thing>> {
        self.state.lock().expect("nobody panics with it")
    }

    /// The thing of this name, as it is now: the look begins after it is asked for.
    async fn find(&self, engine: &Engine, name: Name) -> Result<Thing, Failure> {
        let (reply, answer) = oneshot::channel();
        let looks_already = {
            let mut state = self.state();
            state.waiting.push((name, reply));
            std::mem::replace(&mut state.looking, true)
        };
        if !looks_already {
            // On a task of its own: a caller that goes away does not leave the others waiting.
            let (finder, looker, engine) = (self.clone(), self.clone(), engine.clone());
            tokio::spawn(async move {
                let looked = engine.read_by(move |readers| {
                    looker.look_for_all(readers);
                    Ok(())
                });
                if let Err(failure) = looked.await {
                    finder.give_up(&failure);
                }
            });
        }
        answer.await.unwrap_or(Err(Failure::Broken))
    }

    /// Looks until nobody waits, on the thread that it is on: each has memory of its own, and going from one to another
    /// makes all of them large.
    fn look_for_all(&self, readers: &Readers) {
        loop {
            let asked: Vec<_> = {
                let mut state = self.state();
                let count = state.waiting.len().min(MOST_AT_ONCE);
                state.looking = count > 0;
                state.waiting.drain(..count).collect()
            };
            if asked.is_empty() {
                return;
            }
            let (names, replies): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
            match self.look_at(readers, &names) {
                // Who went away needs no answer.
                Ok(found) => replies.into_iter().zip(found).for_each(|(reply, thing)| drop(reply.send(Ok(thing)))),
                // What one of them cannot be shown, the others can.
                Err(_) if names.len() > 1 => names.chunks(1).zip(replies).for_each(|(name, reply)| {
                    let found = self.look_at(readers, name).map(|mut found| found.remove(0));
                    drop(reply.send(found.map_err(unread)));
                }),
                Err(error) => {
                    let failure = unread(error);
                    replies.into_iter().for_each(|reply| drop(reply.send(Err(failure.clone()))));
                }
            }
        }
    }

    fn look_at(&self, readers: &Readers, names: &[Name]) -> waybill_store::Result<Vec<Thing>> {
        let look = |view: &View<'_>| (self.look)(view, names);
        if self.in_snapshot { readers.read(look) } else { readers.read_row(look) }
    }

    /// Tells all who wait that nobody could look for them.
    fn give_up(&self, failure: &Failure) {
        let asked = {
            let mut state = self.state();
            state.looking = false;
            std::mem::take(&mut state.waiting)
        };
        asked.into_iter().for_each(|(_, reply)| drop(reply.send(Err(failure.clone()))));
    }
}

/// What this engine looks for so.
pub(crate) struct Finders {
    by_name: Finder<(TenantId, OrderName), Option<OrderId>>,
    carried: Finder<CarriedAsk, Option<(CarriedOrder, Means)>>,
}

impl Default for Finders {
    fn default() -> Finders {
        Finders {
            by_name: Finder::new(|view, names| view.orders_of_names(names), false),
            carried: Finder::new(|view, asked| view.carried_with_means(asked), true),
        }
    }
}

impl Engine {
    /// The order of this name, if there is one.
    pub async fn find_order(&self, tenant: TenantId, name: OrderName) -> Result<Option<OrderId>, Failure> {
        self.inner.finders.by_name.find(self, (tenant, name)).await
    }

    /// An order with what carries it, and with the means to have more of it carried, if those are asked for.
    pub async fn carried_order(&self, ask: CarriedAsk) -> Result<Option<(CarriedOrder, Means)>, Failure> {
        self.inner.finders.carried.find(self, ask).await
    }
}
