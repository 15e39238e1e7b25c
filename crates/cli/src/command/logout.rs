//! `journey logout`

use journey_sdk::{SignOutReport, SignOutResult, SignOutStep};
use serde_json::{Map, Value};

use crate::{
    command::{client::Client, revoke::MAY_REMAIN},
    exit::{Exit, Failure, chain},
    output::Output,
};

/// Ends tokens and session, and tells what became of each step.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let report = Client::with_last(async |client| Ok(client.sign_out().await)).await?;
    if nobody_was_there(&report) {
        return Err(Failure::not_signed_in());
    }
    if !report.is_complete() {
        for line in lines(&report) {
            output.note(&line);
        }
        return Err(incomplete(&report));
    }
    output.result(&lines(&report), &object(&report));
    Ok(())
}

/// Tells whether there was nothing to end and nothing that could not be read.
fn nobody_was_there(report: &SignOutReport) -> bool {
    let had_nothing = |(step, result): &(SignOutStep, SignOutResult)| match step {
        SignOutStep::Local => result.is_ok(),
        _ => matches!(result, SignOutResult::Skipped),
    };
    report.steps().iter().all(had_nothing) && !report.may_remain()
}

fn incomplete(report: &SignOutReport) -> Failure {
    match report.result(SignOutStep::Local) {
        Some(SignOutResult::Failed(error)) => {
            Failure::local("the login could not be removed from this machine", error.as_ref())
        }
        _ => Failure::new(
            Exit::Incomplete,
            "logout.unconfirmed",
            "the login is gone here, but the server has not confirmed everything",
        ),
    }
}

/// Returns a line for each step.
pub(crate) fn lines(report: &SignOutReport) -> Vec<String> {
    let mut lines = Vec::new();
    for (step, result) in report.steps() {
        let line = format!("{:20}  {}", name(*step), text(result));
        // Tokens and session are both removed here: said once, unless they differ.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if report.may_remain() {
        lines.push(MAY_REMAIN.to_owned());
    }
    lines
}

fn object(report: &SignOutReport) -> Value {
    let steps: Map<String, Value> = report
        .steps()
        .iter()
        .map(|(step, result)| (name(*step).replace(' ', "_"), text(result).into()))
        .collect();
    serde_json::json!({
        "complete": report.is_complete(),
        "may_remain": report.may_remain(),
        "steps": steps,
    })
}

fn name(step: SignOutStep) -> &'static str {
    match step {
        SignOutStep::RevokeTokens => "tokens revoked",
        SignOutStep::EndSession => "OpenID session ended",
        SignOutStep::SessionLogout => "session ended",
        SignOutStep::Local => "removed here",
        _ => "other",
    }
}

fn text(result: &SignOutResult) -> String {
    match result {
        SignOutResult::Done => "done".to_owned(),
        SignOutResult::AlreadyDone => "was done already".to_owned(),
        SignOutResult::Skipped => "nothing to do".to_owned(),
        SignOutResult::Failed(error) => format!("FAILED: {}", chain(error.as_ref())),
        _ => "unknown".to_owned(),
    }
}
