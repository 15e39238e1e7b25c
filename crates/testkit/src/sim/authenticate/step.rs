//! Shows a page.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::encoding::random_token;
use crate::sim::authenticate::{auth_id, cookies};
use crate::sim::call::Call;
use crate::sim::reply::Reply;
use crate::sim::state::{Journey, State};
use crate::sim::tree::{CallbackSpec, Context};
use crate::sim::{Am, Page, totp};

/// Remembers the journey and shows its present page.
pub(crate) fn shown(
    am: &Am,
    state: &mut State,
    call: &Call,
    mut journey: Journey,
    life: Duration,
) -> Reply {
    journey.expires = am.now() + life;
    // OpenAM keeps the authId of a journey; PingAM gives each step its own.
    if !am.profile().is_openam() {
        journey.otk = random_token();
    }
    if journey.new_device.is_none() {
        journey.new_device = Some(totp::new_secret());
    }
    let page = &journey.tree.pages[journey.page];
    let mut body = Map::new();
    let auth_id = auth_id::written(am, state, &journey);
    state.remember("authId", &auth_id);
    body.insert("authId".to_owned(), json!(auth_id));
    match am.profile().is_openam() {
        true => chain_page(&mut body, page),
        false => tree_page(&mut body, page),
    }
    body.extend(page.extra.clone());
    if let Some(attempt) = attempt(page, journey.round) {
        body.insert("header".to_owned(), json!(attempt));
    }
    body.insert("callbacks".to_owned(), callbacks(am, page, &journey));
    let reply = Reply::json(200, &Value::Object(body))
        .cookies(cookies::journey(am, call, &journey.id))
        .cookies(cookies::load_balancer(am, call));
    state.journeys.insert(journey.id.clone(), journey);
    reply
}

/// The header of a page that asks for a code once more.
fn attempt(page: &Page, round: u32) -> Option<String> {
    let header = page.header.as_deref().filter(|_| round > 0)?;
    page.callbacks.iter().find_map(|callback| match callback {
        CallbackSpec::TotpCode { tries, .. } => {
            Some(format!("{header} Attempt {} of {tries}", round + 1))
        }
        _ => None,
    })
}

/// A page node's texts, each only when there is one.
fn tree_page(body: &mut Map<String, Value>, page: &Page) {
    let texts =
        [("stage", &page.stage), ("header", &page.header), ("description", &page.description)];
    for (name, text) in texts {
        if let Some(text) = text {
            body.insert(name.to_owned(), json!(text));
        }
    }
}

/// A module's page: the stage is its name and the number of its state.
fn chain_page(body: &mut Map<String, Value>, page: &Page) {
    // The menu of modules has none of these.
    let Some(module) = &page.module else { return tree_page(body, page) };
    let stage = page.stage.clone().unwrap_or_else(|| format!("{module}1"));
    let header = page.header.as_deref().unwrap_or("Sign in to OpenAM");
    let places = page.callbacks.iter().filter(|it| it.has_info_text()).count();
    let info = page.info_text.clone().unwrap_or_else(|| vec![String::new(); places]);
    body.insert("template".to_owned(), json!(""));
    body.insert("stage".to_owned(), json!(stage));
    body.insert("header".to_owned(), json!(header));
    body.insert("infoText".to_owned(), json!(info));
}

fn callbacks(am: &Am, page: &Page, journey: &Journey) -> Value {
    let context = Context::of(am, journey);
    let openam = am.profile().is_openam();
    let is_page_node = page.stage.is_some()
        || page.header.is_some()
        || page.description.is_some()
        || page.callbacks.len() > 1;
    let written = page.callbacks.iter().enumerate().map(|(position, callback)| {
        let mut json = callback.to_json(position + 1, &context);
        if is_page_node && !openam && json.get("_id").is_none() {
            json["_id"] = json!(position);
        }
        json
    });
    written.collect()
}
