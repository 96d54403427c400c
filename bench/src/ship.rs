//! `waybill bench ship`: ships per second over HTTP, beside the floor of the same run. For another door than Magento's,
//! beside that one too.

mod data;
mod prepare;
mod server;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::floor::per_second;
use crate::load::{self, Gate, Load, Loaded, Order};
use data::{Data, PREPARED};
use server::{Server, Usage};

/// Where the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL cluster of its own, as durable as it comes.
    Postgres,
}

/// The door that orders leave through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Orders that nobody has paid yet, as Magento ships them.
    Magento,
    /// Orders that are paid already, in every round through both doors. What is compared is the same act on the same
    /// orders: all of an order leaves one source, and the order is complete. No money is left to take, as otherwise a
    /// gateway's time, or an invoice, would be measured. Each door is asked in its own words, and answers in them.
    Centra,
    /// Orders whose goods are allocated to one location, in every round through both doors. What is compared is not the
    /// same act: this door has a carrier take the goods, and they leave later; Magento's ships them.
    Carriyo,
}

impl Door {
    fn request(self) -> &'static str {
        match self {
            Door::Magento => "POST /rest/V1/order/:id/ship",
            Door::Centra => "POST /centra/:plugin/shipments of orders that are paid",
            Door::Carriyo => "POST /carriyo/orders/:id/fulfillment-orders/:id/ship",
        }
    }

    /// The name of its copy of the database.
    fn database(self) -> &'static str {
        match self {
            Door::Magento => "magento",
            Door::Centra => "centra",
            Door::Carriyo => "carriyo",
        }
    }
}

/// What to measure.
pub struct Plan {
    pub door: Door,
    pub on: On,
    /// How many server processes share the database.
    pub processes: usize,
    /// How long to ship.
    pub time: Duration,
    /// How many connections ship at once.
    pub connections: usize,
    /// How often to repeat it; the medians are shown.
    pub rounds: usize,
    /// How many orders to prepare for each round.
    pub orders: usize,
    /// How many skus the orders are spread over; one makes a hot row.
    pub skus: usize,
    /// How many orders of the past lie beside them.
    pub stored: i64,
}

/// What one round gave.
struct Round {
    door: Measured,
    /// The Magento door on the same orders, where another is measured.
    magento: Option<Measured>,
    floor: f64,
    floor_cpu_us: u64,
}

/// What a door gave.
struct Measured {
    ships: f64,
    p50_us: u64,
    p99_us: u64,
    cpu_us_per_ship: u64,
    database_cpu_us_per_ship: u64,
    rss_mb: u64,
    batch: u64,
}

/// Runs the plan, and says what came out, as text.
pub async fn ship(plan: &Plan, waybill: &Path) -> Result<String, String> {
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        let round = one_round(plan, waybill).await?;
        let Measured { ships, p50_us, p99_us, .. } = round.door;
        let beside = round
            .magento
            .as_ref()
            .map_or_else(String::new, |magento| format!(", the Magento door {:.0} ships/s", magento.ships));
        eprintln!(
            "round {number}: {ships:.0} ships/s{beside}, floor {:.0}/s, p50 {p50_us} us, p99 {p99_us} us",
            round.floor
        );
        rounds.push(round);
    }
    Ok(report(plan, &rounds))
}

#[expect(clippy::float_arithmetic, reason = "ratios for people to read")]
fn report(plan: &Plan, rounds: &[Round]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}, two items from one source, on {}, {} processes, {} connections, {} skus, {} orders stored, \
         {} s, {} rounds",
        plan.door.request(),
        match plan.on {
            On::Sqlite => "SQLite",
            On::Postgres => "PostgreSQL",
        },
        plan.processes,
        plan.connections,
        plan.skus,
        plan.stored,
        plan.time.as_secs(),
        rounds.len()
    );
    let mut line = |name: &str, unit: &str, of: &dyn Fn(&Round) -> f64, digits: usize| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let (middle, least, most) = (values[values.len() / 2], values[0], values[values.len() - 1]);
        let _ = writeln!(text, "{name:<28}{middle:>10.digits$} {unit:<8} ({least:.digits$} to {most:.digits$})");
    };
    line("ships", "per s", &|round| round.door.ships, 0);
    let floor = match plan.on {
        On::Sqlite => "floor: bare loop",
        On::Postgres => "floor: pgbench, 16 clients",
    };
    line(floor, "per s", &|round| round.floor, 0);
    line("ratio", "", &|round| round.door.ships / round.floor, 2);
    if rounds.iter().all(|round| round.magento.is_some()) {
        let to_magento = |round: &Round, cost: fn(&Measured) -> f64| {
            cost(&round.door) / round.magento.as_ref().map_or(f64::NAN, cost)
        };
        line("the Magento door", "per s", &|round| round.magento.as_ref().map_or(0.0, |magento| magento.ships), 0);
        line("a ship's time to Magento's", "", &|round| to_magento(round, |door| 1.0 / door.ships), 2);
        let used = |door: &Measured| (door.cpu_us_per_ship + door.database_cpu_us_per_ship) as f64;
        line("a ship's CPU to Magento's", "", &|round| to_magento(round, used), 2);
    }
    line("p50", "ms", &|round| round.door.p50_us as f64 / 1000.0, 1);
    line("p99", "ms", &|round| round.door.p99_us as f64 / 1000.0, 1);
    line("server CPU per ship", "us", &|round| round.door.cpu_us_per_ship as f64, 0);
    if plan.on == On::Postgres {
        line("PostgreSQL CPU per ship", "us", &|round| round.door.database_cpu_us_per_ship as f64, 0);
        line("floor's PostgreSQL CPU", "us", &|round| round.floor_cpu_us as f64, 0);
    }
    line("server memory (RSS)", "MB", &|round| round.door.rss_mb as f64, 0);
    line("commands per transaction", "", &|round| round.door.batch as f64, 0);
    text
}

