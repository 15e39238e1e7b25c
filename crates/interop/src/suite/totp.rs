//! One-time codes of an authenticator app.

use journey_sdk::{
    BoxError, ConfirmationCallback, ContinueNode, Journey, MessageKind, NameCallback, Node,
    TextOutputCallback,
};

use crate::suite::{
    Chapter, Person, World,
    nodes::{asked, fill_in, refused, succeeded},
    otp::{self, Authenticator},
    scenario::scenarios,
    wire::Wire,
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "One-time codes",
    scenarios: scenarios![
        an_app_is_enrolled_and_its_codes_sign_in (Waiting):
            "Enrolment shows a script of type 4 with an `otpauth://` URI in it, whose secret ends in \
             `======`; codes made from it sign in, then and later, one in each period.",
        wrong_codes_are_counted_to_the_end:
            "Three tries, told in the headline (`Attempt 2 of 3`), and then 401.",
    ],
};

async fn an_app_is_enrolled_and_its_codes_sign_in(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let app = enroll(&journey, &person).await?;
    otp::next_period().await;

    let mut step = after_the_password(&journey, &person).await?;
    enter(&mut step, &app.code())?;
    let user = succeeded(step.next().await?).user()?;
    assert_eq!(user.session_info().await?.username(), Some(person.name.as_str()));
    Ok(())
}

async fn wrong_codes_are_counted_to_the_end(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    enroll(&journey, &person).await?;
    let mut step = after_the_password(&journey, &person).await?;
    for attempt in ["Attempt 2 of 3", "Attempt 3 of 3"] {
        enter(&mut step, "000000")?;
        step = asked(step.next().await?);
        let header = step.header().unwrap_or_default();
        assert!(header.ends_with(attempt), "{header}");
    }
    enter(&mut step, "000000")?;
    assert_eq!(refused(step.next().await?).status(), 401);
    Ok(())
}

/// Signs in with the password and registers an app on the way.
async fn enroll(journey: &Journey, person: &Person) -> Result<Authenticator, BoxError> {
    let mut step = after_the_password(journey, person).await?;
    step.callback_mut::<ConfirmationCallback>()
        .expect("a button")
        .choose_text("Register device")?;
    let mut step = asked(step.next().await?);
    let app = step.callbacks().iter().find_map(|it| match it.raw().type_name() {
        "TextOutputCallback" => Authenticator::scan(&it.raw().output_text("message")?),
        _ => None,
    });
    let app = app.expect("a URI to scan");
    let first = step.callback::<TextOutputCallback>().expect("a text");
    assert_eq!(first.kind(), MessageKind::Information);
    let button = step.callback_mut::<ConfirmationCallback>().expect("a button");
    button.choose_text("Login using verification code")?;
    let mut step = asked(step.next().await?);
    enter(&mut step, &app.code())?;
    match step.next().await? {
        Node::Success(_) => Ok(app),
        other => panic!("the first code was not taken: {other:?}"),
    }
}

async fn after_the_password(journey: &Journey, person: &Person) -> Result<ContinueNode, BoxError> {
    let mut step = asked(journey.start("totp").await?);
    fill_in(&mut step, person);
    Ok(asked(step.next().await?))
}

fn enter(step: &mut ContinueNode, code: &str) -> Result<(), BoxError> {
    step.callback_mut::<NameCallback>().expect("a field for the code").set_name(code);
    step.callback_mut::<ConfirmationCallback>().expect("a button").choose_text("Submit")?;
    Ok(())
}
