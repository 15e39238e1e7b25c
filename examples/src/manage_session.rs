//! Signs in, gets, uses, refreshes and revokes tokens, and signs out: what an app does with a session, in the
//! order in which Ping's page "Managing sessions and tokens" does it.

#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;

use journey_sdk::{Callback, ExposeSecret, Journey, Node};

/// Runs the whole story with a user's name and password.
///
/// # Errors
/// Whatever goes wrong on the way, a wrong password among it.
///
/// # Panics
/// When the server does not do what it should.
pub async fn run(
    journey: &Journey,
    name: &str,
    password: &str,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut node = journey.start("Login").await?;
    let success = loop {
        node = match node {
            Node::Continue(mut step) => {
                for callback in step.callbacks_mut() {
                    match callback {
                        Callback::Name(it) => it.set_name(name),
                        Callback::Password(it) => it.set_password(password),
                        other => println!("left as it is: {other:?}"),
                    }
                }
                step.next().await?
            }
            Node::Error(refused) => return Err(refused.into()),
            Node::Success(success) => break success,
        };
    };

    // The session, and the user it belongs to. In a later run: `journey.user().await?`.
    let session = success.session().ok_or("the journey was run without a session")?;
    println!("session of realm {}, success URL {:?}", session.realm(), session.success_url());
    assert!(!session.value().expose_secret().is_empty());
    let user = success.user()?;

    // An access token; what is printed never shows the token itself.
    let token = user.token().await?;
    println!("access token: {token:?}");

    // Who the user is.
    let info = user.user_info().await?;
    println!("hello {}", info.name().unwrap_or("stranger"));
    assert!(info.sub().is_some());

    // New tokens now, not only when the old ones run out.
    let refreshed = user.refresh().await?;
    assert_ne!(refreshed.value().expose_secret(), token.value().expose_secret());

    // Tokens gone, here and at the server; the session stays.
    let revocation = user.revoke().await?;
    assert!(revocation.is_done());
    assert!(user.session_is_valid().await?);

    // Session and tokens gone, here and at the server.
    let report = user.logout().await;
    println!("signed out: {report:?}");
    assert!(report.is_complete());
    assert!(user.session().is_none());
    assert!(journey.user().await?.is_none());
    Ok(())
}
