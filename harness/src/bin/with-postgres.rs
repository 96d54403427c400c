//! `with-postgres <command> …`: runs a command beside a throwaway PostgreSQL cluster that `WAYBILL_TEST_POSTGRES`
//! names, so that tests use it; the cluster ends with the command.

use std::process::{Command, ExitCode};

use waybill_harness::{Cluster, Durability, POSTGRES};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("with-postgres: give a command to run beside PostgreSQL");
        return ExitCode::FAILURE;
    };
    let cluster = match Cluster::start(Durability::Fast) {
        Ok(cluster) => cluster,
        Err(error) => {
            eprintln!("with-postgres: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = Command::new(&program).args(arguments).env(POSTGRES, cluster.server_url()).status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("with-postgres: {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}
