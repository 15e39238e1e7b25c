//! The story: sign in, use tokens, sign out. The same calls in the same order as the first example.

use journey_sdk::{
    Callback, ContinueNode, HttpClient, Journey, Node, OidcClient, SuccessNode, User,
};
use journey_testkit::sim::Am;

use crate::{
    command::sign_out_lines,
    demo::transcript::{Finding, Transcript},
    exit::{Exit, Failure, chain},
};

const USER: &str = "demo";
const PASSWORD: &str = "Ch4ng31t";

/// Walks through the story and tells each step.
pub(super) async fn tell(am: &Am, url: &str, transcript: &mut Transcript) -> Result<(), Failure> {
    let journey = journey(url, transcript)?;
    let step = start(&journey, transcript).await?;
    wrong_password(step, transcript).await?;
    let step = start(&journey, transcript).await?;
    let success = right_password(step, transcript).await?;
    session(&success, transcript);
    let user = found_again(&journey, transcript).await?;
    tokens(&user, transcript).await?;
    user_info(&user, transcript).await?;
    refresh(&user, transcript).await?;
    revoke(&user, transcript).await?;
    logout(am, &journey, &user, transcript).await?;
    journey.drain().await;
    Ok(())
}

fn journey(url: &str, transcript: &Transcript) -> Result<Journey, Failure> {
    let http = HttpClient::builder().allow_http_to_loopback().layer(transcript.wire()).build();
    let http = http.map_err(|error| Failure::new(Exit::Usage, error.code(), chain(&error)))?;
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    Ok(Journey::builder(url).realm("alpha").http(http).oidc(oidc).build()?)
}

async fn start(journey: &Journey, transcript: &mut Transcript) -> Result<ContinueNode, Failure> {
    let node = journey.start("Login").await?;
    let Node::Continue(step) = node else {
        return Err(unexpected("the journey asks nothing"));
    };
    let prompts = step.callbacks().iter().filter_map(Callback::prompt);
    let prompts: Vec<String> =
        prompts.map(|it| format!("{:?}", it.trim_end_matches(':'))).collect();
    let is_login = matches!(step.callbacks(), [Callback::Name(_), Callback::Password(_)]);
    let finding =
        Finding::new(is_login, format!("a ContinueNode that asks {}", prompts.join(" and ")));
    transcript.tell("journey.start(\"Login\")", vec![finding]);
    Ok(step)
}

async fn wrong_password(
    mut step: ContinueNode,
    transcript: &mut Transcript,
) -> Result<(), Failure> {
    answer(&mut step, "not the password");
    let finding = match step.next().await? {
        Node::Error(refused) => Finding::new(
            refused.code() == 401,
            format!("an ErrorNode: {} {}", refused.code(), refused.message()),
        ),
        _ => Finding::new(false, "a wrong password is not refused"),
    };
    transcript.tell("step.next(), with a wrong password", vec![finding]);
    Ok(())
}

async fn right_password(
    mut step: ContinueNode,
    transcript: &mut Transcript,
) -> Result<SuccessNode, Failure> {
    answer(&mut step, PASSWORD);
    let node = step.next().await?;
    let Node::Success(success) = node else {
        return Err(unexpected("the right password is not enough"));
    };
    let findings = vec![
        Finding::new(true, "a SuccessNode"),
        Finding::new(success.stored().is_ok(), "the session is stored"),
    ];
    transcript.tell("step.next(), with the right password", findings);
    Ok(success)
}

fn session(success: &SuccessNode, transcript: &mut Transcript) {
    let finding = match success.session() {
        None => Finding::new(false, "no session"),
        Some(session) => Finding::new(
            session.realm().to_string() == "/alpha",
            format!(
                "value ..., realm {}, success URL {}",
                session.realm(),
                session.success_url().unwrap_or("none"),
            ),
        ),
    };
    transcript.tell("success.session()", vec![finding]);
}

async fn found_again(journey: &Journey, transcript: &mut Transcript) -> Result<User, Failure> {
    let user = journey.user().await?.ok_or_else(|| unexpected("the login is not in the store"))?;
    let finding = Finding::new(user.session().is_some(), "the user who has signed in");
    transcript.tell("journey.user()", vec![finding]);
    Ok(user)
}

async fn tokens(user: &User, transcript: &mut Transcript) -> Result<(), Failure> {
    let token = user.token().await?;
    let text = format!("{} ..., scopes {}", token.token_type(), token.scopes().join(" "));
    let findings = vec![
        Finding::new(token.expires_at().is_some(), text),
        Finding::new(token.id_claims().contains_key("sub"), "an id_token that is verified"),
    ];
    transcript.tell("user.token()", findings);
    let same = user.token().await?;
    let finding = Finding::new(is_same(&token, &same), "the same token, and nothing is sent");
    transcript.tell("user.token() again", vec![finding]);
    Ok(())
}

async fn user_info(user: &User, transcript: &mut Transcript) -> Result<(), Failure> {
    let info = user.user_info().await?;
    let name = info.name().unwrap_or("stranger");
    let finding = Finding::new(name == "Demo User", format!("hello {name}"));
    transcript.tell("user.user_info()", vec![finding]);
    Ok(())
}

async fn refresh(user: &User, transcript: &mut Transcript) -> Result<(), Failure> {
    let old = user.token().await?;
    let new = user.refresh().await?;
    let finding = Finding::new(!is_same(&old, &new), "a new token");
    transcript.tell("user.refresh()", vec![finding]);
    Ok(())
}

async fn revoke(user: &User, transcript: &mut Transcript) -> Result<(), Failure> {
    let revocation = user.revoke().await?;
    let ended = Finding::new(revocation.is_done(), "the tokens are ended, here and at the server");
    transcript.tell("user.revoke()", vec![ended]);
    let valid = user.session_is_valid().await?;
    transcript.tell(
        "user.session_is_valid()",
        vec![Finding::new(valid, "the session is not touched by that")],
    );
    let token = user.token().await?;
    let finding = Finding::new(token.is_durable(), "the session is good for new tokens");
    transcript.tell("user.token() after that", vec![finding]);
    Ok(())
}

async fn logout(
    am: &Am,
    journey: &Journey,
    user: &User,
    transcript: &mut Transcript,
) -> Result<(), Failure> {
    let report = user.logout().await;
    let left =
        am.live_sessions().len() + am.live_access_tokens().len() + am.live_refresh_tokens().len();
    let told = sign_out_lines(&report).into_iter();
    let mut findings: Vec<Finding> =
        told.map(|it| Finding::new(report.is_complete(), it)).collect();
    findings.extend([
        Finding::new(left == 0, "the server honors no session and no token any more"),
        Finding::new(journey.user().await?.is_none(), "nobody is signed in here"),
    ]);
    transcript.tell("user.logout()", findings);
    Ok(())
}

fn answer(step: &mut ContinueNode, secret: &str) {
    for callback in step.callbacks_mut() {
        match callback {
            Callback::Name(it) => it.set_name(USER),
            Callback::Password(it) => it.set_password(secret),
            _ => {}
        }
    }
}

fn is_same(one: &journey_sdk::AccessToken, other: &journey_sdk::AccessToken) -> bool {
    use journey_sdk::ExposeSecret;
    one.value().expose_secret() == other.value().expose_secret()
}

fn unexpected(what: &str) -> Failure {
    Failure::new(Exit::Refused, "demo.wrong", what)
}
