//! What PingOne Advanced Identity Cloud writes into a page's stage.

use serde_json::{Map, Value};

use crate::{
    callback::wire::{self, Entries},
    node::Page,
};

/// Holds what a stage says: how the page looks, and what its callbacks must be like.
///
/// Page nodes of PingOne Advanced Identity Cloud put it as JSON into the stage's text; older ones wrote
/// `themeId=` and the theme's id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stage {
    theme_id: Option<String>,
    submit_button_text: Option<Localized>,
    page_footer: Option<Localized>,
    json: Map<String, Value>,
}

/// Holds one text in several languages.
///
/// ```
/// # use journey_core::{Outcome, Realm, Server, Start};
/// # let start = Start::new(Server::new("https://am.example.com/am")?, Realm::root());
/// # let body = r#"{"authId":"x","callbacks":[],"stage":"{\"submitButtonText\":{\"en\":\"Go\",\"de-CH\":\"Los\"}}"}"#;
/// # let Outcome::Continue(step) = start.read(&http::Response::new(body))? else { unreachable!() };
/// let stage = step.page().parsed_stage().unwrap();
/// let text = stage.submit_button_text().unwrap();
/// assert_eq!(text.pick(["de_ch"]), Some("Los"));
/// assert_eq!(text.pick(["fr-FR", "en-GB"]), Some("Go"));
/// assert_eq!(text.pick(["fr"]), Some("Go"));
/// # Ok::<(), journey_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized(Vec<(String, String)>);

impl Page {
    /// Returns the stage's parts, when it is JSON or names a theme; none when it is a plain name.
    pub fn parsed_stage(&self) -> Option<Stage> {
        let text = self.stage()?;
        if let Some(theme) = text.strip_prefix("themeId=") {
            let theme_id = Some(theme.trim().to_owned()).filter(|it| !it.is_empty());
            return Some(Stage { theme_id, ..Stage::default() });
        }
        let Value::Object(json) = serde_json::from_str(text).ok()? else { return None };
        // Once more, because a map forgets the order of the languages.
        let entries = Entries::read(text)?;
        let localized = |key| entries.get(key).and_then(|it| Localized::read(it.get()));
        Some(Stage {
            theme_id: entries.text("themeId").map(|it| it.into_owned()),
            submit_button_text: localized("submitButtonText"),
            page_footer: localized("pageFooter"),
            json,
        })
    }
}

impl Stage {
    /// Returns the theme of the page.
    pub fn theme_id(&self) -> Option<&str> {
        self.theme_id.as_deref()
    }

    /// Returns the text of the button that sends the page.
    pub fn submit_button_text(&self) -> Option<&Localized> {
        self.submit_button_text.as_ref()
    }

    /// Returns the text at the foot of the page; it may hold HTML.
    pub fn page_footer(&self) -> Option<&Localized> {
        self.page_footer.as_ref()
    }

    /// Returns what is said of the callback of a type that is the `nth` of that type on the page, from 0:
    /// what it must be like, for a form that checks beforehand.
    pub fn callback_rules(&self, type_name: &str, nth: usize) -> Option<&Value> {
        self.json.get(type_name)?.as_array()?.get(nth)
    }

    /// Returns everything, as it came; empty when the stage was no JSON.
    pub fn as_json(&self) -> &Map<String, Value> {
        &self.json
    }
}

impl Localized {
    fn read(text: &str) -> Option<Self> {
        if let Ok(plain) = serde_json::from_str::<String>(text) {
            return Some(Self(vec![(String::new(), plain)]));
        }
        let entries = Entries::read(text)?;
        let texts: Vec<_> = entries
            .0
            .iter()
            .filter_map(|(locale, value)| {
                Some((locale.0.clone().into_owned(), wire::text(value)?.into_owned()))
            })
            .collect();
        (!texts.is_empty()).then_some(Self(texts))
    }

    /// Returns the text for the first of the locales that has one, best first, such as `["de-CH", "en"]`:
    /// the same locale, else the same language. When none has, the first text there is.
    pub fn pick(&self, locales: impl IntoIterator<Item = impl AsRef<str>>) -> Option<&str> {
        for wanted in locales {
            let wanted = normal(wanted.as_ref());
            let same = |it: &&(String, String)| normal(&it.0) == wanted;
            let related = |it: &&(String, String)| language(&normal(&it.0)) == language(&wanted);
            let exact_language = |it: &&(String, String)| normal(&it.0) == language(&wanted);
            let found = self.0.iter().find(same);
            let found = found.or_else(|| self.0.iter().find(exact_language));
            if let Some((_, text)) = found.or_else(|| self.0.iter().find(related)) {
                return Some(text);
            }
        }
        self.0.first().map(|(_, text)| text.as_str())
    }

    /// Returns locales and texts in their order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(locale, text)| (locale.as_str(), text.as_str()))
    }
}

fn normal(locale: &str) -> String {
    locale.trim().replace('_', "-").to_ascii_lowercase()
}

fn language(locale: &str) -> &str {
    locale.split('-').next().unwrap_or_default()
}
