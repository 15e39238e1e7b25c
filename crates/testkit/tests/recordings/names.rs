//! The names that the recordings use, and others to put in their place.

use serde_json::Value;

use crate::recording::Step;

/// What everything is called: users, passwords, realm, chains, clients, host, cookie.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) origin: &'static str,
    pub(crate) host: &'static str,
    pub(crate) cookie: &'static str,
    pub(crate) realm: &'static str,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    pub(crate) given_name: &'static str,
    pub(crate) family_name: &'static str,
    pub(crate) name: &'static str,
    /// Who enrolls a device.
    pub(crate) other_user: &'static str,
    pub(crate) other_password: &'static str,
    pub(crate) chains: [&'static str; 3],
    pub(crate) clients: [&'static str; 3],
    pub(crate) secret: &'static str,
}

impl Names {
    pub(crate) fn recorded() -> Self {
        Self {
            origin: "https://openam.example.org:46027",
            host: "openam.example.org",
            cookie: "iPlanetDirectoryPro",
            realm: "alpha",
            user: "bjensen",
            password: "Passw0rd1",
            given_name: "B",
            family_name: "Jensen",
            name: "Bjensen",
            other_user: "u158145ee",
            other_password: "Passw0rd3",
            chains: ["password", "totp", "script"],
            clients: ["app", "app-consent", "server-app"],
            secret: "a-secret-of-the-server-app",
        }
    }

    pub(crate) fn others() -> Self {
        Self {
            origin: "https://sso.example.net:8443",
            host: "sso.example.net",
            cookie: "6ac6499e9da2071",
            realm: "staff",
            user: "kvaughan",
            password: "Another-Secret-7",
            given_name: "Kirsten",
            family_name: "Vaughan",
            name: "Kirsten Vaughan",
            other_user: "scarter",
            other_password: "Third-Secret-5",
            chains: ["plain", "two-steps", "collector"],
            clients: ["mobile", "asking", "portal"],
            secret: "what-only-the-portal-knows",
        }
    }

    /// Puts these names into a recorded step.
    pub(crate) fn renamed(&self, step: &Step) -> Step {
        let mut step = step.clone();
        step.path = self.in_url(&step.path);
        for (name, value) in &mut step.asked_headers {
            *name = self.in_text(name);
            *value = self.in_header(name, value);
        }
        for (name, value) in &mut step.headers {
            *value = match name.as_str() {
                "Location" => self.in_url(value),
                _ => self.in_text(value),
            };
        }
        step.asked = self.in_json(&step.asked);
        step.body = self.in_json(&step.body);
        step
    }

    fn in_header(&self, name: &str, value: &str) -> String {
        let Some(basic) = value.strip_prefix("Basic ") else { return self.in_text(value) };
        assert_eq!(name, "Authorization");
        let text = String::from_utf8(crate::answer::from_base64(basic)).unwrap();
        let (id, secret) = text.split_once(':').unwrap();
        let text = format!("{}:{}", self.in_text(id), self.in_text(secret));
        format!("Basic {}", crate::answer::base64(&text))
    }

    pub(crate) fn in_json(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.in_text(text)),
            Value::Array(items) => items.iter().map(|it| self.in_json(it)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, it)| (name.clone(), self.in_json(it))).collect()
            }
            other => other.clone(),
        }
    }

    /// Renames in the path and in each parameter's value, which may be a URL again.
    fn in_url(&self, url: &str) -> String {
        let Some((start, query)) = url.split_once(['?', '#']) else { return self.in_text(url) };
        let mark = &url[start.len()..=start.len()];
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => {
                    let value = crate::answer::decoded(value);
                    format!("{name}={}", crate::answer::encoded(&self.in_url(&value)))
                }
                None => pair.to_owned(),
            })
            .collect();
        format!("{}{mark}{}", self.in_text(start), pairs.join("&"))
    }

    /// A text is a name as a whole, or holds the ones that nothing else contains.
    fn in_text(&self, text: &str) -> String {
        let old = Self::recorded();
        let whole = [
            (old.chains[0], self.chains[0]),
            (old.chains[1], self.chains[1]),
            (old.chains[2], self.chains[2]),
            (old.clients[0], self.clients[0]),
            (old.clients[1], self.clients[1]),
            (old.clients[2], self.clients[2]),
            (old.given_name, self.given_name),
        ];
        if let Some((_, new)) = whole.iter().find(|(name, _)| *name == text) {
            return (*new).to_owned();
        }
        let mut text = text.to_owned();
        for (old, new) in [
            (old.origin, self.origin),
            (old.host, self.host),
            (old.cookie, self.cookie),
            (old.realm, self.realm),
            (old.user, self.user),
            (old.password, self.password),
            (old.name, self.name),
            (old.family_name, self.family_name),
            (old.other_user, self.other_user),
            (old.other_password, self.other_password),
            (old.secret, self.secret),
        ] {
            text = text.replace(old, new);
        }
        text
    }
}
