//! Waybill's server **runs**: command line, configuration, start and stop.

mod cli;
mod config;
mod credential;
mod demo;
mod import;
mod log;
mod metrics;
mod requests;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::Parser;

/// A batch makes and drops many small values on two threads; the system's allocator takes a sixth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("waybill: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli.run()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("waybill: {message}");
            ExitCode::FAILURE
        }
    }
}
