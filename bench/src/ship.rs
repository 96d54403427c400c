//! `waybill bench ship`: ships per second over HTTP, beside the floor of the same run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use hyper::Method;
use waybill_domain::{
    AcceptOrder, Amount, Capture, Command, Costs, DefaultCount, Demand, Departure, DraftItem, Excess, Extra, Notify,
    OrderId, Outcome, Permissions, ProductField, Quantity, Sent, ShipOrder, Sku, SourceChoice, SourceCode, StoreId,
    TenantId,
};
use waybill_engine::store::Location;
use waybill_engine::{Caller, Engine, Failure, Settings};

use crate::floor::{self, per_second};
use crate::load::{self, Load, Loaded};
use crate::{Client, fill};
use waybill_harness::{Cluster, Durability};

/// How many orders are shipped before it counts.
const WARM_UP: usize = 200;

/// Where the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL cluster of its own, as durable as it comes.
    Postgres,
}

/// What to measure.
pub struct Plan {
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
    ships: f64,
    floor: f64,
    floor_cpu_us: u64,
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
        eprintln!(
            "round {number}: {:.0} ships/s, floor {:.0}/s, p50 {} us, p99 {} us",
            round.ships, round.floor, round.p50_us, round.p99_us
        );
        rounds.push(round);
    }
    Ok(report(plan, &rounds))
}

#[expect(clippy::float_arithmetic, reason = "ratios for people to read")]
fn report(plan: &Plan, rounds: &[Round]) -> String {
    let mut text = String::new();
    let median = |of: &dyn Fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2], values[0], values[values.len() - 1])
    };
    let _ = writeln!(
        text,
        "POST /rest/V1/order/:id/ship, two items from one source, on {}, {} processes, {} connections, {} skus, \
         {} orders stored, {} s, {} rounds",
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
        let (middle, least, most) = median(of);
        let _ = writeln!(text, "{name:<28}{middle:>10.digits$} {unit:<8} ({least:.digits$} to {most:.digits$})");
    };
    line("ships", "per s", &|round| round.ships, 0);
    let floor = match plan.on {
        On::Sqlite => "floor: bare loop",
        On::Postgres => "floor: pgbench, 16 clients",
    };
    line(floor, "per s", &|round| round.floor, 0);
    line("ratio", "", &|round| round.ships / round.floor, 2);
    line("p50", "ms", &|round| round.p50_us as f64 / 1000.0, 1);
    line("p99", "ms", &|round| round.p99_us as f64 / 1000.0, 1);
    line("server CPU per ship", "us", &|round| round.cpu_us_per_ship as f64, 0);
    if plan.on == On::Postgres {
        line("PostgreSQL CPU per ship", "us", &|round| round.database_cpu_us_per_ship as f64, 0);
        line("floor's PostgreSQL CPU", "us", &|round| round.floor_cpu_us as f64, 0);
    }
    line("server memory (RSS)", "MB", &|round| round.rss_mb as f64, 0);
    line("commands per transaction", "", &|round| round.batch as f64, 0);
    text
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A database to ship from, and a copy of it for the floor.
struct Data {
    url: String,
    folder: tempfile::TempDir,
    cluster: Option<Cluster>,
}

impl Data {
    fn new(on: On) -> Result<Data, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder for the database: {error}"))?;
        Ok(match on {
            On::Sqlite => {
                Data { url: format!("sqlite://{}", folder.path().join("bench.db").display()), folder, cluster: None }
            }
            On::Postgres => {
                let cluster = Cluster::start(Durability::Durable).map_err(|error| error.to_string())?;
                cluster.sql("postgres", "create database bench").map_err(|error| error.to_string())?;
                Data { url: cluster.url("bench"), folder, cluster: Some(cluster) }
            }
        })
    }

    /// Nobody may be using it.
    fn copy(&self) -> Result<(), String> {
        match &self.cluster {
            None => floor::sqlite::copy(&self.folder.path().join("bench.db"), &self.folder.path().join("floor.db")),
            Some(cluster) => {
                let text = "create database floor template bench";
                cluster
                    .sql("postgres", text)
                    .and_then(|_| cluster.sql("bench", "vacuum analyze"))
                    .and_then(|_| cluster.sql("floor", "vacuum analyze"))
                    .map_err(|error| error.to_string())?;
                cluster.sql("postgres", "checkpoint").map(|_| ()).map_err(|error| error.to_string())
            }
        }
    }

    /// What the floor does in this time.
    fn floor(&self, orders: &[i64], batch: usize, time: Duration) -> Result<Floor, String> {
        match &self.cluster {
            None => floor::sqlite::bare_loop(&self.folder.path().join("floor.db"), orders, batch, time)
                .map(|rate| Floor { rate, ships: 1, used: Duration::ZERO })
                .map_err(|error| error.to_string()),
            Some(cluster) => {
                cluster.sql("postgres", "checkpoint").map_err(|error| error.to_string())?;
                let before = cluster.processor_time();
                let (rate, ships) = floor::postgres::pgbench(cluster, "floor", time)?;
                Ok(Floor { rate, ships, used: cluster.processor_time().saturating_sub(before) })
            }
        }
    }

    fn processor_time(&self) -> Duration {
        self.cluster.as_ref().map_or(Duration::ZERO, Cluster::processor_time)
    }
}

