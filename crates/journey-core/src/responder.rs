//! The port for programs that answer journeys by themselves.

use std::{error::Error as StdError, fmt, fmt::Debug, sync::Arc};

use async_trait::async_trait;

use crate::{
    callback::Callback,
    error::BoxError,
    node::{Step, in_a_line},
};

/// Answers the steps of a journey: a table of answers, a prompt on a terminal, a hardware key.
///
/// It sets inputs of the step it is shown; what it leaves alone goes back as it came.
#[async_trait]
pub trait Responder: Debug + Send + Sync + 'static {
    /// Answers one step.
    async fn respond(&self, step: &mut Step) -> Result<(), Unanswered>;
}

#[async_trait]
impl<R: Responder + ?Sized> Responder for Arc<R> {
    async fn respond(&self, step: &mut Step) -> Result<(), Unanswered> {
        (**self).respond(step).await
    }
}

/// Says why a step could not be answered.
#[derive(Debug)]
pub struct Unanswered {
    message: String,
    source: Option<BoxError>,
}

impl Unanswered {
    /// Makes one; the message names what is missing and holds no secret.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// Makes one for a callback that nobody has an answer for.
    pub fn callback(callback: &Callback) -> Self {
        let prompt = callback.prompt().filter(|it| !it.trim().is_empty());
        let name = in_a_line(callback.type_name());
        Self::new(match prompt {
            Some(prompt) => format!("no answer for {name} {:?}", in_a_line(&prompt)),
            None => format!("no answer for {name}"),
        })
    }

    /// Keeps what lies behind.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Unanswered {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|it| it as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::Registry;

    #[test]
    fn a_server_forges_no_line_by_what_it_asks() {
        let long = "x".repeat(100_000);
        for text in ["no\\r\\nall is well", "\\u001b[2J", &long] {
            let output = format!(r#"[{{"name":"prompt","value":"{text}"}}]"#);
            for kind in ["TextInputCallback", text] {
                let body = format!(
                    r#"{{"authId":"eyJ","callbacks":[{{"type":"{kind}","output":{output},"input":[]}}]}}"#
                );
                let step = Step::read(Arc::new(body.into()), &Registry::new()).unwrap();
                let shown = Unanswered::callback(&step.callbacks()[0]).to_string();
                assert!(shown.len() < 500 && !shown.contains(char::is_control), "{shown:?}");
            }
        }
    }
}
