//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use waybill_dialects::carriyo::merchant::{Merchant, Mode};
use waybill_dialects::centra::plugin::{Bundles, Plugin, Status};
use waybill_domain::{SourceCode, TenantId};
use waybill_engine::{Engine, Settings};

use crate::config::{Config, Given, Place};
use crate::{credential, demo, import, log, mail, serve, verify};

/// Waybill takes an order from paid to delivered.
#[derive(Parser)]
#[command(name = "waybill", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until told to stop
    Serve(Box<Given>),
    /// Show the main job over HTTP, on a throwaway database
    Demo {
        /// End after the journey instead of staying up
        #[arg(long)]
        once: bool,
        /// Address to answer at
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// Language that it is shown in
        #[arg(long, value_enum, default_value_t = Door::Magento)]
        door: Door,
    },
    /// Bring the database to this program's shape
    Migrate(Place),
    /// People who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Tokens for other systems
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// Re-add stock, quantities and money; exit 1 and a list when anything differs
    Verify {
        #[command(flatten)]
        place: Place,
        /// Also list what no payment gateway has answered yet, and compare the sandboxes' own ledgers; exit 1
        /// when it differs, or when something has been unanswered for an hour
        #[arg(long)]
        money: bool,
    },
    /// List mails by what became of them; the emails routes send one again
    Mails(mail::Mails),
    /// Bring data in
    #[command(subcommand)]
    Import(ImportCommand),
    /// Measure
    #[command(subcommand)]
    Bench(BenchCommand),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Create a user, or set password and rights of the one with this name
    Create {
        #[command(flatten)]
        place: Place,
        /// Name to sign in with
        #[arg(long)]
        username: String,
        /// Password; read from WAYBILL_USER_PASSWORD if not given
        #[arg(long, env = "WAYBILL_USER_PASSWORD", hide_env_values = true)]
        password: String,
        /// Resources that the user may use, comma-separated, such as Magento_Sales::ship; all if not given
        #[arg(long, value_delimiter = ',')]
        permissions: Vec<String>,
        /// Whose user it is
        #[arg(long, default_value = "default")]
        tenant: String,
    },
}

#[derive(Subcommand)]
enum CredentialCommand {
    /// Make a credential and print it as one JSON object; its secrets are shown only this once
    Create {
        #[command(flatten)]
        place: Place,
        /// Language that the system speaks
        #[arg(long)]
        dialect: Dialect,
        /// Name of the system, for the audit trail
        #[arg(long)]
        name: String,
        /// Resources that it may use, comma-separated, such as Magento_Sales::ship; all if not given
        #[arg(long, value_delimiter = ',')]
        permissions: Vec<String>,
        /// For a system that cannot send idempotency keys: a request for an invoice, shipment or refund that comes
        /// again within so many seconds, the same to the last value, is answered again and not done again; at most
        /// 86400
        #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
        repeat_window: Option<u64>,
        /// Whose data it sees; a tenant that does not exist yet is made
        #[arg(long, default_value = "default")]
        tenant: String,
        /// Code of the store view whose orders it sees; not for Magento, whose requests say it
        #[arg(long, default_value = "default")]
        store: String,
        #[command(flatten)]
        centra: Box<CentraOptions>,
        #[command(flatten)]
        carriyo: Box<CarriyoOptions>,
    },
}

/// What a Centra plugin's owner chooses; only with --dialect centra.
#[derive(Args)]
#[command(next_help_heading = "Centra plugin")]
struct CentraOptions {
    /// Name in its base address, /centra/<PLUGIN>; made of --name if not given
    #[arg(long)]
    plugin: Option<String>,
    /// Primary warehouse: the source where its stock is set and its shipments leave
    #[arg(long, default_value = "default")]
    warehouse: String,
    /// Markets whose orders it sees, comma-separated numbers; all if not given
    #[arg(long, value_delimiter = ',')]
    markets: Vec<i64>,
    /// Order statuses that it is shown, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "pending,confirmed,processing,completed")]
    statuses: Vec<String>,
    /// Orders that come in wait until somebody confirms them
    #[arg(long)]
    no_confirm: bool,
    /// How kits are shown: parts, nested, only or flat
    #[arg(long, default_value = "nested")]
    bundles: String,
    /// Allocate pieces that wait for goods when a shipment is made of them
    #[arg(long)]
    allocate_on_shipment: bool,
    /// Show orders that are on hold or wait for payment
    #[arg(long)]
    show_held: bool,
    /// Tell customers what is sent, unless the request says otherwise
    #[arg(long)]
    send_email: bool,
}