/// What the floor did.
#[derive(Clone, Copy)]
struct Floor {
    /// Ships a second.
    rate: f64,
    ships: u64,
    /// The processor time that the database used for them.
    used: Duration,
}

impl Floor {
    fn and(self, other: Floor) -> Floor {
        Floor {
            rate: f64::midpoint(self.rate, other.rate),
            ships: self.ships + other.ships,
            used: self.used + other.used,
        }
    }
}

async fn one_round(plan: &Plan, waybill: &Path) -> Result<Round, String> {
    let data = Data::new(plan.on)?;
    let (orders, token) = prepare(&data.url, plan).await?;
    // The floor gets a copy of the same database, before anything was shipped.
    data.copy()?;
    // Where it needs nothing of what we do, half of it runs before and half after: machines change their pace.
    let first_half = match &data.cluster {
        None => None,
        Some(cluster) => {
            floor::postgres::prepare(cluster, "floor", orders.iter().min().copied().unwrap_or(1))?;
            Some(tokio::task::block_in_place(|| data.floor(&orders, 1, plan.time / 2))?)
        }
    };

    let mut servers = Vec::new();
    for _ in 0..plan.processes.max(1) {
        servers.push(Server::start(waybill, &data.url)?);
    }
    for server in &servers {
        server.connect().await?;
    }
    let before = data.processor_time();
    let measured = load::ship(Load {
        hosts: servers.iter().map(|server| server.host.clone()).collect(),
        connections: plan.connections,
        token: token.clone(),
        orders: orders.as_slice().into(),
        time: plan.time,
    })
    .await;
    let used = data.processor_time().saturating_sub(before);
    let mut usage = Usage { cpu_us: 0, rss_mb: 0 };
    let (mut batches, mut commands) = (0, 0);
    for server in &servers {
        let Usage { cpu_us, rss_mb } = server.usage();
        usage = Usage { cpu_us: usage.cpu_us + cpu_us, rss_mb: usage.rss_mb.max(rss_mb) };
        let (more_batches, more_commands) = server.batches(&token).await.unwrap_or((1, 1));
        batches += more_batches;
        commands += more_commands;
    }
    drop(servers);
    let Loaded { mut times, took } = measured?;
    if times.is_empty() {
        return Err("nothing was shipped".to_owned());
    }
    times.sort_unstable();
    let batch = usize::try_from(commands / batches.max(1)).unwrap_or(1).max(1);
    let floor = tokio::task::block_in_place(|| match first_half {
        None => data.floor(&orders, batch, plan.time),
        Some(first) => data.floor(&orders, batch, plan.time / 2).map(|second| first.and(second)),
    })
    .map_err(|error| format!("the floor failed: {error}"))?;
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    let ships = times.len() as u64;
    Ok(Round {
        ships: per_second(times.len(), took),
        floor: floor.rate,
        floor_cpu_us: micros(floor.used) / floor.ships,
        p50_us: at(50),
        p99_us: at(99),
        cpu_us_per_ship: usage.cpu_us / ships,
        database_cpu_us_per_ship: micros(used) / ships,
        rss_mb: usage.rss_mb,
        batch: batch as u64,
    })
}

