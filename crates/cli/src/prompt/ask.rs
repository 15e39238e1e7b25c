//! One question to a person.

use std::io;

use journey_sdk::{Answers, Callback, InputError};

use crate::{output::Output, prompt::Prompter};

/// Tells whether a person can answer this callback.
pub(super) fn can_ask(callback: &Callback) -> bool {
    match callback {
        // An exit beside something else, such as a wait, is not a question.
        Callback::Confirmation(it) => !it.is_unpressed_exit() && !it.options().is_empty(),
        Callback::Choice(it) => !it.choices().is_empty(),
        Callback::SelectIdP(it) => !it.providers().is_empty(),
        Callback::KbaCreate(it) => !it.questions().is_empty(),
        Callback::Language(it) => it.takes_answer(),
        Callback::BooleanAttributeInput(_)
        | Callback::ConsentMapping(_)
        | Callback::Name(_)
        | Callback::NumberAttributeInput(_)
        | Callback::Password(_)
        | Callback::StringAttributeInput(_)
        | Callback::TermsAndConditions(_)
        | Callback::TextInput(_)
        | Callback::ValidatedCreatePassword(_)
        | Callback::ValidatedCreateUsername(_) => true,
        _ => false,
    }
}

/// Asks until the answer fits.
pub(super) fn ask(
    callback: &mut Callback,
    prompter: &mut dyn Prompter,
    output: Output,
) -> io::Result<()> {
    while let Err(error) = ask_once(callback, prompter, output)? {
        output.note(&error.to_string());
    }
    Ok(())
}

fn ask_once(
    callback: &mut Callback,
    prompter: &mut dyn Prompter,
    output: Output,
) -> io::Result<Result<(), InputError>> {
    let prompt = callback.prompt().unwrap_or_default();
    match callback {
        Callback::Choice(it) => {
            return Ok(it.choose(prompter.choice(&prompt, it.choices(), it.default_choice())?));
        }
        Callback::Confirmation(it) => {
            let default = it.default_option().and_then(|it| it.try_into().ok());
            return Ok(it.choose(prompter.choice(&prompt, it.options(), default)?));
        }
        Callback::SelectIdP(it) => {
            let all = it.providers();
            let shown: Vec<String> = all.iter().map(|it| it.display_name().to_owned()).collect();
            let names: Vec<String> = all.iter().map(|it| it.name().to_owned()).collect();
            return Ok(it.choose(&names[prompter.choice("Sign in with", &shown, None)?]));
        }
        Callback::KbaCreate(it) => {
            let question = it.questions()[prompter.choice(&prompt, it.questions(), None)?].clone();
            if let Err(error) = it.set_question(&question) {
                return Ok(Err(error));
            }
            it.set_answer(prompter.secret(&question)?);
        }
        Callback::Password(it) => it.set_password(prompter.secret(&prompt)?),
        Callback::ValidatedCreatePassword(it) => it.set_password(prompter.secret(&prompt)?),
        Callback::BooleanAttributeInput(it) => it.set_value(prompter.yes(&prompt)?),
        Callback::TermsAndConditions(it) => {
            output.note(it.terms());
            match prompter.yes("Do you accept these terms?")? {
                true => it.accept(),
                false => it.decline(),
            }
        }
        Callback::ConsentMapping(it) => {
            output.note(&format!("{}: {}", it.display_name(), it.fields().join(", ")));
            match prompter.yes(it.message())? {
                true => it.accept(),
                false => it.decline(),
            }
        }
        other => {
            // The table knows how a text becomes a number, a language and so on.
            let answer = prompter.text(&prompt, &default_text(other))?;
            let table = Answers::new().of_type(other.type_name(), answer);
            return Ok(table.fill(other).map(drop));
        }
    }
    Ok(Ok(()))
}

fn default_text(callback: &Callback) -> String {
    match callback {
        Callback::TextInput(it) => it.default_text().to_owned(),
        _ => String::new(),
    }
}