/// What a Carriyo client's owner chooses; only with --dialect carriyo.
#[derive(Args)]
#[command(next_help_heading = "Carriyo client")]
struct CarriyoOptions {
    /// Account whose orders they are, as requests name it
    #[arg(long, default_value = "DEFAULT")]
    merchant: String,
    /// How orders that name no locations get theirs: manual, priority or distance
    #[arg(long, default_value = "manual")]
    allocation: String,
    /// One location has all of an order, or none
    #[arg(long)]
    no_split: bool,
    /// Cancel orders for which not all can be allocated
    #[arg(long)]
    no_partial: bool,
    /// When stock goes down: fulfilled or shipped
    #[arg(long, default_value = "fulfilled")]
    deduct_on: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Dialect {
    Magento,
    Centra,
    Carriyo,
    Native,
}

#[derive(Subcommand)]
enum ImportCommand {
    /// Postal codes and where they are, in the format of geonames.org, for source selection by distance
    Geonames {
        #[command(flatten)]
        place: Place,
        /// Tab-separated file, such as US.txt
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Ship orders over HTTP, and compare with what the database does when nothing else is done
    Ship(BenchShip),
    /// Fill a database with orders of two years, most of them complete, to see how it does when it is large
    Fill {
        #[command(flatten)]
        place: Place,
        /// How many orders
        #[arg(long, default_value_t = 1_000_000)]
        orders: u32,
    },
    /// Run shops in a world where everything goes wrong, and check that money, goods and documents stay right; exit 1
    /// and the seed when they do not
    Simulate(BenchSimulate),
}

#[derive(Args)]
struct BenchSimulate {
    /// How many runs; each has a seed of its own, and comes out the same every time
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Steps of each run, before everything comes to rest
    #[arg(long, default_value_t = waybill_bench::STEPS)]
    steps: u64,
    /// Which engine, on throwaway databases
    #[arg(long, value_enum, default_value_t = BenchOn::Sqlite)]
    on: BenchOn,
}

#[derive(Clone, Copy, ValueEnum)]
enum BenchOn {
    Sqlite,
    /// Needs PostgreSQL's programs on this machine
    Postgres,
}

impl From<BenchOn> for waybill_bench::On {
    fn from(on: BenchOn) -> waybill_bench::On {
        match on {
            BenchOn::Sqlite => waybill_bench::On::Sqlite,
            BenchOn::Postgres => waybill_bench::On::Postgres,
        }
    }
}

/// The doors that can be shown and measured.
#[derive(Clone, Copy, ValueEnum)]
enum Door {
    Magento,
    Centra,
    Carriyo,
}

impl From<Door> for waybill_bench::Door {
    fn from(door: Door) -> waybill_bench::Door {
        match door {
            Door::Magento => waybill_bench::Door::Magento,
            Door::Centra => waybill_bench::Door::Centra,
            Door::Carriyo => waybill_bench::Door::Carriyo,
        }
    }
}

#[derive(Args)]
struct BenchShip {
    /// Door that orders leave through; another than Magento's is measured in turns with that one, on the same orders
    #[arg(long, value_enum, default_value_t = Door::Magento)]
    door: Door,
    /// Which engine, on a throwaway database
    #[arg(long, value_enum, default_value_t = BenchOn::Sqlite)]
    on: BenchOn,
    /// How many server processes share the database
    #[arg(long, default_value_t = 1)]
    processes: usize,
    /// How long to ship, in each round
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many connections ship at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How many rounds; the medians are shown
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Orders to prepare for each round; enough for the time if not given
    #[arg(long)]
    orders: Option<usize>,
    /// Skus that the orders are spread over; 2 makes hot rows
    #[arg(long, default_value_t = 2_000)]
    skus: usize,
    /// Orders of the past to have stored beside them, as `bench fill` makes them
    #[arg(long, default_value_t = 0)]
    stored: u32,
}

impl Cli {
    /// Does what was asked; a message when it could not.
    pub async fn run(self) -> Result<ExitCode, String> {
        match self.command {
            Command::Serve(given) => {
                let config = Config::read(*given)?;
                log::start(config.log_format, "info");
                serve::serve(config).await?;
            }
            Command::Demo { once, listen, door } => demo::demo(&listen, once, door.into()).await?,
            Command::Migrate(place) => {
                let config = Config::read(place)?;
                let steps = serve::migrate(&config.database).await?;
                println!("The database is up to date ({steps} new steps).");
            }
            Command::User(UserCommand::Create { place, username, password, permissions, tenant }) => {
                say_what_has_no_use(&permissions);
                let (engine, tenant) = open(place, &tenant).await?;
                credential::create_user(&engine, tenant, &username, &password, permissions).await?;
                engine.close().await;
                println!("The user {username} can sign in.");
            }
            Command::Credential(CredentialCommand::Create {
                place,
                dialect,
                name,
                permissions,
                repeat_window,
                tenant,
                store,
                centra,
                carriyo,
            }) => {
                let repeats = repeat_window.map(Duration::from_secs);
                let tenant_name = tenant;
                let (engine, tenant) = open_or_make(place, &tenant_name).await?;
                let created = match dialect {
                    Dialect::Magento | Dialect::Native => {
                        say_what_has_no_use(&permissions);
                        credential::create_token(&engine, tenant, &name, permissions, repeats).await
                    }
                    Dialect::Centra => {
                        let plugin = centra.plugin(&engine, tenant, &name, store).await;
                        match plugin {
                            Ok(plugin) => {
                                credential::create_plugin(&engine, tenant, &name, &plugin, permissions, repeats).await
                            }
                            Err(why) => Err(why),
                        }
                    }
                    Dialect::Carriyo => match carriyo.merchant(&engine, tenant, tenant_name, store).await {
                        Ok(merchant) => {
                            credential::create_client(&engine, tenant, &name, merchant, permissions, repeats).await
                        }
                        Err(why) => Err(why),
                    },
                };
                engine.close().await;
                println!("{}", created?);
            }
            Command::Verify { place, money } => {
                let database = Config::read(place)?.database;
                return blocking(move || verify::verify(&database, money)).await;
            }
            Command::Mails(ask) => {
                let database = Config::read(ask.place.clone())?.database;
                blocking(move || mail::list(&database, &ask)).await?;
            }
            Command::Import(ImportCommand::Geonames { place, file }) => {
                let config = Config::read(place)?;
                serve::migrate(&config.database).await?;
                let count = blocking(move || import::geonames(&config.database, &file)).await?;
                println!("{count} postal codes are known now.");
            }
            Command::Bench(BenchCommand::Ship(ask)) => {
                let waybill = std::env::current_exe().map_err(|error| format!("where am I? {error}"))?;
                let seconds = usize::try_from(ask.seconds).unwrap_or(10);
                let plan = waybill_bench::Plan {
                    door: ask.door.into(),
                    on: ask.on.into(),
                    processes: ask.processes,
                    time: Duration::from_secs(ask.seconds),
                    connections: ask.connections,
                    rounds: ask.rounds.max(1),
                    orders: ask.orders.unwrap_or(seconds.saturating_mul(20_000)),
                    skus: ask.skus,
                    stored: ask.stored.into(),
                };
                print!("{}", waybill_bench::ship(&plan, &waybill).await?);
            }
            Command::Bench(BenchCommand::Fill { place, orders }) => {
                let database = Config::read(place)?.database;
                print!("{}", waybill_bench::fill(database, orders.into()).await?);
            }
            Command::Bench(BenchCommand::Simulate(ask)) => return blocking(move || simulate(&ask)).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Does what may block on a thread for that.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

/// Warns of permissions that nothing asks for. Lists of Magento's that are taken over have some, and misspelt ones look
/// the same.
fn say_what_has_no_use(permissions: &[String]) {
    for name in waybill_dialects::magento::without_use(permissions) {
        eprintln!("waybill: nothing asks for the permission {name}; is it spelt as in Magento's access list?");
    }
}

/// An engine beside a server that may be running, and the tenant of this name.
async fn open(place: Place, tenant: &str) -> Result<(Engine, TenantId), String> {
    let config = Config::read(place)?;
    serve::migrate(&config.database).await?;
    let engine = Engine::open(&config.database, Settings::default()).await.map_err(|error| error.to_string())?;
    let id = serve::tenant(&engine, tenant).await?;
    Ok((engine, id))
}

/// The same, where the tenant is made if there is none of this name.
async fn open_or_make(place: Place, tenant: &str) -> Result<(Engine, TenantId), String> {
    let config = Config::read(place)?;
    serve::migrate(&config.database).await?;
    let engine = Engine::open(&config.database, Settings::default()).await.map_err(|error| error.to_string())?;
    if let Ok(id) = serve::tenant(&engine, tenant).await {
        return Ok((engine, id));
    }
    let (location, name) = (config.database.clone(), tenant.to_owned());
    let (id, _) = blocking(move || serve::make_tenant(&location, &name)).await?;
    eprintln!("waybill: the tenant {tenant} was made");
    Ok((engine, id))
}

impl CentraOptions {
    async fn plugin(self, engine: &Engine, tenant: TenantId, name: &str, store: String) -> Result<Plugin, String> {
        let CentraOptions {
            plugin,
            warehouse,
            markets,
            statuses,
            no_confirm,
            bundles,
            allocate_on_shipment,
            show_held,
            send_email,
        } = self;
        let uri = plugin.unwrap_or_else(|| slug(name));
        if uri.is_empty() || slug(&uri) != uri {
            return Err(format!("{uri:?} is no name for an address: use a-z, 0-9, - and _"));
        }
        let (code, source) = (store.clone(), SourceCode(warehouse.clone()));
        let found = engine
            .read(move |view| Ok((view.store(tenant, &code)?, view.places(tenant)?.sources.contains_key(&source))));
        let (store_id, has_warehouse) = found.await.map_err(|_| "the stores cannot be read".to_owned())?;
        let store_id = store_id.ok_or_else(|| format!("there is no store view {store:?}"))?.0;
        if !has_warehouse {
            return Err(format!("there is no source {warehouse:?}"));
        }
        let status = |text: &String| Status::parse(text).ok_or_else(|| format!("{text:?} is no status of an order"));
        Ok(Plugin {
            uri,
            store,
            store_id,
            warehouse: SourceCode(warehouse),
            markets,
            statuses: statuses.iter().map(status).collect::<Result<_, _>>()?,
            confirm: !no_confirm,
            bundles: Bundles::parse(&bundles).ok_or_else(|| format!("{bundles:?} is no way to show kits"))?,
            allocate_on_shipment,
            show_held,
            send_email,
        })
    }
}

impl CarriyoOptions {
    async fn merchant(
        self,
        engine: &Engine,
        tenant: TenantId,
        tenant_name: String,
        store: String,
    ) -> Result<Merchant, String> {
        let CarriyoOptions { merchant, allocation, no_split, no_partial, deduct_on } = self;
        let code = store.clone();
        let found = engine.read(move |view| view.store(tenant, &code)).await;
        let found = found.map_err(|_| "the stores cannot be read".to_owned())?;
        let store_id = found.ok_or_else(|| format!("there is no store view {store:?}"))?.0;
        let allocation = Mode::parse(&allocation).ok_or_else(|| format!("{allocation:?} is no way to allocate"))?;
        let deduct_on_fulfil = match deduct_on.as_str() {
            "fulfilled" => true,
            "shipped" => false,
            _ => return Err(format!("stock goes down when goods are fulfilled or shipped, not {deduct_on:?}")),
        };
        Ok(Merchant {
            tenant: tenant_name,
            merchant,
            store,
            store_id,
            allocation,
            split: !no_split,
            partial: !no_partial,
            deduct_on_fulfil,
            ..Merchant::default()
        })
    }
}

/// A name as a part of an address.
fn slug(name: &str) -> String {
    let letter = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9' | '-' | '_') => letter,
        _ => '-',
    };
    name.trim().chars().map(letter).collect()
}

/// Runs shops, and says what they went through, or how one came to be wrong.
fn simulate(ask: &BenchSimulate) -> Result<ExitCode, String> {
    let BenchSimulate { seeds, from, steps, on } = *ask;
    let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let simulation = waybill_bench::Simulation { on: on.into(), from, seeds, steps, at_once };
    let often = (seeds / 20).max(1);
    let simulated = simulation.run(|done| {
        if done.is_multiple_of(often) {
            eprintln!("{done} of {seeds} runs");
        }
    });
    match simulated {
        Ok(simulated) => {
            print!("{simulated}");
            Ok(ExitCode::SUCCESS)
        }
        Err(report) => {
            print!("{report}");
            Ok(ExitCode::FAILURE)
        }
    }
}