/// Fills a database with products and orders of two items each, and makes a token.
async fn prepare(url: &str, plan: &Plan) -> Result<(Vec<i64>, String), String> {
    let location = Location::parse(url).map_err(|error| error.to_string())?;
    let here = location.clone();
    let migrated = tokio::task::spawn_blocking(move || here.migrate()).await.map_err(|error| error.to_string())?;
    migrated.map_err(|error| error.to_string())?;
    if plan.stored > 0 {
        fill(location.clone(), plan.stored).await?;
    }
    let engine = Engine::open(&location, Settings::default()).await.map_err(|error| error.to_string())?;
    let tenant = TenantId(1);
    let caller = Caller::operator(tenant);
    for number in 0..plan.skus.max(2) {
        let command = Command::SaveProduct {
            sku: Sku::new(&format!("BENCH-{number}")),
            fields: vec![ProductField::Name(format!("Bench {number}")), ProductField::Price(Amount(100_000))],
            attributes: Vec::new(),
            stock: Some(DefaultCount { quantity: Some(Quantity::whole(90_000_000)), in_stock: Some(true) }),
        };
        engine.execute(&caller, None, command).await.map_err(|failure| format!("product: {failure:?}"))?;
    }
    let skus = plan.skus.max(2);
    let mut orders = Vec::with_capacity(plan.orders);
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..plan.orders {
        let (engine, caller) = (engine.clone(), caller.clone());
        let ask = order(number, skus);
        waiting.spawn(async move { engine.execute(&caller, None, Command::AcceptOrder(Box::new(ask))).await });
        if waiting.len() >= 256 {
            collect(waiting.join_next().await, &mut orders)?;
        }
    }
    while let Some(done) = waiting.join_next().await {
        collect(Some(done), &mut orders)?;
    }
    // Some leave before: planners take a table that was found empty for one that stays empty.
    for order in orders.drain(..WARM_UP.min(orders.len() / 2)) {
        let ask = ShipOrder {
            order: OrderId(order),
            lines: Vec::new(),
            source: SourceChoice::Named(SourceCode(SourceCode::DEFAULT.to_owned())),
            excess: Excess::Trim,
            capture: Capture::No,
            departure: Departure::Now,
            costs: Costs::All,
            demand: Demand::Refuse,
            fulfilment: None,
            reference: None,
            tracks: Vec::new(),
            comment: None,
            notify: Notify::No,
            extra: Extra::new(),
            line_extra: BTreeMap::new(),
        };
        engine.execute(&caller, None, Command::Ship(ask)).await.map_err(|failure| format!("warm-up: {failure:?}"))?;
    }
    let token = engine
        .issue_token(tenant, "bench", Permissions::All, None)
        .await
        .map_err(|failure| format!("token: {failure:?}"))?;
    engine.close().await;
    Ok((orders, token))
}

type Joined = Option<Result<Result<waybill_engine::Done, Failure>, tokio::task::JoinError>>;

fn collect(done: Joined, orders: &mut Vec<i64>) -> Result<(), String> {
    match done {
        Some(Ok(Ok(done))) => {
            if let Outcome::Order(order) = done.outcome {
                orders.push(order.0);
            }
            Ok(())
        }
        Some(Ok(Err(failure))) => Err(format!("order: {failure:?}")),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(()),
    }
}

/// An order of one piece of two skus.
fn order(number: usize, skus: usize) -> AcceptOrder {
    let item = |index: usize| DraftItem {
        sku: format!("BENCH-{}", index % skus),
        quantity: Some(Quantity::ONE),
        price: Sent { amount: Some(Amount(100_000)), base: None },
        ..DraftItem::default()
    };
    AcceptOrder {
        store: StoreId(1),
        email: Some(format!("buyer{number}@example.com")),
        method: Some("checkmo".to_owned()),
        items: vec![item(number * 2), item(number * 2 + 1)],
        hold_stock: true,
        ..AcceptOrder::default()
    }
}

/// A `waybill serve` of our own.
struct Server {
    process: Child,
    host: String,
}

struct Usage {
    cpu_us: u64,
    rss_mb: u64,
}

impl Server {
    fn start(waybill: &Path, url: &str) -> Result<Server, String> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| format!("no free port: {error}"))?
            .port();
        let host = format!("127.0.0.1:{port}");
        let process = Process::new(waybill)
            .args(["serve", "--listen", &host, "--database-url", url])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", waybill.display()))?;
        Ok(Server { process, host })
    }

    async fn connect(&self) -> Result<Client, String> {
        let began = Instant::now();
        loop {
            match Client::connect(&self.host).await {
                Ok(client) => return Ok(client),
                Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error),
                // The server is starting; the next try is a system call away.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// What the server has used since it started, as the kernel counts it.
    fn usage(&self) -> Usage {
        let folder = format!("/proc/{}", self.process.id());
        let stat = std::fs::read_to_string(format!("{folder}/stat")).unwrap_or_default();
        // After the name in brackets: utime and stime are the 12th and 13th field, in hundredths of a second.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        let status = std::fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|number| number.parse::<u64>().ok())
            .unwrap_or(0);
        Usage { cpu_us: (ticks(11) + ticks(12)) * 10_000, rss_mb: kilobytes / 1024 }
    }

    /// How many transactions and commands the server counted.
    async fn batches(&self, token: &str) -> Option<(u64, u64)> {
        let mut client = self.connect().await.ok()?;
        client.authorize(token);
        let reply = client.send(Method::GET, "/metrics", None).await.ok()?;
        let read = |name: &str| reply.body.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        Some((read("waybill_batches_total")?, read("waybill_commands_total")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
