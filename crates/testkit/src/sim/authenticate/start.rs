//! The first request of a journey.

use std::sync::Arc;

use serde_json::Value;

use crate::encoding::random_token;
use crate::sim::authenticate::{Refusal, finish, resume, step};
use crate::sim::call::Call;
use crate::sim::realm::RealmConfig;
use crate::sim::reply::Reply;
use crate::sim::state::{Journey, State};
use crate::sim::tree::{CallbackSpec, Context};
use crate::sim::{Am, Page, Tree, sessions};

pub(crate) fn answer(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    body: &Value,
) -> Result<Reply, Refusal> {
    let config = &am.config().realms[realm];
    let (index, tree) = chosen(am, call, config)?;
    let session = session_to_upgrade(am, state, call, realm)?;
    if let Some(token) = &session
        && !call.asks("ForceAuth")
        && satisfies(state, token, realm, &tree, index.is_some())
    {
        return Ok(finish::with_present_session(am, state, call, &tree, token));
    }
    let journey = Journey {
        id: sessions::new_token(),
        realm: realm.to_owned(),
        tree,
        index,
        page: 0,
        otk: random_token(),
        expires: am.now() + am.lifetimes().auth_id,
        username: None,
        authenticated: false,
        round: 0,
        upgrades: session,
        has_device: None,
        new_device: None,
        last: Vec::new(),
    };
    if journey.tree.pages.is_empty() {
        return finish::succeeded(am, state, call, &journey);
    }
    if let Some(answers) = zero_page(am, call, &journey) {
        return resume::with_callbacks(am, state, call, journey, &answers);
    }
    // Callbacks without an authId are taken as the answer to the first page.
    if body.get("callbacks").is_some() {
        return resume::with_callbacks(am, state, call, journey, &body["callbacks"]);
    }
    Ok(step::shown(am, state, call, journey, am.lifetimes().auth_id))
}

type Index = Option<(String, String)>;

fn chosen(am: &Am, call: &Call, realm: &RealmConfig) -> Result<(Index, Arc<Tree>), Refusal> {
    let nothing = || Refusal::new(400, "No Configuration found").code("105");
    let value = call.query("authIndexValue").unwrap_or_default();
    let Some(kind) = call.query("authIndexType") else {
        return Ok((None, realm.default_tree().ok_or_else(nothing)?));
    };
    let index = Some((kind.to_owned(), value.to_owned()));
    let tree = match kind {
        "service" => realm.trees.get(value).cloned().ok_or_else(nothing)?,
        "module" => module(realm, value)
            .ok_or_else(|| Refusal::new(404, "Authentication Module Not Found."))?,
        "composite_advice" => advised(am, realm, value)?,
        "level" => level(realm, value).ok_or_else(nothing)?,
        "user" => return Err(Refusal::login_failed(am)),
        "role" => return Err(nothing()),
        "transaction" if !am.profile().is_openam() => {
            return Err(Refusal::new(401, "Unable to read transaction.").code("128"));
        }
        _ => return Err(Refusal::new(400, "Unknown Authentication Index Type")),
    };
    Ok((index, tree))
}

/// A tree of the one page that a module asks.
fn module(realm: &RealmConfig, name: &str) -> Option<Arc<Tree>> {
    let page = realm.module(name)?.clone();
    Some(Arc::new(Tree::new(name).page(page)))
}

/// The menu of modules that reach a level; the simulator's modules all have level 0.
fn level(realm: &RealmConfig, level: &str) -> Option<Arc<Tree>> {
    if level.parse::<u32>().ok()? > 0 {
        return None;
    }
    let names = realm.modules();
    let menu = Page::new().choice("Authentication Menu", names.clone(), 0);
    let menu = menu.decide(|answers| {
        let chosen = answers.number(0).and_then(|it| usize::try_from(it).ok());
        chosen.map_or(crate::sim::Next::Fail, |it| crate::sim::Next::Page(it + 1))
    });
    let mut tree = Tree::new("level").page(menu);
    for name in names {
        tree = tree.page(realm.module(name)?.clone().last());
    }
    Some(Arc::new(tree))
}

/// Reads the one advice that names a tree or a module.
fn advised(am: &Am, realm: &RealmConfig, advice: &str) -> Result<Arc<Tree>, Refusal> {
    let between = |start: &str, end: &str| {
        let rest = advice.split_once(start)?.1;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let unread = || match am.profile().is_openam() {
        true => Refusal::new(
            401,
            "Cannot invoke \"java.util.Map.get(Object)\" because \"authInstances\" is null",
        ),
        false => Refusal::new(400, "No Configuration found").code("105"),
    };
    let name = between("<Attribute name=\"", "\"").ok_or_else(unread)?;
    let value = between("<Value>", "</Value>").ok_or_else(unread)?;
    let value = value.rsplit_once(':').map_or(value.as_str(), |(_, it)| it);
    let tree = match name.as_str() {
        "AuthSchemeConditionAdvice" => module(realm, value),
        "AuthenticateToTreeConditionAdvice" | "AuthenticateToServiceConditionAdvice" => {
            realm.trees.get(value).cloned()
        }
        _ => None,
    };
    tree.ok_or_else(unread)
}

/// PingAM takes the session that rides along; OpenAM only the one that a parameter names.
fn session_to_upgrade(
    am: &Am,
    state: &State,
    call: &Call,
    realm: &str,
) -> Result<Option<String>, Refusal> {
    let now = am.now();
    let alive = |token: &str| {
        state.sessions.get(token).is_some_and(|it| it.is_alive(now) && it.realm == realm)
    };
    if let Some(token) = call.query("sessionUpgradeSSOTokenId") {
        return match alive(token) {
            true => Ok(Some(token.to_owned())),
            false => Err(Refusal::new(400, "Session upgrade failed. Invalid token.").code("124")),
        };
    }
    match am.profile().is_openam() {
        true => Ok(None),
        false => Ok(sessions::caller(am, state, call).filter(|it| alive(it))),
    }
}

/// A session satisfies a request for no tree in particular, or for the one that it came from.
fn satisfies(state: &State, token: &str, realm: &str, tree: &Tree, is_named: bool) -> bool {
    state.sessions.get(token).is_some_and(|session| {
        session.realm == realm && (!is_named || session.service == tree.name())
    })
}

/// Name and password from the headers of the first request.
fn zero_page(am: &Am, call: &Call, journey: &Journey) -> Option<Value> {
    if !am.profile().is_openam() && !journey.tree.zero_page {
        return None;
    }
    let name = call.header("x-openam-username")?;
    let password = call.header("x-openam-password")?;
    let page = &journey.tree.pages[0];
    let callbacks = page.callbacks.iter().enumerate().map(|(position, callback)| {
        let mut json = callback.to_json(position + 1, &Context::of(am, journey));
        match callback {
            CallbackSpec::Name { .. } => json["input"][0]["value"] = name.into(),
            CallbackSpec::Password { .. } => json["input"][0]["value"] = password.into(),
            _ => {}
        }
        json
    });
    Some(callbacks.collect())
}
