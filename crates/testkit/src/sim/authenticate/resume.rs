//! The answer to a step.

use serde_json::Value;

use crate::sim::authenticate::{Refusal, auth_id, finish, step};
use crate::sim::call::Call;
use crate::sim::reply::Reply;
use crate::sim::state::{Journey, State};
use crate::sim::tree::{Asked, CallbackSpec, Condition, Unfit};
use crate::sim::{Am, Answers, Next, Page, totp};

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
    for (asked, given) in page.callbacks.iter().zip(&given) {
        if let (true, Asked::Text(text)) = (asked.is_secret(), given) {
            state.remember("answer", text);
        }
    }
    let verdict = checked(am, state, &mut journey, &page.callbacks, &given);
    journey.last = given.clone();
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
        Next::Proceed => {
            let rest = tree.pages.get(journey.page + 1..);
            on_page(am, state, call, journey, rest)
        }
        Next::Page(number) => on_page(am, state, call, journey, tree.pages.get(number..)),
        Next::Succeed => finish::succeeded(am, state, call, &journey),
        Next::Fail => Err(Refusal::login_failed(am).detail(tree.failure_details.clone())),
    }
}

/// Shows the first of these pages that is for this user; after the last the user is signed in.
fn on_page(
    am: &Am,
    state: &mut State,
    call: &Call,
    mut journey: Journey,
    pages: Option<&[Page]>,
) -> Result<Reply, Refusal> {
    let pages = pages.ok_or_else(|| Refusal::login_failed(am))?;
    let position = pages.iter().position(|page| match page.condition {
        None => true,
        Some(condition) => (condition == Condition::WithDevice) == has_device(state, &mut journey),
    });
    let Some(position) = position else { return finish::succeeded(am, state, call, &journey) };
    journey.page = journey.tree.pages.len() - pages.len() + position;
    (journey.round, journey.last) = (0, Vec::new());
    Ok(step::shown(am, state, call, journey, am.lifetimes().auth_id))
}

fn has_device(state: &State, journey: &mut Journey) -> bool {
    let user = (journey.realm.clone(), journey.username.clone().unwrap_or_default());
    *journey.has_device.get_or_insert_with(|| state.devices.contains_key(&user))
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
            Unfit::OutOfRange => Refusal::out_of_range(),
        })?);
    }
    Ok(given)
}

/// Checks passwords and codes, and counts the rounds of a wait.
fn checked(
    am: &Am,
    state: &mut State,
    journey: &mut Journey,
    asked: &[CallbackSpec],
    given: &[Asked],
) -> Next {
    let realm = &am.config().realms[&journey.realm];
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
            (CallbackSpec::TotpCode { tries, .. }, Asked::Text(code)) => {
                let right = is_right_code(am, state, journey, code);
                if !right && journey.round + 1 < *tries {
                    return Next::Again;
                }
                right
            }
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

/// The code of the user's app, or of the one that is being enrolled, which is known from then on.
fn is_right_code(am: &Am, state: &mut State, journey: &mut Journey, code: &str) -> bool {
    let user = (journey.realm.clone(), journey.username.clone().unwrap_or_default());
    if has_device(state, journey) {
        return state.devices.get(&user).is_some_and(|it| totp::is_code(it, code, am.now()));
    }
    let Some(secret) = journey.new_device.clone() else { return false };
    let right = totp::is_code(&secret, code, am.now());
    if right {
        state.devices.insert(user, secret);
    }
    right
}
