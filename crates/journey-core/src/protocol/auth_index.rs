//! What a journey is started by.

/// Says what to authenticate by: a journey's name, or a rule that makes the server choose.
///
/// ```
/// use journey_core::{AuthIndex, Realm, Server, Start};
///
/// let start = Start::new(Server::new("https://am.example.com/am")?, Realm::root())
///     .index(AuthIndex::advice("TransactionConditionAdvice", "7b8bfd4c"));
/// let query = start.request()?.uri().query().unwrap_or_default().to_owned();
/// assert!(query.starts_with("authIndexType=composite_advice&authIndexValue=%3CAdvices%3E"));
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthIndex {
    /// A journey (tree or chain) by its name. Names may hold spaces, and case counts.
    Service(String),
    /// What a policy's decision advises, as AM's XML; see [`advice`](Self::advice).
    CompositeAdvice(String),
    /// A transaction that a policy asks to authorize, by its id (PingAM 7 and later).
    Transaction(String),
    /// A URL that a policy protects.
    Resource(String),
    /// A single authentication module (OpenAM).
    Module(String),
    /// Whatever is configured for a user (OpenAM).
    User(String),
    /// Whatever is configured for a role (OpenAM).
    Role(String),
    /// Any module of at least this authentication level (OpenAM).
    Level(i32),
}

impl AuthIndex {
    /// Makes a composite advice out of one condition's name and value, such as
    /// `AuthenticateToServiceConditionAdvice` and a journey's name.
    pub fn advice(name: &str, value: &str) -> Self {
        Self::advices([(name, value)])
    }

    /// Makes a composite advice out of several conditions.
    pub fn advices<'a>(advices: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        // AM's parser wants no white space between the elements.
        let mut xml = String::from("<Advices>");
        for (name, value) in advices {
            let (name, value) = (escape(name), escape(value));
            xml.push_str("<AttributeValuePair><Attribute name=\"");
            xml.extend([&name, "\"/><Value>", &value, "</Value></AttributeValuePair>"]);
        }
        xml.push_str("</Advices>");
        Self::CompositeAdvice(xml)
    }

    /// Returns the value of `authIndexType`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Service(_) => "service",
            Self::CompositeAdvice(_) => "composite_advice",
            Self::Transaction(_) => "transaction",
            Self::Resource(_) => "resource",
            Self::Module(_) => "module",
            Self::User(_) => "user",
            Self::Role(_) => "role",
            Self::Level(_) => "level",
        }
    }

    /// Returns the value of `authIndexValue`.
    pub fn value(&self) -> String {
        match self {
            Self::Service(it)
            | Self::CompositeAdvice(it)
            | Self::Transaction(it)
            | Self::Resource(it)
            | Self::Module(it)
            | Self::User(it)
            | Self::Role(it) => it.clone(),
            Self::Level(it) => it.to_string(),
        }
    }

    /// Reads the two values back; none when the type is not known.
    pub(crate) fn from_parts(type_name: &str, value: String) -> Option<Self> {
        Some(match type_name {
            "service" => Self::Service(value),
            "composite_advice" => Self::CompositeAdvice(value),
            "transaction" => Self::Transaction(value),
            "resource" => Self::Resource(value),
            "module" => Self::Module(value),
            "user" => Self::User(value),
            "role" => Self::Role(value),
            "level" => Self::Level(value.parse().ok()?),
            _ => return None,
        })
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
