//! Answers a step: from the table first, then by asking.

use std::{io, time::Duration};

use journey_sdk::{Answers, Callback, ContinueNode, ExposeSecret, MessageKind, Responder, Step};

use crate::{
    exit::{Exit, Failure, chain},
    output::Output,
    prompt::{
        Prompter,
        ask::{ask, can_ask},
    },
};

/// What became of a step.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    /// A person has answered something.
    pub(crate) asked: bool,
    /// The server wants to be asked again after this time.
    pub(crate) wait: Option<Duration>,
}

/// Shows what the step says and answers what it asks. What can't be answered here stays as it is.
pub(crate) async fn fill(
    step: &mut ContinueNode,
    answers: &Answers,
    prompter: Option<&mut (dyn Prompter + '_)>,
    output: Output,
) -> Result<Filled, Failure> {
    show_page(step, output);
    let mut filled = Filled::default();
    for callback in step.callbacks() {
        show(callback, output);
        if let Callback::PollingWait(it) = callback {
            filled.wait = Some(it.wait());
        }
    }
    show_second_factor(step.step(), output);
    match prompter {
        Some(prompter) => filled.asked = fill_or_ask(step, answers, prompter, output)?,
        None => fill_alone(step, answers).await?,
    }
    for callback in step.callbacks().iter().filter(|it| is_left(it)) {
        output.note(&format!("left as it is: {}", callback.type_name()));
    }
    Ok(filled)
}

/// Nobody is there: what asks has to be in the table.
async fn fill_alone(step: &mut ContinueNode, answers: &Answers) -> Result<(), Failure> {
    answers.respond(step.step_mut()).await.map_err(|reason| {
        Failure::new(Exit::Unanswered, "unanswered", chain(&reason))
            .with_hint("--answers FILE, a JSON object by prompt, id or callback type")
    })
}

/// Says whether a person had to be asked.
fn fill_or_ask(
    step: &mut ContinueNode,
    answers: &Answers,
    prompter: &mut dyn Prompter,
    output: Output,
) -> Result<bool, Failure> {
    let mut asked = false;
    for callback in step.callbacks_mut() {
        let filled = answers.fill(callback).map_err(|error| {
            let what = format!("the answer for {} does not fit: {error}", callback.type_name());
            Failure::new(Exit::Usage, "usage.answers", what)
        })?;
        if filled {
            continue;
        }
        if can_ask(callback) {
            ask(callback, prompter, output).map_err(|error| asking_failed(&error))?;
            asked = true;
        }
    }
    Ok(asked)
}

fn show_page(step: &ContinueNode, output: Output) {
    let page = step.page();
    let hints = (0..step.callbacks().len()).filter_map(|it| page.info_text(it));
    let texts = [page.header(), page.description()].into_iter().flatten().chain(hints);
    for text in texts.filter(|it| !it.trim().is_empty()) {
        output.note(text);
    }
}

/// Shows what has to be taken down now: it is not shown again.
fn show_second_factor(step: &Step, output: Output) {
    if let Some(registration) = step.mfa_registration() {
        let uri = registration.uri().expose_secret();
        output.note(&format!("For your authenticator app: {uri}"));
    }
    if let Some(recovery) = step.recovery_codes() {
        output.note("Recovery codes, each good for one sign-in:");
        recovery.codes().iter().for_each(|it| output.note(&format!("  {}", it.expose_secret())));
    }
}

/// Tells whether somebody may wonder why nothing was done about it.
fn is_left(callback: &Callback) -> bool {
    let is_shown = matches!(
        callback,
        Callback::TextOutput(_) | Callback::SuspendedTextOutput(_) | Callback::PollingWait(_)
    );
    let raw = callback.raw();
    !is_shown && !(0..raw.inputs()).any(|it| raw.is_set(it))
}

fn show(callback: &Callback, output: Output) {
    let (kind, message) = match callback {
        Callback::TextOutput(it) => (it.kind(), it.message()),
        Callback::SuspendedTextOutput(it) => (it.kind(), it.message()),
        Callback::PollingWait(it) if it.message().is_empty() => {
            (MessageKind::Information, "Waiting ...")
        }
        Callback::PollingWait(it) => (MessageKind::Information, it.message()),
        _ => return,
    };
    match kind {
        // For browsers; what a person wants of it, `show_second_factor` tells.
        MessageKind::Script => {}
        MessageKind::Error => output.note(&format!("Error: {message}")),
        MessageKind::Warning => output.note(&format!("Warning: {message}")),
        _ => output.note(message),
    }
}

/// Tells Ctrl-C from a terminal that can't be used.
pub(crate) fn asking_failed(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::Interrupted => Failure::interrupted(),
        _ => Failure::local("the terminal can't be used", error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use journey_sdk::{HttpClient, Journey, Node, SecretString};
    use journey_testkit::sim::{Am, Page, Tree};

    use super::*;

    /// A person who answers from a list, and what was asked.
    #[derive(Default)]
    struct Script {
        answers: VecDeque<&'static str>,
        asked: Vec<String>,
    }

    impl Script {
        fn answer(&mut self, question: String) -> io::Result<&'static str> {
            self.asked.push(question);
            self.answers.pop_front().ok_or_else(|| io::ErrorKind::Interrupted.into())
        }
    }

    impl Prompter for Script {
        fn text(&mut self, prompt: &str, default: &str) -> io::Result<SecretString> {
            self.answer(format!("text {prompt} [{default}]")).map(SecretString::from)
        }
        fn secret(&mut self, prompt: &str) -> io::Result<SecretString> {
            self.answer(format!("secret {prompt}")).map(SecretString::from)
        }
        fn choice(&mut self, prompt: &str, all: &[String], at: Option<usize>) -> io::Result<usize> {
            let answer = self.answer(format!("choice {prompt} {} {at:?}", all.join("/")))?;
            answer.parse().map_err(io::Error::other)
        }
        fn yes(&mut self, prompt: &str) -> io::Result<bool> {
            self.answer(format!("yes {prompt}")).map(|it| it == "y")
        }
        fn again(&mut self, prompt: &str) -> io::Result<bool> {
            self.yes(prompt)
        }
    }

    /// Starts a journey with one page, in process.
    async fn first_step(page: Page) -> ContinueNode {
        let am = Am::demo_builder().tree("alpha", Tree::new("Page").page(page)).build();
        let http = HttpClient::builder().build_with(am.service()).expect("a service that answers");
        let journey = Journey::builder("https://am.example.com/am").realm("alpha").http(http);
        let journey = journey.build().expect("settings that fit");
        match journey.start("Page").await {
            Ok(Node::Continue(step)) => step,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn each_question_is_asked_in_its_own_way() {
        let page = Page::credentials()
            .text_input("Color", "blue")
            .choice("Factor", ["Push", "Code"], 1)
            .confirmation("Sure?", ["Yes", "No"], 0)
            .text_output("Hello")
            .hidden_value("device", "");
        let mut step = first_step(page).await;
        let answers = ["demo", "Ch4ng31t", "red", "0", "1"];
        let mut person = Script { answers: answers.into(), ..Script::default() };
        let table = Answers::new();
        let filled = fill(&mut step, &table, Some(&mut person), Output::Text).await.unwrap();
        assert!(filled.asked);
        assert_eq!(
            person.asked,
            [
                "text User Name: []",
                "secret Password:",
                "text Color [blue]",
                "choice Factor Push/Code Some(1)",
                "choice Sure? Yes/No Some(0)",
            ]
        );
        assert!(matches!(&step.callbacks()[3], Callback::Choice(it) if it.chosen() == Some(0)));
    }

    #[tokio::test]
    async fn what_the_table_answers_is_not_asked() {
        let mut step = first_step(Page::credentials()).await;
        let mut person = Script { answers: ["Ch4ng31t"].into(), ..Script::default() };
        let table = Answers::new().name("demo");
        fill(&mut step, &table, Some(&mut person), Output::Text).await.unwrap();
        assert_eq!(person.asked, ["secret Password:"]);
    }

    #[tokio::test]
    async fn ctrl_c_at_a_question_interrupts() {
        let mut step = first_step(Page::credentials()).await;
        let mut person = Script::default();
        let failed = fill(&mut step, &Answers::new(), Some(&mut person), Output::Text).await;
        assert_eq!(failed.unwrap_err().exit(), Exit::Interrupted);
    }

    #[tokio::test]
    async fn without_a_person_the_missing_answer_is_named() {
        let mut step = first_step(Page::credentials()).await;
        let failed = fill(&mut step, &Answers::new().name("demo"), None, Output::Text).await;
        let failure = failed.unwrap_err();
        assert_eq!(failure.exit(), Exit::Unanswered);
        assert_eq!(failure.to_string(), "no answer for PasswordCallback \"Password:\"");
    }

    #[tokio::test]
    async fn the_time_to_wait_is_told() {
        let mut step = first_step(Page::new().polling_wait(1500, 1, "Look at your phone")).await;
        let filled = fill(&mut step, &Answers::new(), None, Output::Text).await.unwrap();
        assert_eq!(filled.wait, Some(Duration::from_millis(1500)));
    }
}
