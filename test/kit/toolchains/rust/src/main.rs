//! `rust-bench <sqlx|refinery|diesel> <url> <folder> <table> <word> [argument]`: runs a real migration library as its command line would.
//! Prints what it did; errors go to standard error with exit code 1.
use std::error::Error;

mod with_diesel;
mod with_refinery;
mod with_sqlx;

pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What is to be done, and where.
pub struct Call {
    pub url: String,
    pub folder: String,
    pub table: String,
    pub word: String,
    pub argument: Option<String>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [library, url, folder, table, word, rest @ ..] = words.as_slice() else {
        eprintln!("rust-bench <library> <url> <folder> <table> <word> [argument]");
        std::process::exit(2);
    };
    let call = Call {
        url: url.clone(),
        folder: folder.clone(),
        table: table.clone(),
        word: word.clone(),
        argument: rest.first().cloned(),
    };
    let end = match library.as_str() {
        "sqlx" => with_sqlx::act(&call),
        "refinery" => with_refinery::act(&call),
        "diesel" => with_diesel::act(&call),
        other => Err(format!("there is no {other}").into()),
    };
    if let Err(error) = end {
        eprintln!("error: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            eprintln!("  {inner}");
            cause = inner.source();
        }
        std::process::exit(1);
    }
}
