//! `docs/compatibility.md`: what was tried, and what came of it.

use std::{fmt::Write as _, fs, path::Path};

use crate::{
    problem::{Doing as _, Problem},
    road::Summary,
    server::{OPENAM_VERSION, TOMCAT_VERSION},
    suite::{CHAPTERS, Outcome, Scenario},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility.md");

/// Writes the page. The same results give the same text, whenever and wherever they were had.
pub(crate) fn write(outcomes: &[Outcome], road: &Summary) -> Result<(), Problem> {
    fs::write(Path::new(FILE), text(outcomes, road).doing("could not write the report")?)
        .doing("could not write docs/compatibility.md")
}

fn text(outcomes: &[Outcome], road: &Summary) -> Result<String, std::fmt::Error> {
    let mut page = String::new();
    let passed = outcomes.iter().filter(|it| it.failure.is_none()).count();
    writeln!(page, "# Compatibility\n")?;
    writeln!(
        page,
        "Written by `cargo xtask interop openam`; change the scenarios, not this page.\n"
    )?;
    writeln!(page, "| server | version | runs in | scenarios | passed |")?;
    writeln!(page, "|---|---|---|---|---|")?;
    writeln!(
        page,
        "| OpenAM (Open Identity Platform) | {OPENAM_VERSION} | Tomcat {TOMCAT_VERSION}, embedded \
         directory | {} | {passed} |\n",
        outcomes.len()
    )?;
    writeln!(
        page,
        "Each line is a fact that was seen on this server and shaped the client, with the scenario in \
         `crates/interop/src/suite` that guards it through the public interface. Realms are the root \
         realm and `/alpha`; the connection is HTTPS with a test authority."
    )?;
    for chapter in CHAPTERS {
        table(&mut page, chapter.title, chapter.scenarios.iter(), outcomes)?;
    }
    table(&mut page, "Restart", [&crate::suite::RESTART].into_iter(), outcomes)?;
    hostile_road(&mut page, road)?;
    Ok(page)
}

fn table<'a>(
    page: &mut String,
    title: &str,
    scenarios: impl Iterator<Item = &'a Scenario>,
    outcomes: &[Outcome],
) -> std::fmt::Result {
    writeln!(
        page,
        "\n## {title}\n\n| what the server does | guarded by | result |\n|---|---|---|"
    )?;
    for scenario in scenarios {
        let outcome = outcomes.iter().find(|it| it.scenario.name == scenario.name);
        let result = match outcome {
            None => "not tried",
            Some(it) if it.failure.is_none() => "passed",
            Some(_) => "**failed**",
        };
        let fact = scenario.fact.replace('|', "\\|");
        writeln!(page, "| {fact} | `{}` | {result} |", scenario.name)?;
    }
    Ok(())
}

fn hostile_road(page: &mut String, road: &Summary) -> std::fmt::Result {
    writeln!(page, "\n## On a hostile road\n")?;
    writeln!(
        page,
        "A proxy between client and server hurts a quarter of all requests, by a seed: it delays them, \
         cuts the connection before or after the server has acted, sends them twice, or answers 503. \
         Each story signs in, gets tokens, refreshes, asks for userinfo and signs out; what the SDK \
         says can be tried again is tried four times.\n\n\
         - A failure is one that can be tried again, and a refusal one that says to start again.\n\
         - No credential that has reached the client and that the server still honors is thrown away.\n\
         - None that has reached it is alive after a sign-out that reported success.\n"
    )?;
    writeln!(page, "| stories | signed in | with tokens | broke a rule |\n|---|---|---|---|")?;
    writeln!(
        page,
        "| {} | {} | {} | {} |",
        road.stories,
        road.signed_in,
        road.with_tokens,
        road.broken.len()
    )
}
