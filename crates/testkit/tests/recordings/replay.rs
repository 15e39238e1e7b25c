//! Asks recorded questions, with the values that this server gave in place of the recorded ones.

use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use journey_testkit::clock::ManualClock;
use journey_testkit::sim::{Am, totp_code};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::answer::{Answer, decoded, encoded};
use crate::compare::{Known, compared};
use crate::names::Names;
use crate::recording::Step;
use crate::world;

/// A server, and which of its values stands for which recorded one.
pub(crate) struct Replay<'a> {
    am: Am,
    clock: ManualClock,
    names: &'a Names,
    known: Known<'a>,
    started: std::time::SystemTime,
    totp_secret: Option<String>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        let clock = ManualClock::default();
        let am = world::built(names, clock.as_fn());
        let started = clock.now();
        let known = Known { pairs: Vec::new(), names };
        Self { am, clock, names, known, started, totp_secret: None }
    }

    /// A case stands for itself: what an earlier one taught does not count.
    pub(crate) fn begin(&mut self) {
        self.known.pairs.clear();
        self.clock.advance(Duration::from_secs(60));
        self.started = self.clock.now();
    }

    /// Asks one question, and returns what differs in the answer.
    pub(crate) async fn play(&mut self, step: &Step) -> Vec<String> {
        self.let_time_pass(&step.note);
        self.sign_in_for(step).await;
        let answer = self.asked(step).await;
        if let Some(secret) = secret_in(&answer.body) {
            self.totp_secret = Some(secret);
        }
        compared(step, &answer, &mut self.known)
    }

    /// A second for each question, or as much as the note says.
    fn let_time_pass(&self, note: &str) {
        let seconds = note
            .strip_prefix("after ")
            .and_then(|it| it.strip_suffix(" s"))
            .and_then(|it| it.parse().ok());
        match seconds {
            Some(seconds) => self.clock.set(self.started + Duration::from_secs(seconds)),
            None => self.clock.advance(Duration::from_secs(1)),
        }
    }

    /// Sessions that were opened outside of the recording are opened here too.
    async fn sign_in_for(&mut self, step: &Step) {
        let cookie = format!("{}=", self.names.cookie);
        for (name, value) in &step.asked_headers {
            let token = match name.as_str() {
                "Cookie" => value.strip_prefix(&cookie),
                _ if name == self.names.cookie => Some(value.as_str()),
                _ => None,
            };
            let Some(token) = token.filter(|it| it.starts_with("AQIC5")) else { continue };
            if self.known.pairs.iter().all(|(recorded, _)| recorded != token) {
                let session = self.new_session().await;
                self.known.pairs.push((token.to_owned(), session));
            }
        }
    }

    async fn new_session(&self) -> String {
        let request = Request::post(format!("{}/openam/json/authenticate", self.names.origin))
            .header("x-openam-username", self.names.user)
            .header("x-openam-password", self.names.password)
            .body(String::new());
        let answer = self.sent(request.unwrap()).await;
        answer.body["tokenId"].as_str().unwrap().to_owned()
    }

    async fn asked(&self, step: &Step) -> Answer {
        let url = format!("{}{}", self.names.origin, self.in_url(&step.path));
        let mut request = Request::builder().method(&*step.method).uri(url);
        for (name, value) in &step.asked_headers {
            request = request.header(name, self.in_text(value));
        }
        let is_form = step.asked_headers.iter().any(|(_, it)| it.ends_with("urlencoded"));
        let asked = self.in_json(&step.asked);
        let body = match &asked {
            Value::Null => String::new(),
            Value::String(raw) => raw.clone(),
            Value::Object(fields) if is_form => {
                let pairs = fields.iter().map(|(name, it)| (name, it.as_str().unwrap()));
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
            }
            json if step.note == "the code" => self.with_code(json.clone()).to_string(),
            json => json.to_string(),
        };
        self.sent(request.body(body).unwrap()).await
    }

    /// A one-time code is computed anew: the recorded one belongs to another secret and time.
    fn with_code(&self, mut body: Value) -> Value {
        let secret = self.totp_secret.as_deref().expect("the device was enrolled before");
        let code = totp_code(secret, self.clock.now()).unwrap();
        body["callbacks"][0]["input"][0]["value"] = json!(code);
        body
    }

    async fn sent(&self, request: Request<String>) -> Answer {
        let (parts, body) = self.am.service().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let headers = parts.headers.iter();
        Answer {
            status: parts.status.as_u16(),
            headers: headers
                .map(|(name, it)| (name.to_string(), it.to_str().unwrap().to_owned()))
                .collect(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    fn in_url(&self, url: &str) -> String {
        let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", encoded(&self.in_text(&decoded(value)))),
            None => pair.to_owned(),
        });
        format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
    }

    fn in_json(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.in_text(text)),
            Value::Array(items) => items.iter().map(|it| self.in_json(it)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, it)| (name.clone(), self.in_json(it))).collect()
            }
            other => other.clone(),
        }
    }

    fn in_text(&self, text: &str) -> String {
        ours(text, &self.known.pairs)
    }
}

/// Puts this server's values in the place of the recorded ones.
pub(crate) fn ours(text: &str, known: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (recorded, own) in known.iter().rev() {
        if let Some(start) = recorded.strip_suffix('…') {
            text = with_cut(&text, start, own);
        } else if let (Some((input, _)), Some((own_input, own_signature))) =
            (recorded.rsplit_once('.'), own.rsplit_once('.'))
            && text.starts_with(&format!("{input}."))
            && text != *recorded
            && recorded.starts_with("eyJ")
        {
            // A recorded value with a changed signature: ours is changed too.
            let first = if own_signature.starts_with('A') { 'B' } else { 'A' };
            text = format!("{own_input}.{first}{}", &own_signature[1..]);
        } else {
            text = text.replace(recorded, own);
        }
    }
    text
}

/// Replaces a long value that the recording of its answer had cut.
fn with_cut(text: &str, start: &str, own: &str) -> String {
    let Some(position) = text.find(start) else { return text.to_owned() };
    let rest = &text[position..];
    let is_part = |it: char| it.is_ascii_alphanumeric() || "-_.=…".contains(it);
    let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
    format!("{}{own}{}", &text[..position], &rest[end..])
}

/// The secret of an `otpauth` URI on the page.
fn secret_in(body: &Value) -> Option<String> {
    let text = body.to_string();
    let rest = text.split_once("otpauth://")?.1.split_once("secret=")?.1;
    Some(rest.chars().take_while(char::is_ascii_alphanumeric).collect())
}
