//! Databases for runs: a shop is made once, and each run gets a copy of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use tempfile::TempDir;
use waybill_domain::{
    Command, Count, DefaultCount, IdKind, Kind, Link, ProductField, Quantity, Sku, SourceCode, SourceField, StockId,
    TenantId,
};
use waybill_engine::store::{Bulk, Location};
use waybill_engine::{Caller, Clock, Engine, Settings};
use waybill_harness::{Cluster, Database, Durability, POSTGRES};

use crate::On;

pub(super) const TENANT: TenantId = TenantId(1);

/// When each run begins.
pub(super) const BEGINNING: i64 = 1_700_000_000_000;

/// A folder in memory, where the machine has one: what is simulated is the end of a process, not of a disk.
const MEMORY: &str = "/dev/shm";

/// One in so many runs is on a disk all the same.
const ON_DISK: u64 = 16;

const FILE: &str = "waybill.db";

/// The shop that runs begin with.
pub(super) struct Grounds(Template);

enum Template {
    File(TempDir),
    /// On the server of the tests.
    Database(Database),
    /// On a server of our own.
    Cluster(Box<Cluster>),
}

/// A run's own database.
pub(super) struct Ground {
    pub(super) location: Location,
    keep: Keep,
}

enum Keep {
    Folder(#[expect(dead_code, reason = "it goes with this")] TempDir),
    Database(#[expect(dead_code, reason = "it goes with this")] Database),
    /// It goes with its server.
    Nothing,
}

impl Grounds {
    pub(super) async fn new(on: On) -> Result<Grounds, String> {
        let template = match on {
            On::Sqlite => {
                let folder = folder(false)?;
                prepare(&sqlite(folder.path())?).await?;
                Template::File(folder)
            }
            On::Postgres if std::env::var(POSTGRES).is_ok() => {
                let migrate = |url: &str| {
                    Location::parse(url)
                        .and_then(|location| location.migrate())
                        .expect("a fresh database takes all steps");
                };
                let database = tokio::task::spawn_blocking(move || Database::migrated(migrate)).await;
                let database = database.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
                prepare(&parse(database.url())?).await?;
                Template::Database(database)
            }
            On::Postgres => {
                let cluster = Cluster::start(Durability::Fast).map_err(|error| error.to_string())?;
                cluster.sql("postgres", "create database template").map_err(|error| error.to_string())?;
                prepare(&parse(&cluster.url("template"))?).await?;
                Template::Cluster(Box::new(cluster))
            }
        };
        Ok(Grounds(template))
    }

    /// A copy for the run of this seed.
    pub(super) fn copy(&self, seed: u64) -> Result<Ground, String> {
        match &self.0 {
            Template::File(template) => {
                if template.path().join(format!("{FILE}-wal")).exists() {
                    return Err("the database to copy is still in use".to_owned());
                }
                let folder = folder(seed.is_multiple_of(ON_DISK))?;
                let copied = std::fs::copy(template.path().join(FILE), folder.path().join(FILE));
                copied.map_err(|error| format!("the database cannot be copied: {error}"))?;
                Ok(Ground { location: sqlite(folder.path())?, keep: Keep::Folder(folder) })
            }
            Template::Database(template) => {
                let database = template.copy().map_err(|error| error.to_string())?;
                Ok(Ground { location: parse(database.url())?, keep: Keep::Database(database) })
            }
            Template::Cluster(cluster) => {
                let name = format!("seed_{seed}");
                let copy = format!("drop database if exists {name} with (force)");
                cluster.sql("postgres", &copy).map_err(|error| error.to_string())?;
                let copy = format!("create database {name} template template");
                cluster.sql("postgres", &copy).map_err(|error| error.to_string())?;
                Ok(Ground { location: parse(&cluster.url(&name))?, keep: Keep::Nothing })
            }
        }
    }

    /// A run is over.
    pub(super) fn clear(&self, ground: Ground, seed: u64) {
        if let (Template::Cluster(cluster), Keep::Nothing) = (&self.0, &ground.keep) {
            // One that stays is in nobody's way.
            let _ = cluster.sql("postgres", &format!("drop database if exists seed_{seed} with (force)"));
        }
    }
}

impl Ground {
    /// The ids that a process took and did not give out are lost with it.
    pub(super) async fn lose_ids(&self) -> Result<(), String> {
        let location = self.location.clone();
        let lose = move || {
            let bulk = Bulk::open(&location)?;
            for kind in [IdKind::Order, IdKind::Operation, IdKind::Errand, IdKind::Shipment, IdKind::Invoice] {
                bulk.take_ids(TENANT, &kind.counter(), 3)?;
            }
            Ok(())
        };
        blocking(lose).await
    }
}

fn folder(on_disk: bool) -> Result<TempDir, String> {
    let memory = PathBuf::from(MEMORY);
    let made = if !on_disk && memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.map_err(|error| format!("no folder for the database: {error}"))
}

fn sqlite(folder: &Path) -> Result<Location, String> {
    parse(&format!("sqlite://{}", folder.join(FILE).display()))
}

fn parse(url: &str) -> Result<Location, String> {
    Location::parse(url).map_err(|error| error.to_string())
}

/// Two websites: one sells what lies at `default`, the other what lies at `east` and `far`.
async fn prepare(location: &Location) -> Result<(), String> {
    migrate(location).await?;
    let settings = Settings { clock: Clock::Still(Arc::new(AtomicI64::new(BEGINNING))), ..Settings::default() };
    let engine = Engine::open(location, settings).await.map_err(|error| error.to_string())?;
    let text = str::to_owned;
    let mut commands = vec![
        Command::SaveWebsite { code: text("second"), name: text("Second"), currency: text("EUR") },
        Command::SaveStore {
            code: text("second"),
            website: text("second"),
            name: text("Second"),
            currency: text("EUR"),
            locale: text("de_DE"),
        },
        Command::SaveStock { id: None, name: Some(text("Second")), channels: vec![text("second")] },
    ];
    for (code, priority) in [("east", 1), ("far", 2)] {
        let fields =
            vec![SourceField::Name(text(code)), SourceField::Country(text("US")), SourceField::Postcode(text("10001"))];
        commands.push(Command::SaveSource { code: SourceCode(text(code)), fields });
        commands.push(Command::SaveLinks(vec![Link { stock: StockId(2), source: SourceCode(text(code)), priority }]));
    }
    for (sku, kind, pieces) in [
        ("A", Kind::Simple, 14),
        ("B", Kind::Simple, 3),
        ("KG", Kind::Simple, 9),
        ("FILE", Kind::Downloadable, 12),
        ("P", Kind::Simple, 20),
        ("Q", Kind::Simple, 11),
    ] {
        let fields = vec![
            ProductField::Name(text(sku)),
            ProductField::Kind(kind),
            ProductField::Decimal(sku == "KG"),
            ProductField::Backorders(Some(sku == "B")),
        ];
        let stock = DefaultCount { quantity: Some(Quantity::whole(pieces)), in_stock: Some(true) };
        let (sku, attributes) = (Sku::new(sku), Vec::new());
        commands.push(Command::SaveProduct { sku: sku.clone(), fields, attributes, stock: Some(stock) });
        let count = |source: &str, pieces| Count {
            source: SourceCode(text(source)),
            sku: sku.clone(),
            quantity: Quantity::whole(pieces),
            in_stock: true,
            raise_to_allocated: false,
        };
        commands.push(Command::SaveSourceItems(vec![count("east", pieces), count("far", 5)]));
    }
    for command in commands {
        let words = format!("{command:?}");
        let done = engine.execute(&Caller::operator(TENANT), None, command).await;
        done.map_err(|failure| format!("the shop cannot be made: {words}: {failure:?}"))?;
    }
    engine.close().await;
    // Of connections that close at one moment none may be the last, which leaves SQLite's log beside the file; one
    // alone takes it in.
    migrate(location).await
}

/// The store may block, and does so on a thread for that.
async fn migrate(location: &Location) -> Result<(), String> {
    let location = location.clone();
    blocking(move || location.migrate().map(|_| ())).await
}

async fn blocking(work: impl FnOnce() -> waybill_engine::store::Result<()> + Send + 'static) -> Result<(), String> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?;
    done.map_err(|error| error.to_string())
}
