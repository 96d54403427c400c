//! The programs that come with PostgreSQL, and Python with what `requirements.txt` names.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The variable that names a folder with a Python environment, where it is not `target/python`.
pub const PYTHON: &str = "WAYBILL_TEST_PYTHON";

/// The Python that has what `requirements.txt` names.
pub(crate) fn python() -> Result<PathBuf> {
    let made_by_test = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python");
    let folder = std::env::var_os(PYTHON).map_or_else(made_by_test, PathBuf::from);
    let python = folder.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    Err(Error::other(format!("there is no Python environment in {}: run ./test once, it makes one", folder.display())))
}

/// Where a program and its companions are: of the newest version that the system's packages put there, else in the
/// path.
pub(crate) fn folder(program: &str) -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let packaged = versions.map(|version| version.path()).filter(|version| version.join("bin").join(program).exists());
    let in_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    packaged
        .max_by_key(|version| version_of(version))
        .map(|version| version.join("bin"))
        .or_else(|| in_path.into_iter().find(|folder| folder.join(program).exists()))
        .ok_or_else(|| {
            Error::other(format!("PostgreSQL's {program} is not installed (Debian: apt-get install postgresql)"))
        })
}

/// Runs statements; what they print, unaligned.
pub(crate) fn psql(url: &str, text: &str) -> Result<String> {
    let mut psql = Command::new(folder("psql")?.join("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
    let output = psql.args(["-d", url, "-c", text]).stdin(Stdio::null()).output()?;
    succeed(&output, text)
}

/// What a program printed, unless it failed.
pub(crate) fn succeed(output: &Output, what: &str) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(Error::other(format!("{what}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// The numbers of a version's folder: as text, 9.6 would be newer than 16.
fn version_of(folder: &Path) -> Vec<u32> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let mut folders = ["/a/16", "/a/9.6", "/a/10", "/a/9.10", "/a/other"].map(Path::new);
        folders.sort_by_key(|folder| version_of(folder));
        assert_eq!(folders, ["/a/other", "/a/9.6", "/a/9.10", "/a/10", "/a/16"].map(Path::new));
    }
}
