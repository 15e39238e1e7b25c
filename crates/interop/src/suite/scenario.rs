//! What a scenario is, and how all of them are run.

use std::{any::Any, pin::Pin, sync::Arc, time::Duration};

use journey_sdk::BoxError;
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

use crate::suite::World;

/// How many scenarios run at once.
const AT_ONCE: usize = 3;

/// How long one may take; the slowest waits until a step has expired.
const LONGEST: Duration = Duration::from_secs(240);

type Run = for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send + 'a>>;

/// A fact about the server and the SDK, with the function that proves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What the server does, that the SDK has to get right.
    pub(crate) fact: &'static str,
    pub(crate) run: Run,
    pub(crate) pace: Pace,
}

/// Whether a scenario works or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    Busy,
    Waiting,
}

/// A group of scenarios about one subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chapter {
    pub(crate) title: &'static str,
    pub(crate) scenarios: &'static [Scenario],
}

/// Lists functions as scenarios, each with its fact.
macro_rules! scenarios {
    ($($name:ident $(($pace:ident))?: $fact:literal,)*) => {
        &[$($crate::suite::Scenario {
            name: stringify!($name),
            fact: $fact,
            run: |world| Box::pin($name(world)),
            pace: scenarios!(@pace $($pace)?),
        }),*]
    };
    (@pace) => { $crate::suite::Pace::Busy };
    (@pace $pace:ident) => { $crate::suite::Pace::$pace };
}
pub(crate) use scenarios;

/// How a scenario ended: with nothing to say, or with what went wrong.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) scenario: &'static Scenario,
    pub(crate) failure: Option<String>,
}

/// Runs scenarios, a few at a time, and returns how they ended, in their own order.
pub(crate) async fn run_all(world: &Arc<World>, chosen: Vec<&'static Scenario>) -> Vec<Outcome> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (index, scenario) in chosen.iter().copied().enumerate() {
        let (world, places) = (Arc::clone(world), Arc::clone(&places));
        running.spawn(async move {
            let place = match scenario.pace {
                Pace::Busy => places.acquire().await.ok(),
                Pace::Waiting => None,
            };
            let failure = run(world, scenario).await;
            drop(place);
            let mark = if failure.is_none() { "ok  " } else { "FAIL" };
            println!("{mark} {}", scenario.name);
            if let Some(failure) = &failure {
                println!("     {failure}");
            }
            (index, Outcome { scenario, failure })
        });
    }
    let mut outcomes = running.join_all().await;
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// On a task of its own, so that a failed assertion ends this scenario only.
async fn run(world: Arc<World>, scenario: &'static Scenario) -> Option<String> {
    let mut task = JoinSet::new();
    task.spawn(async move { timeout(LONGEST, (scenario.run)(&world)).await });
    match task.join_next().await? {
        Ok(Ok(Ok(()))) => None,
        Ok(Ok(Err(error))) => Some(format!("{error}")),
        Ok(Err(_)) => Some(format!("not done after {} s", LONGEST.as_secs())),
        Err(error) => Some(match error.try_into_panic() {
            Ok(panic) => text_of(&*panic),
            Err(error) => error.to_string(),
        }),
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".into())
}
