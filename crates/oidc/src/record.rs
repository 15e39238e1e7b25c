//! What the store keeps of an account's tokens.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use journey_core::AccessToken;
use journey_storage::secret_text;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{id_token::IdClaims, jose};

/// One account's tokens for one client, with what they were asked for under.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) issuer: String,
    /// The scopes that were asked for, sorted, as in the key: others ask for other tokens.
    pub(crate) requested: Vec<String>,
    /// The account's generation when the tokens were asked for; under a later one they are dead.
    pub(crate) generation: u64,
    #[serde(with = "secret_text")]
    pub(crate) access_token: SecretString,
    #[serde(with = "secret_text::option", default)]
    pub(crate) refresh_token: Option<SecretString>,
    #[serde(with = "secret_text::option", default)]
    pub(crate) id_token: Option<SecretString>,
    #[serde(default)]
    pub(crate) id_claims: IdClaims,
    /// The nonce of the first id_token, which refreshed ones need not have.
    #[serde(with = "secret_text::option", default)]
    pub(crate) first_nonce: Option<SecretString>,
    pub(crate) scopes: Vec<String>,
    /// Seconds since 1970, by the clock of the machine that got the tokens.
    pub(crate) obtained_at: u64,
    /// Seconds from then on; none when the server did not say.
    pub(crate) lifetime: Option<u64>,
    /// What else the server sent. Whatever it is, it must not make the record unreadable.
    #[serde(deserialize_with = "jose::object_within", default)]
    pub(crate) extra: Map<String, Value>,
    /// Refresh tokens of this grant that came and were not taken: they are ended with these tokens.
    #[serde(default)]
    pub(crate) untaken: Vec<Untaken>,
}

/// A refresh token that nobody uses.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Untaken(#[serde(with = "secret_text")] pub(crate) SecretString);

impl Record {
    pub(crate) fn obtained_at(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_secs(self.obtained_at)).unwrap_or(UNIX_EPOCH)
    }

    /// Returns when the access token ends; none when that is not known or beyond any clock.
    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        self.obtained_at().checked_add(Duration::from_secs(self.lifetime?))
    }

    /// Returns how much of the access token's life is left at `now`; none when it has no end.
    ///
    /// A clock that stands before the moment the tokens came has been moved, so nothing it says can
    /// be believed: then nothing is left.
    pub(crate) fn left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.expires_at()?;
        let moved = now + MOVED < self.obtained_at();
        let left = end.duration_since(now).unwrap_or_default();
        Some(if moved { Duration::ZERO } else { left })
    }

    /// Tells whether both hold the same access token.
    pub(crate) fn same_token(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }

    /// Makes what the caller gets.
    pub(crate) fn access_token(&self, durable: bool) -> AccessToken {
        let token = AccessToken::builder(self.access_token.clone())
            .expires_at(self.expires_at())
            .scopes(&self.scopes)
            .extra(self.extra.clone())
            .durable(durable);
        match &self.id_token {
            Some(id_token) => {
                let claims = self.id_claims.clone();
                token.id_token_with(id_token.clone(), move || claims.to_map()).build()
            }
            None => token.build(),
        }
    }
}

/// Two machines that share a store may disagree by this much without a clock having been moved.
const MOVED: Duration = Duration::from_secs(300);

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("issuer", &self.issuer)
            .field("generation", &self.generation)
            .field("obtained_at", &self.obtained_at)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use journey_storage::{Key, Memory, Slot};
    use serde_json::json;

    use super::*;

    /// As it was written when the claims were a map in memory, and by one that knew more fields.
    fn earlier() -> Value {
        json!({
            "issuer": "https://am.example.com/am/oauth2", "requested": ["openid"], "generation": 3,
            "access_token": "at", "refresh_token": "rt", "id_token": "a.b.c",
            "id_claims": {"amr": ["pwd"], "exp": 1_800_000_000, "sub": "bjensen"},
            "first_nonce": "n", "scopes": ["openid"], "obtained_at": 1_800_000_000,
            "lifetime": 3600, "extra": {"tenant": "acme"}, "untaken": ["rt-0"], "later": [1]
        })
    }

    #[test]
    fn what_an_earlier_release_stored_is_read_and_written_as_it_was() {
        let mut earlier = earlier();
        let record: Record = serde_json::from_str(&earlier.to_string()).unwrap();
        let token = record.access_token(true);
        assert_eq!(json!(token.id_claims()), earlier["id_claims"]);
        assert_eq!(token.extra()["tenant"], "acme");
        drop(earlier.as_object_mut().unwrap().remove("later"));
        assert_eq!(serde_json::to_value(&record).unwrap(), earlier);
    }

    #[test]
    fn a_record_without_an_id_token_has_no_claims() {
        let mut earlier = earlier();
        earlier["id_token"] = Value::Null;
        earlier["id_claims"] = json!({});
        let record: Record = serde_json::from_str(&earlier.to_string()).unwrap();
        assert!(record.id_claims.is_empty());
        assert!(record.access_token(true).id_claims().is_empty());
        drop(earlier.as_object_mut().unwrap().remove("id_claims"));
        let record: Record = serde_json::from_str(&earlier.to_string()).unwrap();
        assert!(record.id_claims.is_empty());
    }

    #[tokio::test]
    async fn what_else_a_server_sends_leaves_the_record_readable() {
        let deepest = (0..126).fold(json!(1), |inner, _| json!([inner]));
        for more in [
            json!({ "x": { "$serde_json::private::RawValue": 5 } }),
            json!({ "x": { "$serde_json::private::RawValue": "[1, 2]" } }),
            json!({ "x": { "$serde_json::private::Number": true, "y": "n" } }),
            json!({ "$serde_json::private::RawValue": {}, "$serde_json::private::Number": "1" }),
            json!({ "$serde_json::private::Number": "1" }),
            json!({ "x": deepest }),
        ] {
            let mut record: Record = serde_json::from_str(&earlier().to_string()).unwrap();
            record.extra = jose::object(more.to_string().as_bytes()).unwrap();
            let slot = Slot::<Record>::new(
                Arc::new(Memory::new()),
                Key::session("https://am.example.com/am", "/", "demo"),
            );
            slot.put(&record, None).await.unwrap();
            let again = slot.get().await.unwrap().unwrap();
            assert_eq!(json!(again.extra), more);
        }
    }
}
