//! refinery's `Runner` over files: `run`, as the library does it (a divergent or missing migration aborts), `run-lenient`, `info`.
use crate::{Call, Outcome};
use refinery::config::Config;
use refinery::{load_sql_migrations, Runner};
use std::str::FromStr;

pub fn act(call: &Call) -> Outcome {
    let mut config = Config::from_str(&call.url)?;
    let migrations = load_sql_migrations(&call.folder)?;
    let strict = call.word != "run-lenient";
    let mut runner = Runner::new(&migrations).set_abort_divergent(strict).set_abort_missing(strict);
    runner.set_migration_table_name(&call.table);
    match call.word.as_str() {
        "run" | "run-lenient" => {
            for migration in runner.run(&mut config)?.applied_migrations() {
                println!("applied {migration}");
            }
        }
        "info" => {
            let applied = runner.get_applied_migrations(&mut config)?;
            for row in &applied {
                let state = match migrations.iter().find(|each| each.version() == row.version()) {
                    None => "missing",
                    Some(file) if file.checksum() == row.checksum() && file.name() == row.name() => "installed",
                    Some(_) => "divergent",
                };
                println!("{row} {state}");
            }
            for file in migrations.iter().filter(|each| !applied.iter().any(|row| row.version() == each.version())) {
                println!("{file} pending");
            }
        }
        other => return Err(format!("there is no {other}").into()),
    }
    Ok(())
}
