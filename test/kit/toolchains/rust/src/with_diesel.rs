//! diesel's file-based migrations: `run`, `revert`, `info`. The table's name is fixed.
use crate::{Call, Outcome};
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

macro_rules! on {
    ($connection:ty, $url:expr, $call:expr, $files:expr) => {{
        let mut connection = <$connection>::establish($url)?;
        match $call.word.as_str() {
            "run" => {
                for version in connection.run_pending_migrations($files)? {
                    println!("applied {version}");
                }
            }
            "revert" => println!("reverted {}", connection.revert_last_migration($files)?),
            "info" => {
                let files = MigrationSource::<<$connection as Connection>::Backend>::migrations(&$files)?;
                let versions: Vec<String> = files.iter().map(|each| each.name().version().to_string()).collect();
                let applied: Vec<String> = connection.applied_migrations()?.iter().map(|each| each.to_string()).collect();
                for version in &versions {
                    println!("{version} {}", if applied.contains(version) { "applied" } else { "pending" });
                }
                for version in applied.iter().filter(|each| !versions.contains(each)) {
                    println!("{version} missing");
                }
            }
            other => return Err(format!("there is no {other}").into()),
        }
    }};
}

pub fn act(call: &Call) -> Outcome {
    let files = FileBasedMigrations::from_path(&call.folder)?;
    if call.url.starts_with("postgres") {
        on!(PgConnection, &call.url, call, files)
    } else if call.url.starts_with("mysql") {
        on!(MysqlConnection, &call.url, call, files)
    } else {
        on!(SqliteConnection, call.url.trim_start_matches("sqlite:"), call, files)
    }
    Ok(())
}
