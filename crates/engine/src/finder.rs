//! Orders, for doors whose every request begins with one or answers with one. A thread for each would cost more than the
//! look. So whoever asks while one looks is answered by the next look, one read for all of them. The looks have a thread of
//! their own: each thread has memory of its own, and what goes from one to another makes all of them large.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use waybill_domain::{OrderId, TenantId};
use waybill_store::{CarriedAsk, CarriedOrder, Means, OrderName, Readers, View};

use crate::reading::unread;
use crate::{Engine, Failure};

/// The most orders of one look: more would keep the first ones waiting.
const MOST_AT_ONCE: usize = 128;

/// How many threads look, each over a connection of its own.
pub(crate) const FINDERS: usize = 2;

type Asked<Name, Thing> = (Name, oneshot::Sender<Result<Thing, Failure>>);

/// Looks for things of one kind, all that are asked for at once.
struct Finder<Name, Thing> {
    asks: Sender<Asked<Name, Thing>>,
}

impl<Name: Send + 'static, Thing: Send + 'static> Finder<Name, Thing> {
    /// Starts a thread that looks, until nobody can ask any more.
    fn start(look: Look<Name, Thing>) -> (Finder<Name, Thing>, JoinHandle<()>) {
        let (asks, asked) = channel();
        let thread = std::thread::Builder::new().name("finder".to_owned()).spawn(move || look.run(&asked));
        (Finder { asks }, thread.expect("the machine can start a thread"))
    }

    /// The thing of this name, as it is now: the look begins after it is asked for.
    async fn find(&self, name: Name) -> Result<Thing, Failure> {
        let (reply, answer) = oneshot::channel();
        // One that is not taken is dropped, and so is answered.
        let _ = self.asks.send((name, reply));
        answer.await.unwrap_or(Err(Failure::Broken))
    }
}

/// How things of one kind are looked for.
struct Look<Name, Thing> {
    readers: Arc<Readers>,
    /// Finds a thing for each name, in their order.
    look: fn(&View<'_>, &[Name]) -> waybill_store::Result<Vec<Thing>>,
    /// Whether several statements must see the same moment.
    in_snapshot: bool,
}

impl<Name, Thing> Look<Name, Thing> {
    fn run(&self, asked: &Receiver<Asked<Name, Thing>>) {
        while let Ok(first) = asked.recv() {
            let all = std::iter::once(first).chain(asked.try_iter().take(MOST_AT_ONCE - 1));
            let (names, replies): (Vec<_>, Vec<_>) = all.unzip();
            let found: Vec<Result<Thing, Failure>> = match self.all(&names) {
                Ok(found) => found.into_iter().map(Ok).collect(),
                // What one of them cannot be shown, the others can.
                Err(Failure::Broken | Failure::Unanswerable(_)) if names.len() > 1 => {
                    names.chunks(1).map(|name| self.all(name).map(|mut all| all.remove(0))).collect()
                }
                Err(failure) => names.iter().map(|_| Err(failure.clone())).collect(),
            };
            // Who went away needs no answer.
            replies.into_iter().zip(found).for_each(|(reply, found)| drop(reply.send(found)));
        }
    }

    fn all(&self, names: &[Name]) -> Result<Vec<Thing>, Failure> {
        let look = |view: &View<'_>| (self.look)(view, names);
        let looked = catch_unwind(AssertUnwindSafe(|| {
            if self.in_snapshot { self.readers.read(look) } else { self.readers.read_row(look) }
        }));
        looked.map_or(Err(Failure::Broken), |looked| looked.map_err(unread))
    }
}

/// What this engine looks for so.
pub(crate) struct Finders {
    by_name: Finder<(TenantId, OrderName), Option<OrderId>>,
    carried: Finder<CarriedAsk, Option<(CarriedOrder, Means)>>,
}

impl Finders {
    /// Starts them; their threads end when they are gone.
    pub(crate) fn start(readers: &Arc<Readers>) -> (Finders, [JoinHandle<()>; FINDERS]) {
        let readers = || readers.clone();
        let names = |view: &View<'_>, names: &[(TenantId, OrderName)]| view.orders_of_names(names);
        let (by_name, first) = Finder::start(Look { readers: readers(), look: names, in_snapshot: false });
        let orders = |view: &View<'_>, asked: &[CarriedAsk]| view.carried_with_means(asked);
        let (carried, second) = Finder::start(Look { readers: readers(), look: orders, in_snapshot: true });
        (Finders { by_name, carried }, [first, second])
    }
}

impl Engine {
    /// The order of this name, if there is one.
    pub async fn find_order(&self, tenant: TenantId, name: OrderName) -> Result<Option<OrderId>, Failure> {
        self.inner.finders.by_name.find((tenant, name)).await
    }

    /// An order with what carries it, and with the means to have more of it carried, if those are asked for.
    pub async fn carried_order(&self, ask: CarriedAsk) -> Result<Option<(CarriedOrder, Means)>, Failure> {
        self.inner.finders.carried.find(ask).await
    }
}
