//! How PingOne Protect is to be started.

use serde_json::{Map, Value};

/// Says how PingOne Protect's collection of signals is to be started.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProtectOptions {
    /// The PingOne environment.
    pub env_id: Option<String>,
    /// Whether the collector writes to a log.
    pub console_log_enabled: bool,
    /// What is not to be collected.
    pub device_attributes_to_ignore: Vec<String>,
    /// Another host to send to; none for the usual one.
    pub custom_host: Option<String>,
    /// Whether to collect only when signals are asked for.
    pub lazy_metadata: bool,
    /// Whether to collect how the user behaves; true when the server says nothing.
    pub behavioral_data_collection: bool,
    /// After how many days the device's key is checked again; 14 when the server says nothing.
    pub device_key_resync_days: u32,
    /// Whether the device's key is used.
    pub enable_trust: bool,
    /// Whether tags of the page are left out.
    pub disable_tags: bool,
    /// Whether storage that is shared between sites is left out.
    pub disable_hub: bool,
    /// The whole object, where a newer server sends its options as one.
    pub all: Map<String, Value>,
}

impl ProtectOptions {
    /// Reads the options one by one, or from the one object that newer servers send.
    pub(crate) fn read(get: impl Fn(&str) -> Option<Value>) -> Self {
        let all = match get("signalsInitializationOptions") {
            Some(Value::Object(it)) => it,
            _ => Map::new(),
        };
        let value = |name: &str| match all.is_empty() {
            true => get(name),
            false => all.get(name).cloned(),
        };
        let flag = |name: &str| match value(name)? {
            Value::Bool(it) => Some(it),
            Value::String(it) => it.parse().ok(),
            _ => None,
        };
        let text = |name: &str| match value(name)? {
            Value::String(it) if !it.is_empty() => Some(it),
            _ => None,
        };
        let ignored = match value("deviceAttributesToIgnore") {
            Some(Value::Array(it)) => it,
            _ => Vec::new(),
        };
        let days = match value("deviceKeyRsyncIntervals") {
            Some(Value::Number(it)) => it.as_u64().and_then(|it| it.try_into().ok()),
            Some(Value::String(it)) => it.parse().ok(),
            _ => None,
        };
        Self {
            env_id: text("envId"),
            console_log_enabled: flag("consoleLogEnabled").unwrap_or_default(),
            device_attributes_to_ignore: ignored
                .iter()
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect(),
            custom_host: text("customHost"),
            lazy_metadata: flag("lazyMetadata").unwrap_or_default(),
            behavioral_data_collection: flag("behavioralDataCollection").unwrap_or(true),
            device_key_resync_days: days.unwrap_or(14),
            enable_trust: flag("enableTrust").unwrap_or_default(),
            disable_tags: flag("disableTags").unwrap_or_default(),
            disable_hub: flag("disableHub").unwrap_or_default(),
            all,
        }
    }
}
