//! Pages with more than a name and a password.

use journey_sdk::{
    BoxError, Callback, ChoiceCallback, ConfirmationCallback, HiddenValueCallback, MessageKind,
    Node, TextOutputCallback,
};

use crate::suite::{
    Chapter, World,
    nodes::{asked, fill_in, refused, succeeded},
    scenario::scenarios,
    wire::Wire,
};

pub(super) const CHAPTER: Chapter = Chapter {
    title: "Forms",
    scenarios: scenarios![
        a_menu_leads_to_the_chosen_module:
            "An authentication level gives a menu, a `ChoiceCallback`; what is chosen goes on in the \
             same journey.",
        a_client_script_gets_its_answer:
            "A client-side script comes as a text of type 4 beside a hidden value that takes its result.",
        errors_of_a_form_are_read_beside_its_fields:
            "Self-registration says what is wrong with a field in `infoText`, one text for each \
             callback, and asks again; filled in, it ends with the new user signed in.",
        inputs_left_alone_go_back_as_they_came:
            "Callbacks are matched by count, order and type, so all go back, touched or not.",
        an_answer_of_digits_goes_as_a_text:
            "A number where the server wants a text is 500, so a password of digits goes as a text.",
    ],
};

async fn a_menu_leads_to_the_chosen_module(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let start = journey.start_default().query("authIndexType", "level");
    let mut step = asked(start.query("authIndexValue", "0").await?);
    let menu = step.callback_mut::<ChoiceCallback>().expect("a menu");
    assert!(menu.choices().iter().any(|it| it == "Totp"));
    menu.choose_text("DataStore")?;
    let mut step = asked(step.next().await?);
    fill_in(&mut step, &person);
    succeeded(step.next().await?).user()?;
    Ok(())
}

async fn a_client_script_gets_its_answer(world: &World) -> Result<(), BoxError> {
    let person = world.person().await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let mut step = asked(journey.start("script").await?);
    fill_in(&mut step, &person);
    let mut step = asked(step.next().await?);
    let script = step.callback::<TextOutputCallback>().expect("a script");
    assert_eq!(script.kind(), MessageKind::Script);
    assert!(script.message().contains("clientScriptOutputData"));
    let hidden = step.callback_mut::<HiddenValueCallback>().expect("a place for its result");
    hidden.set_value("x");
    // The server's own example of a script lets users in from 9 to 17 o'clock only. A step that it did
    // not understand would be 400.
    match step.next().await? {
        Node::Success(success) => success.user().map(drop)?,
        Node::Error(refused) => assert_eq!(refused.status(), 401, "{refused:?}"),
        Node::Continue(step) => panic!("asked again: {step:?}"),
    }
    Ok(())
}

async fn errors_of_a_form_are_read_beside_its_fields(world: &World) -> Result<(), BoxError> {
    let name = world.fresh_name("joined");
    let journey = world.journey("", &Wire::new())?.build()?;
    let mut step = asked(journey.start("join").await?);
    step.callback_mut::<ConfirmationCallback>().expect("a button").choose_text("New User")?;
    let step = asked(step.next().await?);
    assert_eq!(step.page().info_text(0), None);

    let mut step = asked(step.next().await?);
    assert_eq!(step.page().info_text(0), Some("You must provide a username"));
    assert_eq!(step.page().info_text(1), None);
    for callback in step.callbacks_mut() {
        match callback {
            Callback::Name(field) if field.prompt() == "User Name:" => field.set_name(&name),
            Callback::Name(field) if field.prompt() == "Email Address:" => {
                field.set_name("ann@example.org");
            }
            Callback::Name(field) => field.set_name("Ann"),
            Callback::Password(field) => field.set_password("Passw0rd3"),
            Callback::Confirmation(_) => {}
            other => panic!("nobody expected {other:?}"),
        }
    }
    let mut step = asked(step.next().await?);
    step.callback_mut::<ConfirmationCallback>().expect("a button").choose_text("Agree")?;
    let user = succeeded(step.next().await?).user()?;
    assert_eq!(user.session_info().await?.username(), Some(name.as_str()));
    Ok(())
}

async fn inputs_left_alone_go_back_as_they_came(world: &World) -> Result<(), BoxError> {
    let journey = world.journey("", &Wire::new())?.build()?;
    let step = asked(journey.start("password").await?);
    // A dropped or reordered callback would be 400; empty ones are a wrong password.
    assert_eq!(refused(step.next().await?).status(), 401);
    Ok(())
}

async fn an_answer_of_digits_goes_as_a_text(world: &World) -> Result<(), BoxError> {
    let person = world.person_with("2026112500").await?;
    let journey = world.journey("", &Wire::new())?.build()?;
    let mut step = asked(journey.start("password").await?);
    fill_in(&mut step, &person);
    succeeded(step.next().await?).user()?;
    Ok(())
}
