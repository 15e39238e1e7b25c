//! The answer to a step.

use serde_json::Value;

use crate::sim::authenticate::{Refusal, auth_id, finish, step};
use crate::sim::call::Call;
use crate::sim::realm::RealmConfig;
use crate::sim::reply::Reply;
use crate::sim::state::{Journey, State};
use crate::sim::tree::{Asked, CallbackSpec, Unfit};
use crate::sim::{Am, Answers, Next};

pub(crate) fn answer(
    am: &Am,
    state: &mut State,
    call: &Call,
    realm: &str,
    auth_id: &Value,
    body: &Value,
) -> Result<Reply, Refusal> {
    let journey = auth_id::journey_of(am, state, realm, auth_id)?;
    with_callbacks(am, state, call, journey, &body["callbacks"])
}

/// Answers the present page of a journey.
pub(crate) fn with_callbacks(
    am: &Am,
    state: &mut State,
    call: &Call,
    mut journey: Journey,
    callbacks: &Value,
) -> Result<Reply, Refusal> {
    let tree = journey.tree.clone();
    let page = &tree.pages[journey.page];
    let given = match read(am, &page.callbacks, callbacks) {
        Ok(given) => given,
        Err(refusal) => {
            // A 401 is a failed login, which ends the journey; a 400 leaves it as it was.
            if refusal.status == 401 {
                state.journeys.remove(&journey.id);
            }
            return Err(refusal);
        }
    };
    state.journeys.remove(&journey.id);
    let config = &am.config().realms[&journey.realm];
    let verdict = checked(config, &mut journey, &page.callbacks, &given);
    let next = match (verdict, &page.rule) {
        (Next::Proceed, Some(rule)) => {
            rule(&Answers { username: journey.username.clone(), given, round: journey.round })
        }
        (verdict, _) => verdict,
    };
    let life = am.lifetimes().auth_id;
    match next {
        Next::Again => {
            journey.round += 1;
            Ok(step::shown(am, state, call, journey, life))
        }
        Next::Proceed if journey.page + 1 < tree.pages.len() => {
            (journey.page, journey.round) = (journey.page + 1, 0);
            Ok(step::shown(am, state, call, journey, life))
        }
        Next::Page(number) if number < tree.pages.len() => {
            (journey.page, journey.round) = (number, 0);
            Ok(step::shown(am, state, call, journey, life))
        }
        Next::Proceed | Next::Succeed => finish::succeeded(am, state, call, journey),
        Next::Fail | Next::Page(_) => {
            Err(Refusal::login_failed(am).detail(tree.failure_details.clone()))
        }
    }
}

/// Callbacks are matched by count, order and type; nothing else of them is looked at.
fn read(am: &Am, asked: &[CallbackSpec], callbacks: &Value) -> Result<Vec<Asked>, Refusal> {
    let Some(callbacks) = callbacks.as_array() else { return Err(Refusal::login_failed(am)) };
    if callbacks.len() != asked.len() {
        let message = "Incorrect number of callbacks found in JSON response";
        return Err(Refusal::new(400, message));
    }
    let mut given = Vec::with_capacity(asked.len());
    for (position, (asked, answered)) in asked.iter().zip(callbacks).enumerate() {
        let inputs = answered["input"].as_array().map_or(0, Vec::len);
        if answered["type"] != asked.type_name() || inputs != asked.inputs() {
            return Err(Refusal::new(400, "Required callback not found in JSON response"));
        }
        given.push(asked.read(answered).map_err(|unfit| match unfit {
            Unfit::Null => Refusal::login_failed(am),
            Unfit::NotText => Refusal::new(
                500,
                format!(
                    "org.forgerock.json.JsonValueException: \
                     /callbacks/{position}/input/0/value: Expecting a java.lang.String"
                ),
            ),
            Unfit::OutOfRange => Refusal::new(500, "Index out of range"),
        })?);
    }
    Ok(given)
}

/// Checks passwords and codes, and counts the rounds of a wait.
fn checked(
    realm: &RealmConfig,
    journey: &mut Journey,
    asked: &[CallbackSpec],
    given: &[Asked],
) -> Next {
    for (asked, given) in asked.iter().zip(given) {
        let right = match (asked, given) {
            (CallbackSpec::Name { .. }, Asked::Text(name)) => {
                if !journey.authenticated {
                    journey.username = Some(name.clone());
                }
                true
            }
            (CallbackSpec::Password { .. }, Asked::Text(password)) => {
                let user = journey.username.as_ref().and_then(|name| realm.users.get(name));
                let right = user.is_some_and(|it| it.active && it.password == *password);
                journey.authenticated |= right;
                right
            }
            (CallbackSpec::OneTimePassword { code, .. }, Asked::Text(text)) => code == text,
            (CallbackSpec::Polling { rounds, .. }, _) if journey.round + 1 < *rounds => {
                return Next::Again;
            }
            _ => true,
        };
        if !right {
            return Next::Fail;
        }
    }
    Next::Proceed
}
