//! The way back to the client.

use crate::encoding::{html_escaped, query_string};
use crate::sim::oauth::authorize::asked::Asked;
use crate::sim::reply::Reply;
use crate::sim::state::State;
use crate::sim::{Am, Misbehavior};

#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

impl Mode {
    pub(crate) fn of(asked: &Asked) -> Self {
        match asked.get("response_mode") {
            Some("fragment") => Self::Fragment,
            Some("form_post") => Self::FormPost,
            _ => Self::Query,
        }
    }
}

/// The way back to the client.
pub(crate) struct Back<'a> {
    pub(crate) state: Option<&'a str>,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) uri: &'a str,
    pub(crate) mode: Mode,
}

impl Back<'_> {
    pub(crate) fn with(
        &self,
        am: &Am,
        state: &State,
        answer: Vec<(&str, &str)>,
        client: Option<&str>,
    ) -> Reply {
        let is_error = client.is_none();
        let mut parameters = answer;
        let wrong_state = state.misbehavior.contains(&Misbehavior::RedirectWrongState);
        if let Some(own) = self.state {
            // On errors AM puts the state before the error's name.
            let position = if is_error { 1 } else { parameters.len() };
            parameters.insert(position, ("state", if wrong_state { "another" } else { own }));
        }
        // OpenAM's fragment names the nonce once more, under another name.
        if let (true, Mode::Fragment, Some(nonce)) =
            (am.profile().is_openam(), self.mode, self.nonce)
        {
            parameters.push(("session_state", nonce));
        }
        parameters.extend(client.map(|id| ("client_id", id)));
        let uri = match state.misbehavior.contains(&Misbehavior::RedirectElsewhere) {
            true => "https://evil.example.com/callback",
            false => self.uri,
        };
        let query = query_string(&parameters);
        let location = match self.mode {
            Mode::FormPost => return form_post(uri, &parameters),
            Mode::Fragment => format!("{uri}#{query}"),
            Mode::Query if uri.contains('?') => format!("{uri}&{query}"),
            Mode::Query => format!("{uri}?{query}"),
        };
        Reply::redirect(302, &location)
    }
}

fn form_post(uri: &str, parameters: &[(&str, &str)]) -> Reply {
    let inputs: String = parameters
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\"/>", html_escaped(value))
        })
        .collect();
    let uri = html_escaped(uri);
    Reply::html(
        200,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><body onload=\"document.forms[0].submit()\">\
             <form method=\"post\" action=\"{uri}\">{inputs}</form></body></html>"
        ),
    )
}
