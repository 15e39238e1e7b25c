//! `journey login`

use journey_sdk::{Answers, ContinueNode, ErrorNode, Node, SuccessNode};
use serde_json::json;

use crate::{
    args::LoginArgs,
    command::client::Client,
    exit::{Exit, Failure, chain},
    local::{Folders, Profile},
    output::Output,
    prompt::{Prompter, asking_failed, fill, load_answers, prompter},
};

/// Without a person nobody would stop a journey that goes round and round.
const MOST_STEPS_ALONE: usize = 100;

/// Signs in, and keeps the login for later commands.
pub(crate) async fn run(args: &LoginArgs, output: Output) -> Result<(), Failure> {
    let folders = Folders::find()?;
    let last = Profile::load(&folders.profile())?;
    let profile = Profile::from_args(args, last.clone())?;
    let answers = args.answers.as_deref().map_or_else(|| Ok(Answers::new()), load_answers)?;
    if let Some(last) = last.filter(|it| !it.is_same_place(&profile)) {
        refuse_to_forget(&last).await?;
    }
    if profile.is_plain_http() {
        output.note("Plain HTTP: nothing is encrypted, so this works on this machine only.");
    }
    let client = Client::open_new(&folders, &profile).await?;
    let was_signed_in = client.journey.user().await?.is_some();

    let mut dialog = Dialog { profile: &profile, answers, person: prompter(), output };
    let result = tokio::select! {
        result = dialog.hold(&client) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::interrupted()),
    };
    // An answer on its way may still bring a session.
    client.journey.drain().await;
    let kept = match result {
        Ok(success) => keep(success, &client, &profile, &folders, output).await,
        Err(failure) => Err(failure),
    };
    match kept {
        Ok(success) => {
            tell(&success, &client, &profile, output);
            Ok(())
        }
        Err(failure) => {
            if !was_signed_in {
                undo(&client, output).await;
            }
            Err(failure)
        }
    }
}

/// A login that its profile does not name any more could not be signed out again.
async fn refuse_to_forget(last: &Profile) -> Result<(), Failure> {
    let client = match Client::open_last().await {
        Ok(client) => client,
        Err(failure) if failure.exit() == Exit::NotSignedIn => return Ok(()),
        Err(failure) => return Err(failure),
    };
    if client.journey.user().await?.is_none() {
        return Ok(());
    }
    let message = format!("you are signed in at {} (realm {:?})", last.url, last.realm);
    Err(Failure::new(Exit::Usage, "usage.signed_in_elsewhere", message)
        .with_hint("journey logout, and then this login"))
}

/// Questions and answers, to and fro.
struct Dialog<'a> {
    profile: &'a Profile,
    answers: Answers,
    person: Option<Box<dyn Prompter>>,
    output: Output,
}

impl Dialog<'_> {
    /// Runs the journey until it succeeds, or nobody wants to try again.
    async fn hold(&mut self, client: &Client) -> Result<SuccessNode, Failure> {
        loop {
            match self.attempt(client).await? {
                Attempt::Success(success) => return Ok(*success),
                Attempt::Refused { error, asked } => {
                    let failure = Failure::from(&error);
                    // The same answers from a file would only be refused again.
                    if !asked || !self.wants(&failure.to_string(), "Try again?")? {
                        return Err(failure);
                    }
                }
            }
        }
    }

    async fn attempt(&mut self, client: &Client) -> Result<Attempt, Failure> {
        let start = match &self.profile.journey {
            Some(journey) => client.journey.start(journey),
            None => client.journey.start_default(),
        };
        let (mut asked, mut steps) = (false, 0);
        let mut node = start.await?;
        loop {
            let mut step = match node {
                Node::Continue(step) => step,
                Node::Error(error) => return Ok(Attempt::Refused { error, asked }),
                Node::Success(success) => return Ok(Attempt::Success(Box::new(success))),
            };
            let person = self.person.as_deref_mut();
            let filled = fill(&mut step, &self.answers, person, self.output).await?;
            asked |= filled.asked;
            steps += 1;
            if self.person.is_none() && steps > MOST_STEPS_ALONE {
                let message = format!("the journey has not ended after {MOST_STEPS_ALONE} steps");
                return Err(Failure::new(Exit::Unanswered, "unanswered", message));
            }
            if let Some(wait) = filled.wait {
                // An answer before its time counts as spam.
                tokio::time::sleep(wait).await;
            }
            node = self.send(step).await?;
        }
    }

    /// Sends the answers; after a failure that may pass, again as often as the person likes.
    async fn send(&mut self, mut step: ContinueNode) -> Result<Node, Failure> {
        loop {
            let failed = match step.next().await {
                Ok(node) => return Ok(node),
                Err(failed) => failed,
            };
            let (again, reason) = (failed.error().is_retryable(), chain(failed.error()));
            if !again || !self.wants(&reason, "Send the answers again?")? {
                return Err(failed.into());
            }
            step = failed.into_step().ok_or_else(Failure::interrupted)?;
        }
    }

    /// Tells the person, if there is one, and asks.
    fn wants(&mut self, told: &str, question: &str) -> Result<bool, Failure> {
        let Some(person) = &mut self.person else { return Ok(false) };
        self.output.note(told);
        person.again(question).map_err(|error| asking_failed(&error))
    }
}

enum Attempt {
    Success(Box<SuccessNode>),
    Refused { error: ErrorNode, asked: bool },
}

/// Makes sure that later commands find the login.
async fn keep(
    mut success: SuccessNode,
    client: &Client,
    profile: &Profile,
    folders: &Folders,
    output: Output,
) -> Result<SuccessNode, Failure> {
    if success.session().is_none() {
        return Ok(success);
    }
    if let Err(error) = success.store_again().await {
        let place = client.store.display();
        return Err(Failure::local(format!("could not store the login in {place}"), error));
    }
    profile.save(&folders.profile())?;
    if let Some(replaced) = success.take_replaced()
        && !replaced.retry().await.is_complete()
    {
        output.note("The server has not confirmed that the tokens of the login before are ended.");
    }
    Ok(success)
}

/// Ends a login that later commands would not find, or that was interrupted half-way.
async fn undo(client: &Client, output: Output) {
    let Ok(Some(user)) = client.journey.user().await else { return };
    let report = user.logout().await;
    client.journey.drain().await;
    output.note(if report.is_complete() {
        "The login that had just come about was signed out again."
    } else {
        "A login had just come about; the server has not confirmed that it is ended."
    });
}

fn tell(success: &SuccessNode, client: &Client, profile: &Profile, output: Output) {
    let Some(session) = success.session() else {
        let line = "The journey has ended well; it gives no session.".to_owned();
        output.result(&[line], &json!({ "signed_in": false }));
        return;
    };
    let (store, key) = (client.store.display(), client.key_file.display());
    let mut lines = vec![format!("Signed in at {}, realm {}.", profile.url, session.realm())];
    lines.push(format!("The login is sealed in {store}, with the key in {key}."));
    lines.push("Whoever can read both can use it, until `journey logout`.".to_owned());
    if profile.oidc.is_none() {
        lines.push("No OAuth 2.0 client was given, so there are no tokens.".to_owned());
    }
    let object = json!({
        "signed_in": true,
        "realm": session.realm().to_string(),
        "success_url": session.success_url(),
        "store": client.store,
        "key_file": client.key_file,
    });
    output.result(&lines, &object);
}
