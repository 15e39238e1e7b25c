//! `--answers`: a JSON object from prompts, ids or callback types to answers.

use std::{fs, io, io::Read, path::Path};

use journey_sdk::{Answers, SecretString};
use serde_json::{Map, Value};

use crate::exit::{Exit, Failure};

/// Reads the answers; `-` is standard input.
pub(crate) fn load(path: &Path) -> Result<Answers, Failure> {
    let text = read(path).map_err(|error| {
        Failure::local(format!("could not read the answers in {}", path.display()), &error)
    })?;
    parse(&text)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return fs::read(path);
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

fn parse(text: &[u8]) -> Result<Answers, Failure> {
    // Its error tells the place and quotes nothing: the target is a `Value`.
    let table: Map<String, Value> = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        unusable(format!("the answers are no JSON object (line {line}, column {column})"))
    })?;
    let mut answers = Answers::new();
    for (key, value) in table {
        let answer: SecretString = match value {
            Value::String(text) => text.into(),
            Value::Number(number) => number.to_string().into(),
            _ => return Err(unusable(format!("the answer for {key:?} is no text or number"))),
        };
        answers = answers
            .prompt(key.clone(), answer.clone())
            .id(key.clone(), answer.clone())
            .of_type(key, answer);
    }
    Ok(answers)
}

fn unusable(message: String) -> Failure {
    Failure::new(Exit::Usage, "usage.answers", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_answers() {
        assert!(parse(br#"{"User Name": "demo", "ChoiceCallback": 1}"#).is_ok());
    }

    #[test]
    fn a_mistake_is_told_without_the_secrets_around_it() {
        for text in [r#"{"PasswordCallback": "hunter2""#, r#"["hunter2"]"#, r#"{"a": ["hunter2"]}"#]
        {
            let failure = parse(text.as_bytes()).unwrap_err();
            assert_eq!(failure.exit(), Exit::Usage);
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
    }
}
