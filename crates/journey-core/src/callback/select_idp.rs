//! `SelectIdPCallback`.

use serde_json::{Map, Value};

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// Asks to choose who vouches for the user: a social provider, or the server itself.
///
/// The next step may hold fewer callbacks than this one.
///
/// ```json
/// {"type": "SelectIdPCallback", "output": [{"name": "providers", "value": [
///  {"provider": "google", "uiConfig": {"buttonDisplayName": "Google"}}, {"provider": "localAuthentication"}]},
///  {"name": "value", "value": ""}], "input": [{"name": "IDToken1", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct SelectIdPCallback {
    raw: RawCallback,
    providers: Vec<IdentityProvider>,
}

/// Describes one provider to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityProvider {
    name: String,
    ui_config: Map<String, Value>,
}

impl SelectIdPCallback {
    /// The provider that means "sign in here, with name and password".
    pub const LOCAL: &str = "localAuthentication";

    /// Returns the providers in their order.
    pub fn providers(&self) -> &[IdentityProvider] {
        &self.providers
    }

    /// Returns which provider is chosen now; none when none is.
    pub fn chosen(&self) -> Option<String> {
        self.raw.input(0).filter(|it: &String| !it.is_empty())
    }

    /// Chooses a provider by its name.
    ///
    /// # Errors
    /// [`InputError`] when the server does not offer it.
    pub fn choose(&mut self, provider: &str) -> Result<(), InputError> {
        if !self.providers.iter().any(|it| it.name == provider) {
            return Err(InputError::new("the server does not offer this provider"));
        }
        self.raw.set_input(0, provider)
    }
}

impl IdentityProvider {
    /// Returns the name to choose it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name to show: the one configured for its button, else its own.
    pub fn display_name(&self) -> &str {
        let configured = self.ui_config.get("buttonDisplayName").and_then(Value::as_str);
        configured.filter(|it| !it.is_empty()).unwrap_or(&self.name)
    }

    /// Returns how its button should look; empty for local sign-in.
    pub fn ui_config(&self) -> &Map<String, Value> {
        &self.ui_config
    }
}

fn provider(value: Value) -> Option<IdentityProvider> {
    let Value::Object(mut entries) = value else { return None };
    let Some(Value::String(name)) = entries.remove("provider") else { return None };
    let ui_config = match entries.remove("uiConfig") {
        Some(Value::Object(it)) => it,
        _ => Map::new(),
    };
    Some(IdentityProvider { name, ui_config })
}

typed_callback!(SelectIdPCallback, "SelectIdPCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => {
        let providers: Vec<Value> = raw.output("providers").unwrap_or_default();
        Ok(Self { providers: providers.into_iter().filter_map(provider).collect(), raw })
    }
});
