//! `journey demo`: a whole login against the simulated server, told step by step.

mod mask;
mod story;
mod transcript;
mod wire;

use journey_testkit::sim::Am;

use crate::{
    demo::transcript::Transcript,
    exit::{Exit, Failure},
    output::Output,
};

/// Runs the demo; it fails if one result is not as it should be.
pub(crate) async fn run(output: Output) -> Result<(), Failure> {
    let transcript = play(&Am::demo(), output).await?;
    output.result(&[transcript.last_line()], &transcript.object());
    match transcript.wrong() {
        0 => Ok(()),
        wrong => {
            let message = format!("{wrong} results are not as they should be");
            Err(Failure::new(Exit::Refused, "demo.wrong", message))
        }
    }
}

/// Serves the simulated server on loopback and walks through the story.
async fn play(am: &Am, output: Output) -> Result<Transcript, Failure> {
    let serving = am.serve().await;
    let serving =
        serving.map_err(|error| Failure::local("could not listen on 127.0.0.1", &error))?;
    let mut transcript = Transcript::new(output);
    story::tell(am, &serving.url(), &mut transcript).await?;
    transcript.compare(&am.requests());
    Ok(transcript)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_transcript_names_every_request_that_the_server_has_seen() {
        let am = Am::demo();
        let transcript = play(&am, Output::Json).await.unwrap();
        let told: Vec<String> =
            transcript.lines().into_iter().filter(|it| it.starts_with("   -> ")).collect();
        let seen: Vec<String> =
            am.requests().iter().map(|it| format!("   -> {} {}", it.method(), it.path())).collect();
        assert_eq!(told.len(), seen.len(), "{told:#?} {seen:#?}");
        for (told, seen) in told.iter().zip(&seen) {
            assert!(told.starts_with(seen.as_str()), "{told} is not {seen}");
        }
        assert_eq!(transcript.wrong(), 0, "{:#?}", transcript.lines());
        am.assert_every_request_named_its_version();
    }

    #[tokio::test]
    async fn a_request_that_is_not_told_is_noticed() {
        let am = Am::demo();
        let mut transcript = play(&am, Output::Json).await.unwrap();
        let mut seen = am.requests();
        seen.pop();
        transcript.compare(&seen);
        assert_eq!(transcript.wrong(), 1);
    }

    #[tokio::test]
    async fn no_secret_is_told() {
        let am = Am::demo();
        let transcript = play(&am, Output::Json).await.unwrap();
        let text = format!("{:?} {}", transcript.lines(), transcript.object());
        assert!(text.contains("access_token: ..."), "{text}");
        assert!(!text.contains("Ch4ng31t"), "{text}");
        for token in am.tokens_issued() {
            assert!(!text.contains(&token), "{token} in {text}");
        }
    }
}
