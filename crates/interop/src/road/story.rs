//! A short story on the road: sign in, tokens, refresh, userinfo, sign out.

use std::{ops::Range, time::Duration};

use journey_sdk::{BoxError, Error, HttpClient, Journey, Node, User};
use tokio::time::timeout;

use crate::{
    road::Road,
    suite::{Person, World, app, fill_in},
};

/// How often a call that may be tried again is tried.
const TRIES: usize = 4;

/// How long one story may take.
const LONGEST: Duration = Duration::from_secs(90);

/// A seed, and how often the client itself tries a request that may be repeated.
pub(crate) type Start = (u64, u32);

/// How often it tries unless told.
const USUAL: u32 = 3;

/// Stories that once broke a rule, each told again in every run: access tokens outlived a sign-out after
/// the answer to a refresh was lost (3, 7, 8, 10), and a code spent on its way seemed to be the end (59).
const KEPT: [Start; 5] = [(3, 1), (7, 1), (8, 1), (10, 1), (59, 1)];

/// Returns the stories to be told: those that are kept, and a range of seeds.
pub(crate) fn stories(seeds: Range<u64>) -> impl Iterator<Item = Start> {
    KEPT.into_iter().chain(seeds.map(|seed| (seed, USUAL)))
}

/// How all stories ended.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) stories: u64,
    pub(crate) signed_in: u64,
    pub(crate) with_tokens: u64,
    pub(crate) signed_out: u64,
    /// Seeds that broke a rule, and which.
    pub(crate) broken: Vec<(u64, String)>,
}

impl Summary {
    pub(crate) fn is_good(&self) -> bool {
        self.broken.is_empty()
    }
}

/// How one story ended.
#[derive(Debug, Default)]
struct Ending {
    signed_in: bool,
    with_tokens: bool,
    signed_out: bool,
}

/// Tells stories, one after another.
pub(crate) async fn run(
    world: &World,
    road: &Road,
    stories: impl Iterator<Item = Start>,
) -> Summary {
    let mut summary = Summary::default();
    for (seed, attempts) in stories {
        let mut ending = Ending::default();
        let told = timeout(LONGEST, tell(world, road, (seed, attempts), &mut ending)).await;
        road.calm();
        summary.stories += 1;
        summary.signed_in += u64::from(ending.signed_in);
        summary.with_tokens += u64::from(ending.with_tokens);
        summary.signed_out += u64::from(ending.signed_out);
        let rule = match told {
            Ok(Ok(())) if ending.with_tokens => continue,
            // No rule is broken: the SDK said each time that it may be tried again.
            Ok(Ok(())) => {
                println!("     seed {seed}: no tokens after {TRIES} tries: {:?}", road.crossings());
                continue;
            }
            Ok(Err(rule)) => rule.to_string(),
            Err(_) => "the story did not end".to_owned(),
        };
        println!("FAIL seed {seed}: {rule}");
        for crossing in road.crossings() {
            println!("       {crossing:?}");
        }
        summary.broken.push((seed, rule));
    }
    summary
}

async fn tell(
    world: &World,
    road: &Road,
    (seed, attempts): Start,
    ending: &mut Ending,
) -> Result<(), BoxError> {
    let person = world.person().await?;
    let http = HttpClient::builder()
        .only_ca(world.authority.clone())
        .attempt_timeout(Duration::from_secs(10))
        .deadline(Duration::from_secs(20))
        .attempts(attempts)
        .build()?;
    let journey = Journey::builder(road.url()).http(http).oidc(app()).build()?;
    road.be_hostile(seed);
    let Some(user) = sign_in(&journey, &person).await? else {
        return Err("nobody was signed in after four tries".into());
    };
    ending.signed_in = true;

    ending.with_tokens = again(|| user.token()).await?.is_some();
    again(|| user.refresh()).await?;
    again(|| user.user_info()).await?;
    nothing_good_was_thrown_away(world, road, &user).await?;

    let delivered_before = road.delivered();
    let mut report = user.logout().await;
    for _ in 1..TRIES {
        let Some(pending) = report.take_pending() else { break };
        report = pending.retry().await;
    }
    road.calm();
    if user.session().is_some() || journey.user().await?.is_some() {
        return Err("something stayed here after a sign-out".into());
    }
    ending.signed_out = report.is_complete();
    if report.is_complete() {
        let living = world.view.living(&road.delivered()).await?;
        if living > 0 {
            let given = delivered_before;
            return Err(format!(
                "{living} of {} sessions, {} access tokens and {} refresh tokens that reached the \
                 client live on after a sign-out that reported success: {report:?}",
                given.sessions.len(),
                given.access_tokens.len(),
                given.refresh_tokens.len(),
            )
            .into());
        }
    }
    Ok(())
}

/// Signs in as a person would: tries a step again after a failure, starts again when told to.
async fn sign_in(journey: &Journey, person: &Person) -> Result<Option<User>, BoxError> {
    let mut starts = 0;
    'start: while starts < TRIES {
        starts += 1;
        let mut node = match again_node(|| async { journey.start("password").await }).await? {
            Some(node) => node,
            None => return Ok(None),
        };
        loop {
            let mut step = match node {
                Node::Success(success) => return Ok(Some(success.user()?)),
                Node::Error(refused) if refused.is_restartable() => continue 'start,
                Node::Error(refused) => {
                    return Err(format!("a good password was refused: {refused:?}").into());
                }
                Node::Continue(step) => step,
            };
            fill_in(&mut step, person);
            let mut tries = 0;
            node = loop {
                tries += 1;
                match step.next().await {
                    Ok(node) => break node,
                    Err(failure) if !failure.error().is_retryable() => {
                        return Err(not_told("a step", failure.error()));
                    }
                    Err(_) if tries == TRIES => continue 'start,
                    Err(failure) => {
                        step = failure.into_step().ok_or("a failed step did not come back")?;
                    }
                }
            };
        }
    }
    Ok(None)
}

async fn again_node<F>(start: impl Fn() -> F) -> Result<Option<Node>, BoxError>
where
    F: Future<Output = Result<Node, journey_sdk::FailureNode>>,
{
    for _ in 0..TRIES {
        match start().await {
            Ok(node) => return Ok(Some(node)),
            Err(failure) if failure.error().is_retryable() => {}
            Err(failure) => return Err(not_told("a start", failure.error())),
        }
    }
    Ok(None)
}

/// Tries a call again as long as the SDK says that this may help.
async fn again<T, F>(call: impl Fn() -> F) -> Result<Option<T>, BoxError>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 0..TRIES {
        match call().await {
            Ok(value) => return Ok(Some(value)),
            Err(error) if error.is_retryable() => {}
            Err(error) => return Err(not_told("a call", &error)),
        }
    }
    Ok(None)
}

/// On a road that only cuts, delays and repeats, every failure is one to be tried again.
fn not_told(what: &str, error: &Error) -> BoxError {
    format!("{what} failed in a way that can't be tried again: {error:?}").into()
}

/// While the server honors the session, the user has it.
async fn nothing_good_was_thrown_away(
    world: &World,
    road: &Road,
    user: &User,
) -> Result<(), BoxError> {
    use journey_sdk::ExposeSecret as _;
    let delivered = road.delivered();
    let Some(last) = delivered.sessions.last() else { return Ok(()) };
    if !world.view.session_lives(last).await? {
        return Ok(());
    }
    match user.session() {
        Some(session) if session.value().expose_secret() == last => Ok(()),
        _ => Err("the session that the server honors was thrown away".into()),
    }
}
