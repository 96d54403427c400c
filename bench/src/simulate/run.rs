//! One run: a shop from its first order to its rest, through all that a seed has in store for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use waybill_domain::{Amount, Command, Order, OrderId, Outcome, Payment, Refusal};
use waybill_engine::outside::carrier::rehearsal::Rehearsal as SandboxCarrier;
use waybill_engine::outside::payment::rehearsal::Rehearsal;
use waybill_engine::{Authorisations, Caller, Clock, Done, Engine, Failure, Key, Settings};

use super::Failed;
use super::asks;
use super::check::{Seen, Wrong, at_rest, check};
use super::fulfilment;
use super::ground::{BEGINNING, Ground, Grounds, TENANT};
use super::random::Random;
use super::world::{Fault, World};

/// How long after its first use a key is used again: answers are forgotten after a day.
const KEY_MS: i64 = 20 * 3_600_000;

/// How long it takes until a gateway knows of what has failed after all.
const HOUR_MS: i64 = 3_600_000;

/// How often errands are run in the end until nothing may be open any more. Each time some minutes pass.
const ROUNDS: usize = 40;

/// How often each thing happened.
pub(super) type Tally = BTreeMap<String, u64>;

pub(super) struct Run<'a> {
    ground: &'a Ground,
    name: String,
    renews: bool,
    world: Arc<World>,
    clock: Arc<AtomicI64>,
    /// The process; none between the end of one and the beginning of the next.
    engine: Option<Engine>,
    keyed: Vec<Keyed>,
    seen: Seen,
    said: Vec<String>,
    tally: Tally,
}

/// A command that was asked for under a key, and the last that was heard of it.
struct Keyed {
    key: Key,
    command: Command,
    at: i64,
    heard: Option<Result<Outcome, Failure>>,
    /// Whether one of the answers said that it was not a replay.
    is_done: bool,
}

/// Something that a client wants.
struct Ask {
    command: Command,
    keyed: Option<usize>,
}