async fn one_round(plan: &Plan, waybill: &Path) -> Result<Round, String> {
    let data = Data::new(plan.on)?;
    let prepared = data.url(PREPARED);
    let (orders, token) = prepare::prepare(&prepared, plan).await?;
    let orders: Arc<[Order]> = orders.into();
    let doors: &[Door] = match plan.door {
        Door::Magento => &[Door::Magento],
        Door::Centra => &[Door::Magento, Door::Centra],
        Door::Carriyo => &[Door::Magento, Door::Carriyo],
    };
    // Each door and the floor get a copy of the same database, before anything was shipped.
    data.copy(&doors.iter().map(|door| door.database()).collect::<Vec<_>>())?;
    let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
    // Where it needs nothing of what we do, half of it runs before and half after: machines change their pace.
    let first_half = match plan.on {
        On::Sqlite => None,
        On::Postgres => {
            data.prepare_floor(ids.iter().min().copied().unwrap_or(1))?;
            Some(tokio::task::block_in_place(|| data.floor(&ids, 1, plan.time / 2))?)
        }
    };
    let mut crews = Vec::new();
    for door in doors {
        crews.push(Crew::start(plan, &data, *door, &token, waybill).await?);
    }
    // For the same reason two doors take turns of about a second each.
    let turns = if crews.len() > 1 { u32::try_from(plan.time.as_secs()).unwrap_or(1).max(1) } else { 1 };
    for _ in 0..turns {
        for crew in &mut crews {
            crew.ship(plan, &data, &orders, plan.time / turns).await?;
        }
        crews.reverse();
    }
    let (mut door, mut magento) = (None, None);
    for crew in crews {
        let slot = if crew.door == plan.door { &mut door } else { &mut magento };
        *slot = Some(crew.measured(&token).await?);
    }
    let door = door.ok_or("the door was not measured")?;
    let batch = usize::try_from(door.batch).unwrap_or(1);
    let floor = tokio::task::block_in_place(|| match first_half {
        None => data.floor(&ids, batch, plan.time),
        Some(first) => data.floor(&ids, batch, plan.time / 2).map(|second| first.and(second)),
    })
    .map_err(|error| format!("the floor failed: {error}"))?;
    Ok(Round { door, magento, floor: floor.rate, floor_cpu_us: micros(floor.used) / floor.ships })
}

/// The servers that ship through a door, on its copy of the database, and what they have done so far.
struct Crew {
    door: Door,
    gate: Gate,
    servers: Vec<Server>,
    /// Microseconds from request to answer.
    times: Vec<u64>,
    took: Duration,
    /// The processor time that the database used.
    used: Duration,
}

impl Crew {
    async fn start(plan: &Plan, data: &Data, door: Door, token: &str, waybill: &Path) -> Result<Crew, String> {
        let url = data.url(door.database());
        let mut servers = Vec::new();
        for _ in 0..plan.processes.max(1) {
            servers.push(Server::start(waybill, &url)?);
        }
        for server in &servers {
            server.connect().await?;
        }
        let gate = prepare::gate(door, waybill, &url, token, &servers[0]).await?;
        Ok(Crew { door, gate, servers, times: Vec::new(), took: Duration::ZERO, used: Duration::ZERO })
    }

    /// Ships on for so long.
    async fn ship(&mut self, plan: &Plan, data: &Data, orders: &Arc<[Order]>, time: Duration) -> Result<(), String> {
        let before = data.processor_time();
        let Loaded { times, took } = load::ship(Load {
            hosts: self.servers.iter().map(|server| server.host.clone()).collect(),
            connections: plan.connections,
            gate: self.gate.clone(),
            orders: orders.clone(),
            shipped: self.times.len(),
            time,
        })
        .await?;
        self.used += data.processor_time().saturating_sub(before);
        self.times.extend(times);
        self.took += took;
        Ok(())
    }

    async fn measured(self, token: &str) -> Result<Measured, String> {
        let mut usage = Usage::default();
        let (mut batches, mut commands) = (0, 0);
        for server in &self.servers {
            let Usage { cpu_us, rss_mb } = server.usage();
            usage = Usage { cpu_us: usage.cpu_us + cpu_us, rss_mb: usage.rss_mb.max(rss_mb) };
            let (more_batches, more_commands) = server.batches(token).await.unwrap_or((1, 1));
            batches += more_batches;
            commands += more_commands;
        }
        let mut times = self.times;
        if times.is_empty() {
            return Err("nothing was shipped".to_owned());
        }
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        let ships = times.len() as u64;
        Ok(Measured {
            ships: per_second(times.len(), self.took),
            p50_us: at(50),
            p99_us: at(99),
            cpu_us_per_ship: usage.cpu_us / ships,
            database_cpu_us_per_ship: micros(self.used) / ships,
            rss_mb: usage.rss_mb,
            batch: (commands / batches.max(1)).max(1),
        })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
