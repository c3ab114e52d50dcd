//! sqlx's `Migrator`: `run`, `undo <version>` and `undo-ignoring-missing <version>` (all above it), `info`.
use crate::{Call, Outcome};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::Connection;
use std::path::Path;

pub fn act(call: &Call) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(begin(call))
}

macro_rules! on {
    ($connection:ty, $call:expr, $migrator:expr) => {{
        let mut connection = <$connection>::connect(&$call.url).await?;
        match $call.word.as_str() {
            "run" => $migrator.run(&mut connection).await?,
            "undo" | "undo-ignoring-missing" => {
                let target = $call.argument.as_deref().unwrap_or("0").parse()?;
                $migrator.undo(&mut connection, target).await?
            }
            "info" => info(&mut connection, &$migrator, &$call.table).await?,
            other => return Err(format!("there is no {other}").into()),
        }
        connection.close().await?;
    }};
}

async fn begin(call: &Call) -> Outcome {
    let mut migrator = Migrator::new(Path::new(&call.folder)).await?;
    migrator.dangerous_set_table_name(call.table.clone());
    migrator.set_ignore_missing(call.word == "undo-ignoring-missing");
    if call.url.starts_with("sqlite:") {
        on!(sqlx::SqliteConnection, call, migrator)
    } else if call.url.starts_with("postgres") {
        on!(sqlx::PgConnection, call, migrator)
    } else {
        on!(sqlx::MySqlConnection, call, migrator)
    }
    Ok(())
}

/// As `sqlx migrate info`, and what it leaves out: rows without a file.
async fn info<C: Migrate>(connection: &mut C, migrator: &Migrator, table: &str) -> Outcome {
    connection.ensure_migrations_table(table).await?;
    if let Some(version) = connection.dirty_version(table).await? {
        println!("{version} dirty");
    }
    let applied = connection.list_applied_migrations(table).await?;
    for row in &applied {
        if !migrator.version_exists(row.version) {
            println!("{} missing", row.version);
        }
    }
    for migration in migrator.iter().filter(|each| each.migration_type.is_up_migration()) {
        let state = match applied.iter().find(|row| row.version == migration.version) {
            None => "pending",
            Some(row) if row.checksum == migration.checksum => "installed",
            Some(_) => "installed (different checksum)",
        };
        println!("{} {state} {}", migration.version, migration.description);
    }
    Ok(())
}
