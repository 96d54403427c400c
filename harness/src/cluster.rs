//! A PostgreSQL cluster of its own, from the binaries that are installed.

use std::fs::Permissions;
use std::io::{Error, Result};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::programs;

/// How long a cluster may take to answer.
const START_TIME: Duration = Duration::from_secs(60);

/// Whether what is committed survives the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As PostgreSQL comes: for measuring, and for tests that kill it.
    Durable,
    /// Nothing waits for the disk: for all other tests.
    Fast,
}

/// A running cluster; it ends, and its data goes, with this.
pub struct Cluster {
    folder: TempDir,
    binaries: PathBuf,
    port: u16,
    durability: Durability,
    /// Who it runs as: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster and starts it on a free port of the loopback address.
    pub fn start(durability: Durability) -> Result<Cluster> {
        let folder = tempfile::tempdir()?;
        let user = unprivileged(folder.path())?;
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut cluster =
            Cluster { folder, binaries: programs::folder("postgres")?, port, durability, user, server: None };
        let mut initdb = cluster.program("initdb");
        initdb.args(["--username=waybill", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        programs::succeed(&initdb.arg(cluster.data()).output()?, "initdb")?;
        cluster.resume()?;
        Ok(cluster)
    }

    /// Starts it again after [`Cluster::kill`].
    pub fn resume(&mut self) -> Result<()> {
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        server.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        server.args(["-c", "max_connections=300", "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"]);
        if self.durability == Durability::Fast {
            server.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(self.log()?);
        self.server = Some(server.spawn()?);
        let began = Instant::now();
        while self.sql("postgres", "select 1").is_err() {
            if began.elapsed() > START_TIME {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(Error::other(format!("PostgreSQL does not start:\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Kills every process of it where it stands, as a power cut would.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            let processes = family(server.id());
            Command::new("kill").arg("-KILL").args(processes.iter().map(u32::to_string)).status()?;
            server.wait()?;
        }
        Ok(())
    }

    /// Runs statements; what they print, unaligned.
    pub fn sql(&self, database: &str, text: &str) -> Result<String> {
        programs::psql(&self.url(database), text)
    }

    /// A program that came with PostgreSQL, run as the cluster's user.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.current_dir(self.folder.path());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Where a program that came with PostgreSQL is.
    pub fn binary(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// How much processor time all its processes have used since they started.
    pub fn processor_time(&self) -> Duration {
        let Some(server) = &self.server else {
            return Duration::ZERO;
        };
        let ticks = family(server.id()).into_iter().filter_map(|process| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // After the name in brackets: utime and stime are the 12th and 13th field, in hundredths of a second; those
            // of children that have ended follow them.
            let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
            Some((11..=14).filter_map(|index| fields.get(index)?.parse::<u64>().ok()).sum::<u64>())
        });
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// The URL of a database in it.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.server_url())
    }

    /// The URL without a database.
    pub fn server_url(&self) -> String {
        format!("postgres://waybill@127.0.0.1:{}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> Result<std::fs::File> {
        std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Who to run as, when we are root.
fn unprivileged(folder: &Path) -> Result<Option<(u32, u32)>> {
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let user = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = user("postgres").or_else(|| user("nobody"));
    found
        .map(Some)
        .ok_or_else(|| Error::other("PostgreSQL cannot run as root, and there is no user postgres or nobody"))
}

/// A process and its children.
fn family(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let mut fields = stat.rsplit(')').next().unwrap_or("").split_whitespace().skip(1);
        fields.next().and_then(|field| field.parse().ok()) == Some(parent)
    };
    std::iter::once(parent).chain(ids.filter(is_child)).collect()
}
