//! Keys of any content stay apart and are found again.

use std::collections::HashSet;
use std::sync::Arc;

use journey_storage::{Key, KeyPrefix};

use crate::conformance::storage::StorageUnderTest;
use crate::conformance::storage::run::{REALM, SERVER, at_once, get, put, session_key};

fn odd_names() -> Vec<String> {
    let mut names = [
        "",
        "demo",
        "Demo",
        "DEMO",
        "demo/",
        "/demo",
        "de/mo",
        "..",
        ".",
        "../demo",
        "%",
        "%2F",
        "%00",
        "\0",
        "demo\n",
        " demo",
        "*",
        "?",
        "_",
        "[d]emo",
        "demo%",
        "d:e|m\"o",
        "{demo}",
        "ä",
        "a\u{308}",
        "名前",
        "\u{202e}",
        "'; DROP TABLE entries; --",
        "session",
        "account",
        "CON",
        "demo.lock",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("long".repeat(500));
    names
}

pub async fn odd_keys_are_kept_apart<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;
    let keys = odd_names().iter().map(|it| session_key(it)).collect::<Vec<_>>();

    for (index, key) in keys.iter().enumerate() {
        put(&*storage, key, index.to_string().as_bytes()).await;
    }

    for (index, key) in keys.iter().enumerate() {
        let expected = index.to_string().into_bytes();
        assert_eq!(get(&*storage, key).await, Some(expected), "{key:?}");
    }
    let listed = storage.list(&KeyPrefix::realm(SERVER, REALM)).await.expect("keys can be listed");
    assert_eq!(listed.len(), keys.len());
    assert_eq!(listed.into_iter().collect::<HashSet<_>>(), keys.into_iter().collect());
}

pub async fn keys_are_listed_by_prefix<S: StorageUnderTest>(_: &str) {
    let store = S::fresh().await;
    let storage = store.open().await;
    let account = |it| Key::account(SERVER, REALM, it);
    let tokens = |account, client, scope| Key::tokens(SERVER, REALM, account, client, [scope]);
    let elsewhere = Key::session("https://other.example.com/am", REALM, "demo");
    let other_realm = Key::session(SERVER, "/alp", "demo");
    let keys = [
        account("demo"),
        account("dem"),
        account("%emo"),
        account("_emo"),
        session_key("demo"),
        tokens("demo", "client", "openid"),
        tokens("demo", "client", "profile"),
        tokens("demo", "cli", "openid"),
        tokens("dem", "client", "openid"),
        Key::custom(SERVER, REALM, "demo", "device", "laptop"),
        elsewhere.clone(),
        other_realm.clone(),
    ];
    let none = storage.list(&KeyPrefix::all()).await.expect("an empty store can be listed");
    assert!(none.is_empty());
    for key in &keys {
        put(&*storage, key, b"value").await;
    }

    let prefixes = [
        (KeyPrefix::all(), 12),
        (KeyPrefix::server(SERVER), 11),
        (KeyPrefix::server("https://am"), 0),
        (KeyPrefix::realm(SERVER, REALM), 10),
        (KeyPrefix::realm(SERVER, "/alp"), 1),
        (KeyPrefix::account(SERVER, REALM, "demo"), 6),
        (KeyPrefix::account(SERVER, REALM, "de"), 0),
        (KeyPrefix::account(SERVER, REALM, "%emo"), 1),
        (KeyPrefix::tokens(SERVER, REALM, "demo"), 3),
        (KeyPrefix::client_tokens(SERVER, REALM, "demo", "client"), 2),
        (KeyPrefix::client_tokens(SERVER, REALM, "demo", "cli"), 1),
        (KeyPrefix::client_tokens(SERVER, REALM, "demo", "clie"), 0),
        (KeyPrefix::custom(SERVER, REALM, "demo", "device"), 1),
    ];
    for (prefix, count) in prefixes {
        let listed = storage.list(&prefix).await.expect("keys can be listed");
        let expected = keys.iter().filter(|it| prefix.matches(it)).cloned().collect();
        assert_eq!(listed.len(), count, "{prefix:?}");
        assert_eq!(listed.into_iter().collect::<HashSet<_>>(), expected, "{prefix:?}");
    }

    storage.remove(&elsewhere, None).await.expect("a value can be removed");
    let left = storage.list(&KeyPrefix::all()).await.expect("keys can be listed");
    assert_eq!(left.len(), keys.len() - 1);
}

pub async fn a_listing_misses_nothing_that_stays<S: StorageUnderTest>(_: &str) {
    let store = Arc::new(S::fresh().await);
    let first = store.open().await;
    for index in 0..20 {
        put(&*first, &session_key(&format!("stays-{index}")), b"value").await;
    }

    at_once(&store, 3, |user, storage| async move {
        for round in 0..20 {
            if user == 0 {
                let listed = storage.list(&KeyPrefix::all()).await.expect("keys can be listed");
                let stays = |it: &Key| it.as_str().contains("/stays-");
                assert_eq!(listed.iter().filter(|it| stays(it)).count(), 20);
                continue;
            }
            let key = session_key(&format!("passes-{user}-{round}"));
            put(&*storage, &key, b"value").await;
            storage.remove(&key, None).await.expect("a value can be removed");
        }
    })
    .await;
}
