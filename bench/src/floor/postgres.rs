//! The floor on PostgreSQL: `pgbench` calls a hand-written function that ships one order in a transaction of its own,
//! which is what a good engineer would write if shipping were only about rows.

use std::time::Duration;

use waybill_harness::Cluster;

/// How many clients ship at once.
const CLIENTS: usize = 16;

const FUNCTION: &str = include_str!("ship_one.sql");

/// Makes the function ready to ship the orders from this one on.
pub(crate) fn prepare(cluster: &Cluster, database: &str, first: i64) -> Result<(), String> {
    cluster.sql(database, FUNCTION).map_err(|error| error.to_string())?;
    let start = format!("alter sequence next_order restart {first}");
    cluster.sql(database, &start).map(|_| ()).map_err(|error| error.to_string())
}

/// How many orders a second the function ships, over 16 clients; and how many it shipped in all.
pub(crate) fn pgbench(cluster: &Cluster, database: &str, time: Duration) -> Result<(f64, u64), String> {
    let script = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    std::fs::write(script.path(), "select ship_one(nextval('next_order'));\n").map_err(|error| error.to_string())?;
    let mut pgbench = std::process::Command::new(cluster.binary("pgbench"));
    pgbench.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", &format!("--client={CLIENTS}")]);
    pgbench.arg(format!("--time={}", time.as_secs().max(1))).arg("--file").arg(script.path());
    let output = pgbench.arg(cluster.url(database)).output().map_err(|error| format!("pgbench: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let after = |words: &str| text.lines().find_map(|line| line.strip_prefix(words)?.split(' ').next());
    let rate = after("tps = ").and_then(|rate| rate.parse().ok());
    let ships = after("number of transactions actually processed: ").and_then(|ships| ships.parse().ok());
    rate.zip(ships)
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)))
}