impl Run<'_> {
    pub(super) async fn play(grounds: &Grounds, seed: u64, steps: u64) -> Result<(Vec<String>, Tally), Failed> {
        let failed =
            |steps: Vec<String>, wrong: Wrong| Failed { seed, steps, expected: wrong.expected, found: wrong.found };
        let ground = grounds.copy(seed).map_err(|why| failed(Vec::new(), broken("there is a database", why)))?;
        let mut run = Run {
            ground: &ground,
            name: seed.to_string(),
            renews: seed % 2 == 1,
            world: Arc::default(),
            clock: Arc::new(AtomicI64::new(BEGINNING)),
            engine: None,
            keyed: Vec::new(),
            seen: Seen::default(),
            said: Vec::new(),
            tally: Tally::new(),
        };
        let played = run.play_steps(seed, steps).await;
        run.end().await;
        let Run { said, tally, .. } = run;
        grounds.clear(ground, seed);
        match played {
            Ok(()) => Ok((said, tally)),
            Err(wrong) => Err(failed(said, wrong)),
        }
    }

    async fn play_steps(&mut self, seed: u64, steps: u64) -> Result<(), Wrong> {
        self.begin().await?;
        self.look().await?;
        for step in 0..steps {
            let mut random = Random::of(seed, step);
            self.step(step, &mut random).await?;
            self.world.disarm();
            if self.world.is_dead() {
                self.count("deaths");
                self.say_more("the process dies and begins again");
                self.restart(&mut random).await?;
            }
            self.look().await?;
        }
        self.come_to_rest().await
    }

    /// One step, whatever comes of it.
    async fn step(&mut self, step: u64, random: &mut Random) -> Result<(), Wrong> {
        // A shop begins with orders.
        let what = if step < 3 { 0 } else { random.below(100) };
        match what {
            0..12 => {
                let name = format!("{}-{step}", self.name);
                let command = asks::order(random, &self.world, &name, self.now());
                self.ask(command, random).await
            }
            12..59 => match self.about_an_order(random) {
                Some(command) => self.ask(command, random).await,
                None => Ok(()),
            },
            59..66 => self.ask(asks::goods(random), random).await,
            66..72 => self.ask_together(random).await,
            72..77 => self.ask_again(random).await,
            77..79 => self.ask_something_else(random).await,
            79..86 => {
                let ms =
                    random.pick(&[1, 1_000, 2_000, 30_000, 61_000, 600_000, 3_600_000, 86_400_000, 4 * 86_400_000]);
                self.say(format!("{ms} ms pass"));
                self.clock.fetch_add(ms, Ordering::SeqCst);
                Ok(())
            }
            86..90 => self.work(random).await,
            90 => self.tell_again(random).await,
            91..95 => self.reconcile_one(random).await,
            95..97 => {
                let is_out = !self.world.is_out();
                self.say(if is_out { "gateway and carrier are gone" } else { "gateway and carrier are back" });
                self.world.set_out(is_out);
                Ok(())
            }
            _ => {
                self.count("restarts");
                self.say("the process ends and begins again");
                self.restart(random).await
            }
        }
    }

    fn about_an_order(&self, random: &mut Random) -> Option<Command> {
        let order = self.an_order(random)?;
        asks::about(random, &self.seen.set, order)
    }

    /// Mostly one with which something can still be done.
    fn an_order(&self, random: &mut Random) -> Option<OrderId> {
        let is_due = |order: &&Order| order.due_again > Amount::ZERO;
        if let Some(order) = self.seen.set.orders.values().flatten().find(is_due)
            && random.chance(1, 2)
        {
            return Some(order.id);
        }
        let is_any = random.chance(1, 8);
        let can = |order: &&Order| {
            is_any || order.can_invoice() || order.can_ship() || order.can_credit() || fulfilment::is_over(order)
        };
        let orders: Vec<_> = self.seen.set.orders.values().flatten().filter(can).map(|order| order.id).collect();
        random.any(&orders).copied()
    }

    /// One client asks, perhaps under a key; something may go wrong on the way, and it may not wait for the answer.
    async fn ask(&mut self, command: Command, random: &mut Random) -> Result<(), Wrong> {
        let keyed = random.chance(1, 2).then(|| self.key(&command));
        self.say(asks::words(&command));
        if asks::may_reach_a_gateway(&command, &self.seen.set) {
            self.arm(random, 2);
        }
        let goes_away = random.chance(1, 16);
        let ask = Ask { command, keyed };
        if goes_away {
            self.say_more("who asks goes away");
            return self.ask_and_go(ask).await;
        }
        self.ask_all(vec![ask]).await
    }

    /// Several clients want something of one order at one moment, two of them perhaps the same.
    async fn ask_together(&mut self, random: &mut Random) -> Result<(), Wrong> {
        let Some(order) = self.an_order(random) else {
            return Ok(());
        };
        let mut wanted = Vec::new();
        for _ in 0..2 + random.below(3) {
            let Some(command) = asks::about(random, &self.seen.set, order) else {
                return Ok(());
            };
            let keyed = random.chance(1, 2).then(|| self.key(&command));
            if random.chance(1, 3) {
                wanted.push(Ask { command: command.clone(), keyed });
            }
            wanted.push(Ask { command, keyed });
        }
        let words: Vec<String> = wanted.iter().map(|ask| asks::words(&ask.command)).collect();
        self.say(format!("at once: {}", words.join("; ")));
        self.arm(random, 5);
        self.ask_all(wanted).await
    }

    /// The same request under the same key.
    async fn ask_again(&mut self, random: &mut Random) -> Result<(), Wrong> {
        let young = self.young_keys();
        let Some(index) = random.any(&young).copied() else {
            return Ok(());
        };
        let Keyed { key, command, .. } = &self.keyed[index];
        let (words, command) = (format!("again under {}: {}", key.key, asks::words(command)), command.clone());
        self.say(words);
        self.arm(random, 3);
        self.ask_all(vec![Ask { command, keyed: Some(index) }]).await
    }

    /// Another request under a key that stands for one already.
    async fn ask_something_else(&mut self, random: &mut Random) -> Result<(), Wrong> {
        let young = self.young_keys();
        let (Some(index), Some(command)) = (random.any(&young).copied(), self.about_an_order(random)) else {
            return Ok(());
        };
        let Keyed { key, heard, .. } = &self.keyed[index];
        let may_be_busy = match heard {
            Some(Ok(_)) => false,
            Some(Err(Failure::Unsettled(_))) => true,
            Some(Err(Failure::Refused(refusals))) if matches!(refusals[..], [Refusal::Declined { .. }]) => false,
            // Nobody knows whether the key stands for anything.
            Some(Err(_)) | None => return Ok(()),
        };
        let key = Key::given(&key.key, "something else".to_owned());
        self.say(format!("under {}, something else: {}", key.key, asks::words(&command)));
        let answer = self.engine().execute(&Caller::operator(TENANT), Some(key), command).await;
        let is_right = answer == Err(Failure::KeyMismatch) || (may_be_busy && answer == Err(Failure::KeyBusy));
        self.say_more(&format!("{answer:?}"));
        is_right
            .then_some(())
            .ok_or_else(|| broken("E2: another request under a key is refused", format!("{answer:?}")))
    }

    /// The gateway tells once more what it has told before, as another process of ours or a message of its own would.
    async fn tell_again(&mut self, random: &mut Random) -> Result<(), Wrong> {
        let Some((operation, answer)) = self.seen.answer_again(random) else {
            return Ok(());
        };
        let (order, operation) = (operation.order, operation.id);
        self.say(format!("the gateway tells again what became of operation {operation}"));
        let command = Command::Settle { order, operation, answer };
        self.ask_all(vec![Ask { command, keyed: None }]).await
    }

    /// Asks the gateway what has become of an order's money, as its message about it would have us do.
    async fn reconcile_one(&mut self, random: &mut Random) -> Result<(), Wrong> {
        let payments: Vec<_> = self.seen.set.payments.values().flatten().collect();
        let fails = |payment: &&&Payment| {
            payment.captured > Amount::ZERO
                && payment.instrument.as_ref().is_some_and(|card| card.contains("fail-later"))
        };
        let failing: Vec<_> = payments.iter().filter(fails).copied().collect();
        let Some(payment) = random.any(if failing.is_empty() { &payments } else { &failing }) else {
            return Ok(());
        };
        let order = payment.order;
        if random.chance(1, 2) {
            // By then the gateway knows of what has failed.
            self.say("an hour passes");
            self.clock.fetch_add(HOUR_MS, Ordering::SeqCst);
        }
        self.say(format!("the gateway is asked again about order {order}"));
        self.arm(random, 3);
        self.reconcile(order).await
    }

    async fn reconcile(&mut self, order: OrderId) -> Result<(), Wrong> {
        let engine = self.engine().clone();
        let answer = tokio::spawn(async move { engine.reconcile(TENANT, order).await }).await;
        self.count("reconcile");
        match answer {
            Ok(Ok(()) | Err(Failure::Unsettled(_))) => Ok(()),
            Ok(Err(_)) | Err(_) if self.world.is_dead() => Ok(()),
            other => Err(broken("the gateway can be asked what has become of an order's money", format!("{other:?}"))),
        }
    }

    /// Keys whose answers are kept.
    fn young_keys(&self) -> Vec<usize> {
        let now = self.now();
        (0..self.keyed.len()).filter(|index| self.keyed[*index].at + KEY_MS > now).collect()
    }

    fn key(&mut self, command: &Command) -> usize {
        let key = Key::given(&format!("key-{}", self.keyed.len()), format!("{command:?}"));
        self.keyed.push(Keyed { key, command: command.clone(), at: self.now(), heard: None, is_done: false });
        self.keyed.len() - 1
    }

    /// Perhaps lets something go wrong at one of the next requests to the gateway or the carrier.
    fn arm(&mut self, random: &mut Random, within: i64) {
        if random.chance(1, 3) {
            let (fault, after) = (random.pick(&Fault::ALL), random.below(within));
            self.world.arm(fault, after);
            self.say_more(&format!("request {} to whoever is outside: {}", after + 1, fault.words()));
        }
    }

    /// All ask at one moment; each hears its answer, unless the process dies.
    async fn ask_all(&mut self, wanted: Vec<Ask>) -> Result<(), Wrong> {
        let mut clients = Vec::new();
        for Ask { command, keyed } in wanted {
            let (engine, key) = (self.engine().clone(), keyed.map(|index| self.keyed[index].key.clone()));
            let name = command.name_and_subject().0;
            let client = async move { engine.execute(&Caller::operator(TENANT), key, command).await };
            clients.push((name, keyed, tokio::spawn(client)));
        }
        // The next step begins when each of them is done.
        let mut heard = Vec::new();
        for (name, keyed, client) in clients {
            heard.push((name, keyed, client.await));
        }
        // Of one request that was sent several times at once, some may have been refused before another was done.
        heard.sort_by_key(|(_, _, answer)| !matches!(answer, Ok(Err(_))));
        for (name, keyed, answer) in heard {
            match answer {
                Ok(answer) => self.hear(name, keyed, answer)?,
                Err(_) if self.world.is_dead() => self.say_more("nobody hears an answer"),
                Err(error) => return Err(broken("a command does not panic", error.to_string())),
            }
        }
        Ok(())
    }

    /// Asks, and does not wait. What was asked is carried out all the same, but nobody sees to the gateway.
    async fn ask_and_go(&mut self, ask: Ask) -> Result<(), Wrong> {
        let (engine, key) = (self.engine().clone(), ask.keyed.map(|index| self.keyed[index].key.clone()));
        let client = tokio::spawn(async move { engine.execute(&Caller::operator(TENANT), key, ask.command).await });
        tokio::task::yield_now().await;
        client.abort();
        let _ = client.await;
        // Whoever comes next is answered after it.
        let flush = Command::CancelOrder(OrderId(0));
        let _ = self.engine().execute(&Caller::operator(TENANT), None, flush).await;
        Ok(())
    }

    /// Hears an answer; under a key it is the one that was heard before (E2).
    fn hear(&mut self, name: &str, keyed: Option<usize>, answer: Result<Done, Failure>) -> Result<(), Wrong> {
        let replayed = answer.as_ref().is_ok_and(|done| done.replayed);
        let answer = answer.map(|done| done.outcome);
        self.say_more(&format!("{answer:?}"));
        let is_declined = |refusals: &[Refusal]| matches!(refusals, [Refusal::Declined { .. }]);
        match &answer {
            Ok(_) => self.count(&format!("{name}: done")),
            Err(Failure::Refused(refusals)) if is_declined(refusals) => self.count(&format!("{name}: declined")),
            Err(Failure::Refused(_)) => self.count(&format!("{name}: refused")),
            Err(Failure::Unsettled(_)) => self.count(&format!("{name}: unsettled")),
            Err(_) if self.world.is_dead() => return Ok(()),
            Err(other) => {
                return Err(broken("a command is carried out, refused, or waits for a gateway", format!("{other:?}")));
            }
        }
        let Some(index) = keyed else {
            return Ok(());
        };
        let keyed = &mut self.keyed[index];
        let before = keyed.heard.take();
        // Of several at one moment, any may have been the first.
        let is_done = answer.is_ok() && !replayed;
        let is_twice = is_done && keyed.is_done;
        keyed.is_done |= is_done;
        let fits = match (&before, &answer) {
            // What was refused by us is not kept.
            (None, _) => true,
            (Some(Err(Failure::Refused(refusals))), _) if !is_declined(refusals) => true,
            (Some(Ok(was)), Ok(is)) => was == is,
            (Some(Err(Failure::Unsettled(was))), Err(Failure::Unsettled(is))) => was == is,
            (Some(Err(Failure::Unsettled(_))), Ok(_)) => true,
            (Some(Err(Failure::Unsettled(_))), Err(Failure::Refused(refusals))) => is_declined(refusals),
            // Heard of several at one moment, where the other was the first.
            (Some(Err(Failure::Refused(_))), Err(Failure::Unsettled(_))) => true,
            (Some(was), is) => was == is,
        };
        if !fits || is_twice {
            let found = format!("{before:?}, then {answer:?}, replayed: {replayed}");
            return Err(broken("E2: the same request under the same key has the same answer", found));
        }
        keyed.heard = Some(answer);
        Ok(())
    }

    /// Errands that are due are run.
    async fn work(&mut self, random: &mut Random) -> Result<(), Wrong> {
        self.say("errands are run");
        self.arm(random, 4);
        let worked = self.engine().work().await;
        self.count("errands run");
        match worked {
            Ok(count) => self.say_more(&format!("{count}")),
            Err(_) if self.world.is_dead() => {}
            Err(failure) => return Err(broken("errands are run", format!("{failure:?}"))),
        }
        Ok(())
    }

    /// Everybody answers, and errands are run until nothing is open: then both books say the same.
    async fn come_to_rest(&mut self) -> Result<(), Wrong> {
        self.say("everything comes to rest");
        self.world.set_out(false);
        for _ in 0..ROUNDS {
            if self.seen.open().is_empty() && self.seen.at_carriers().is_empty() {
                break;
            }
            self.clock.fetch_add(16 * 60_000, Ordering::SeqCst);
            let worked = self.engine().work().await;
            worked.map_err(|failure| broken("errands are run", format!("{failure:?}")))?;
            self.look().await?;
        }
        // A gateway tells what it has taken back.
        let orders: Vec<_> =
            self.seen.set.payments.iter().filter_map(|(id, found)| found.as_ref().map(|_| *id)).collect();
        for order in orders {
            self.reconcile(order).await?;
        }
        self.look().await?;
        at_rest(&self.seen)?;
        for index in self.young_keys() {
            if let Some(Ok(_) | Err(Failure::Unsettled(_))) = self.keyed[index].heard {
                let command = self.keyed[index].command.clone();
                self.say(format!("again under {}", self.keyed[index].key.key));
                self.ask_all(vec![Ask { command, keyed: Some(index) }]).await?;
            }
        }
        self.look().await?;
        at_rest(&self.seen)
    }

    /// Looks at everything, and says whether it is as it must be.
    async fn look(&mut self) -> Result<(), Wrong> {
        let before = std::mem::take(&mut self.seen);
        let read = self.engine().read(move |view| {
            let mut seen = Seen { set: view.everything(TENANT)?, moved: view.moved(TENANT)?, ..Seen::default() };
            seen.prefix = format!("{}-{TENANT}", view.installation()?);
            // What was found right and has not changed is right.
            if seen.set != before.set || seen.moved != before.moved {
                view.verify(TENANT, &mut |finding| seen.findings.push(finding.text))?;
            }
            Ok((before, seen))
        });
        let (before, mut seen) =
            read.await.map_err(|failure| broken("the store can be read", format!("{failure:?}")))?;
        (seen.world, seen.labels) = (self.world.entries(), self.world.labels());
        self.seen = seen;
        check(&before, &self.seen)
    }

    async fn begin(&mut self) -> Result<(), Wrong> {
        let settings = Settings {
            clock: Clock::Still(self.clock.clone()),
            committers: 1,
            readers: 4,
            rehearsal: Some(Rehearsal::new(self.world.clone())),
            sandbox_carrier: Some(SandboxCarrier::new(self.world.clone())),
            // Some shops are warned before an authorisation ends, some have it renewed.
            authorisations: Authorisations { warn: Duration::from_secs(24 * 3_600), renew: self.renews },
            ..Settings::default()
        };
        let engine = Engine::open(&self.ground.location, settings).await;
        self.engine = Some(engine.map_err(|error| broken("a process begins", error.to_string()))?);
        Ok(())
    }

    /// The end of a process: its threads are waited for, so that it does nothing more.
    async fn end(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.close().await;
        }
    }

    async fn restart(&mut self, random: &mut Random) -> Result<(), Wrong> {
        self.end().await;
        self.world.revive();
        if random.chance(1, 2) {
            self.ground.lose_ids().await.map_err(|why| broken("ids can be lost", why))?;
        }
        self.begin().await
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("there is a process in every step")
    }

    fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    fn say(&mut self, what: impl Into<String>) {
        self.said.push(what.into());
    }

    /// Adds to the last step.
    fn say_more(&mut self, what: &str) {
        if let Some(last) = self.said.last_mut() {
            last.push_str(" => ");
            last.push_str(what);
        }
    }

    fn count(&mut self, what: &str) {
        *self.tally.entry(what.to_owned()).or_insert(0) += 1;
    }
}

fn broken(expected: &str, found: impl Into<String>) -> Wrong {
    Wrong { expected: expected.to_owned(), found: found.into() }
}
