//! A session raised by another journey.

use journey_sdk::{BoxError, Callback, ConfirmationCallback, ExposeSecret as _, PasswordCallback};

use crate::suite::{
    Chapter, World,
    nodes::{asked, refused},
    scenario::scenarios,
    wire::Tamper,
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Raising a session",
    scenarios: scenarios![
        a_session_that_is_good_enough_stays:
            "A session that satisfies the journey already succeeds at once with the same token, and \
             only when it is named as the one to upgrade: a plain cookie is ignored.",
        registering_a_passkey_is_reached_and_its_step_goes_back_unharmed:
            "Passkeys come in an old form, JSON in a text of type 0 and a password field for the answer. \
             It is shown as what it is, and what nobody touches goes back unchanged.",
    ],
};

async fn a_session_that_is_good_enough_stays(world: &World) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    let before = it.user.session().ok_or("no session")?;
    let success = it.journey.start("password").upgrade(&it.user).run(it.person.answers()).await?;
    let after = success.session().ok_or("no session")?;
    assert_eq!(before.value().expose_secret(), after.value().expose_secret());
    let started = it.wire.seen_at("/authenticate");
    let started = started.last().ok_or("nothing was asked")?;
    assert!(started.query.contains("sessionUpgradeSSOTokenId="));
    assert_eq!(started.status, Some(200));
    assert!(it.user.session_is_valid().await?);
    Ok(())
}

async fn registering_a_passkey_is_reached_and_its_step_goes_back_unharmed(
    world: &World,
) -> Result<(), BoxError> {
    let it = world.signed_in("").await?;
    it.wire.on("/authenticate", Tamper::Origin("https://openam.example.org"));
    let mut step = asked(it.journey.start("add-passkey").upgrade(&it.user).await?);
    step.callback_mut::<ConfirmationCallback>().ok_or("no button")?.choose_text("Register")?;
    let step = asked(step.next().await?);
    assert_eq!(step.stage(), Some("WebAuthnRegistration2"));
    let shown = step.callbacks().iter().any(|it| match it {
        Callback::TextOutput(text) => text.message().contains(r#""challenge""#),
        other => other.raw().as_sent().contains("challenge"),
    });
    assert!(shown, "the challenge is not shown: {step:?}");
    assert!(step.callback::<PasswordCallback>().is_some_and(|it| it.prompt() == "Credentials"));
    // Matched by count, order and type, the step is understood; an empty credential is refused.
    let refused = refused(step.next().await?);
    assert_eq!(refused.status(), 401, "{refused:?}");
    assert!(it.user.session_is_valid().await?, "a refused upgrade has cost the session");
    Ok(())
}
