//! A server's keys: each is found by its name, and none takes a signature that nobody made.

use serde_json::Value;

use crate::{
    fuzz::{fit_for_logs, marker},
    jose::{Algorithm, Found, JwkSet},
};

/// Reads the bytes as a key set.
pub fn jwks(data: &[u8]) {
    let set = match JwkSet::read(data) {
        Ok(set) => set,
        Err(error) => return fit_for_logs(&error, &[]),
    };
    let mut document: Value = serde_json::from_slice(data).unwrap_or_default();
    let Some(keys) = document.get_mut("keys").and_then(Value::as_array_mut) else {
        unreachable!("a set that was read has keys")
    };
    let names: Vec<Option<String>> = keys.iter().map(|it| text(it, "kid")).collect();
    for name in [None, Some("no such key")].into_iter().chain(names.iter().map(Option::as_deref)) {
        for algorithm in Algorithm::ASYMMETRIC {
            find(&set, name, algorithm, keys);
        }
        assert!(
            matches!(set.find(name, Algorithm::Hs256), Found::None),
            "no public key is a secret"
        );
    }
    let marker = marker(data);
    // A server that publishes its private keys is in trouble enough.
    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
        key.insert("d".to_owned(), marker.as_str().into());
        key.insert("k".to_owned(), marker.as_str().into());
    }
    let Ok(set) = JwkSet::read(document.to_string().as_bytes()) else {
        unreachable!("they are keys as before")
    };
    let shown = format!("{set:?}");
    assert!(!shown.contains(&marker), "{shown}");
}

fn find(set: &JwkSet, name: Option<&str>, algorithm: Algorithm, keys: &[Value]) {
    let fitting = keys.iter().filter(|it| {
        (name.is_none() || text(it, "kid").as_deref() == name)
            && text(it, "alg").is_none_or(|it| it == algorithm.name())
            && text(it, "use").is_none_or(|it| it == "sig")
    });
    let fitting = fitting.count();
    match set.find(name, algorithm) {
        Found::One(key) => {
            assert!(fitting > 0, "{name:?} {algorithm:?}");
            for length in [0, 64, 96, 132, 256] {
                let accepted = key.verifies(algorithm, b"nobody signed this", &vec![1; length]);
                assert!(!accepted, "{name:?} {algorithm:?}");
            }
        }
        Found::Several => assert!(fitting > 1, "{name:?} {algorithm:?}"),
        Found::None => {}
    }
}

fn text(key: &Value, name: &str) -> Option<String> {
    key.get(name).and_then(Value::as_str).map(str::to_owned)
}
