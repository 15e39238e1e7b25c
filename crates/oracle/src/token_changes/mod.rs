//! Everything that is tried on an id_token.

mod claims;
mod header;
mod keys;
mod times;
mod wire;

use serde_json::Value;

use crate::{Change, Token};

/// Returns the changes, those that the two libraries are known to judge differently included.
pub fn token_changes() -> Vec<Change<Token>> {
    let mut changes = vec![Change::new("nothing is changed", |_: &mut Token| ())];
    changes.extend(claims::changes());
    changes.extend(times::changes());
    changes.extend(header::changes());
    changes.extend(keys::changes());
    changes.extend(wire::changes());
    changes
}

fn shown(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

fn claim(name: &'static str, value: Value) -> Change<Token> {
    Change::new(format!("{name} is {}", shown(&value)), move |it: &mut Token| {
        it.claims.insert(name.to_owned(), value.clone());
    })
}

fn without_claim(name: &'static str) -> Change<Token> {
    Change::new(format!("{name} is missing"), move |it: &mut Token| {
        it.claims.remove(name);
    })
}
