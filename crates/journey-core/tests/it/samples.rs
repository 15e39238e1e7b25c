//! Walks one sample per callback type: the typed view, the answer, and what survives.

use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use crate::support::{answer, step_of};
use journey_core::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const SENTINEL: &str = "sentinel-of-the-test";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn sample(type_name: &str) -> String {
    fs::read_to_string(folder().join(format!("{type_name}.json"))).unwrap()
}

/// Every sample of the folder, by type.
fn samples() -> BTreeSet<String> {
    let names = fs::read_dir(folder()).unwrap().map(|it| it.unwrap().file_name());
    names.map(|it| it.to_str().unwrap().strip_suffix(".json").unwrap().to_owned()).collect()
}

/// Walks the samples and remembers which.
#[derive(Default)]
struct Table(BTreeSet<String>);

impl Table {
    /// Looks at the sample through its type, answers it, and compares the answer: `inputs` are the values
    /// that went back, in order.
    fn row<T: TypedCallback>(
        &mut self,
        view: impl FnOnce(&T),
        set: impl FnOnce(&mut T),
        inputs: &[Value],
    ) {
        let name = T::type_name();
        let text = sample(name);
        let mut step = step_of(&text);
        let before = answer(&step);
        assert!(before.contains(text.trim()), "{name}: untouched, it goes back as it came");

        let callback = step.callback_mut::<T>().unwrap_or_else(|| panic!("{name} is not typed"));
        view(callback);
        set(callback);
        let shown = format!("{callback:?}");
        assert!(!shown.contains(SENTINEL), "{shown}");

        let after = answer(&step);
        let (_, kept) = text.split_once("\"later\"").unwrap();
        assert!(after.contains(kept.trim()), "{name}: what nobody knows goes back as it came");
        let mut expected: Value = serde_json::from_str(&before).unwrap();
        for (index, value) in inputs.iter().enumerate() {
            expected["callbacks"][0]["input"][index]["value"] = value.clone();
        }
        assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), expected, "{name}");
        self.0.insert(name.to_owned());
    }
}

#[test]
fn every_type_has_a_sample_a_view_and_an_answer() {
    let mut table = Table::default();
    table.row::<AppIntegrityCallback>(
        |it| {
            assert_eq!(it.request_type(), "STANDARD");
            assert_eq!((it.project_number(), it.nonce()), ("4711".to_owned(), "n-1".to_owned()));
        },
        |it| {
            it.set_token(SENTINEL);
            it.set_client_error("none");
        },
        &[json!(SENTINEL), json!("none")],
    );
    table.row::<BooleanAttributeInputCallback>(
        |it| {
            assert_eq!(
                (it.name(), it.prompt()),
                ("preferences/updates".to_owned(), "Send me news")
            );
            assert!(it.is_required() && !it.value() && !it.is_validate_only());
            assert!(it.policies().is_empty() && it.failed_policies().is_empty());
        },
        |it| {
            it.set_value(true);
            it.set_validate_only(true).unwrap();
            assert!(it.value() && it.is_validate_only());
        },
        &[json!(true), json!(true)],
    );
    table.row::<ChoiceCallback>(
        |it| {
            assert_eq!((it.prompt(), it.choices().len()), ("Second factor", 2));
            assert_eq!((it.default_choice(), it.chosen()), (Some(0), Some(0)));
        },
        |it| it.choose_text("Code").unwrap(),
        &[json!(1)],
    );
    table.row::<ConfirmationCallback>(
        |it| {
            assert_eq!(
                (it.kind(), it.options()),
                (ConfirmationKind::Options, &["Exit".to_owned()][..])
            );
            assert!(it.is_unpressed_exit());
        },
        |it| it.choose(0).unwrap(),
        &[json!(0)],
    );
    table.row::<ConsentMappingCallback>(
        |it| {
            assert_eq!(
                (it.name(), it.display_name()),
                ("managedUser_managedLead".to_owned(), "Share with sales")
            );
            assert_eq!(
                (it.access_level(), it.icon()),
                ("Actual Profile".to_owned(), String::new())
            );
            assert!(it.is_required() && !it.is_accepted());
            assert_eq!(
                (it.fields(), it.message()),
                (&["mail".to_owned()][..], "You consent to your data being shared")
            );
        },
        |it| {
            it.accept();
            assert!(it.is_accepted());
        },
        &[json!(true)],
    );
    table.row::<DeviceBindingCallback>(
        |it| {
            assert_eq!(
                (it.user_id(), it.username()),
                ("id=bjensen,ou=user".to_owned(), "bjensen".to_owned())
            );
            assert_eq!(it.authentication(), DeviceAuthentication::ApplicationPin);
            assert_eq!(
                (it.challenge(), it.title()),
                ("Y2hhbGxlbmdl".to_owned(), "Bind this device".to_owned())
            );
            assert_eq!((it.subtitle(), it.description()), (String::new(), String::new()));
            assert_eq!(it.timeout(), Duration::from_secs(60));
            assert!(!it.wants_attestation());
        },
        |it| {
            it.set_jws(SENTINEL);
            it.set_device_name("Phone").unwrap();
            it.set_device_id("d-1").unwrap();
            it.set_client_error("Abort");
        },
        &[json!(SENTINEL), json!("Phone"), json!("d-1"), json!("Abort")],
    );
    table.row::<DeviceProfileCallback>(
        |it| {
            assert_eq!(it.message(), "Collecting ...");
            assert!(it.wants_metadata() && !it.wants_location());
        },
        |it| it.set_profile(&json!({"identifier": SENTINEL})),
        &[json!(format!(r#"{{"identifier":"{SENTINEL}"}}"#))],
    );
    table.row::<DeviceSigningVerifierCallback>(
        |it| {
            assert_eq!((it.user_id(), it.challenge()), (None, "Y2hhbGxlbmdl".to_owned()));
            assert_eq!((it.title(), it.timeout()), ("Sign in".to_owned(), Duration::from_secs(60)));
            assert_eq!((it.subtitle(), it.description()), (String::new(), String::new()));
        },
        |it| {
            it.set_jws(SENTINEL);
            it.set_client_error("");
        },
        &[json!(SENTINEL), json!("")],
    );
    table.row::<HiddenValueCallback>(
        |it| {
            assert_eq!(it.id(), Some("webAuthnOutcome"));
            assert_eq!(it.value().unwrap().expose_secret(), "false");
        },
        |it| it.set_value(SENTINEL),
        &[json!(SENTINEL)],
    );
    table.row::<IdPCallback>(
        |it| {
            assert_eq!((it.provider(), it.client_id()), ("google", "client".to_owned()));
            assert_eq!(it.redirect_uri(), "https://app.example.com/cb");
            assert_eq!((it.scopes(), it.acr_values()), (vec!["openid".to_owned()], vec![]));
            assert_eq!(
                (it.nonce(), it.request(), it.request_uri()),
                (Some("n-1".to_owned()), None, None)
            );
            assert!(!it.accepts_json());
        },
        |it| it.set_token(SENTINEL, IdPTokenKind::IdToken),
        &[json!(SENTINEL), json!("id_token")],
    );
    table.row::<KbaCreateCallback>(
        |it| {
            assert_eq!((it.prompt(), it.questions().len()), ("Security questions", 1));
            assert!(it.allows_own_question());
        },
        |it| {
            it.set_question("Where?").unwrap();
            it.set_answer(SENTINEL);
            assert_eq!(it.question().as_deref(), Some("Where?"));
        },
        &[json!("Where?"), json!(SENTINEL)],
    );
    table.row::<LanguageCallback>(
        |it| assert!(it.takes_answer()),
        |it| it.set_language("de", "CH").unwrap(),
        &[json!("de"), json!("CH")],
    );
    table.row::<MetadataCallback>(
        |it| {
            assert_eq!(
                (it.kind(), it.stage().as_deref()),
                (MetadataKind::Other, Some("UsernamePassword"))
            );
            assert_eq!(it.data(), json!({"stage": "UsernamePassword"}));
        },
        |_| {},
        &[],
    );
    table.row::<NameCallback>(
        |it| assert_eq!((it.prompt(), it.name().as_deref()), ("User Name", Some(""))),
        |it| it.set_name("bjensen"),
        &[json!("bjensen")],
    );
    table.row::<NameValueOutputCallback>(
        |it| {
            let uri = "otpauth://totp/bjensen?secret=ABC";
            assert_eq!(it.entries(), [("text".to_owned(), uri.to_owned())]);
            assert_eq!(it.value("text").as_deref(), Some(uri));
            assert!(!format!("{it:?}").contains("ABC"));
        },
        |_| {},
        &[],
    );
    table.row::<NumberAttributeInputCallback>(
        |it| {
            assert_eq!((it.name(), it.prompt(), it.value()), ("age".to_owned(), "Age", None));
            assert!(!it.is_required());
        },
        |it| {
            it.set_validate_only(true).unwrap();
            it.set_value(30.0).unwrap();
            assert_eq!(it.value(), Some(30.0));
        },
        &[json!(30.0), json!(true)],
    );
    table.row::<PasswordCallback>(
        |it| assert_eq!(it.prompt(), "Password"),
        |it| it.set_password(SENTINEL),
        &[json!(SENTINEL)],
    );
    table.row::<PingOneProtectEvaluationCallback>(
        |it| assert!(it.pauses_behavioral_data()),
        |it| {
            it.set_signals(SENTINEL);
            it.set_client_error("");
        },
        &[json!(SENTINEL), json!("")],
    );
    table.row::<PingOneProtectInitializeCallback>(
        |it| {
            let options = it.options();
            assert_eq!(options.env_id.as_deref(), Some("02fb4743"));
            assert_eq!(options.device_attributes_to_ignore, ["userAgent"]);
            assert_eq!((options.custom_host, options.device_key_resync_days), (None, 14));
            assert!(
                options.behavioral_data_collection && !options.enable_trust && !options.disable_hub
            );
        },
        |it| it.set_client_error("blocked"),
        &[json!("blocked")],
    );
    table.row::<PollingWaitCallback>(
        |it| {
            assert_eq!(
                (it.wait(), it.message()),
                (Duration::from_secs(5), "Waiting for your phone")
            )
        },
        |_| {},
        &[],
    );
    table.row::<ReCaptchaCallback>(
        |it| {
            assert_eq!((it.site_key(), it.div_class()), ("6Lf", "g-recaptcha".to_owned()));
            assert_eq!(it.api_uri(), "https://www.google.com/recaptcha/api.js");
            assert!(!it.is_v3() && it.disables_submission());
        },
        |it| it.set_token(SENTINEL),
        &[json!(SENTINEL)],
    );
    table.row::<ReCaptchaEnterpriseCallback>(
        |it| {
            assert_eq!((it.site_key(), it.div_class()), ("6Lf", "g-recaptcha".to_owned()));
            assert_eq!(it.api_uri(), "https://www.google.com/recaptcha/enterprise.js");
        },
        |it| {
            it.set_token(SENTINEL);
            it.set_action("login").unwrap();
            it.set_client_error("").unwrap();
            it.set_payload(&json!({"userInfo": {}})).unwrap();
        },
        &[json!(SENTINEL), json!("login"), json!(""), json!(r#"{"userInfo":{}}"#)],
    );
    table.row::<RedirectCallback>(
        |it| {
            assert_eq!(
                it.redirect_url(),
                "https://idp.example.com/authorize?client_id=1&state=abc"
            );
            assert_eq!(it.method(), RedirectMethod::Get);
            assert!(it.has_tracking_cookie() && it.data().is_empty());
            assert!(!format!("{it:?}").contains("abc"));
        },
        |_| {},
        &[],
    );
    table.row::<SelectIdPCallback>(
        |it| {
            let names: Vec<_> = it.providers().iter().map(IdentityProvider::name).collect();
            assert_eq!(names, ["google", SelectIdPCallback::LOCAL]);
            assert_eq!(it.providers()[0].display_name(), "Google");
            assert!(it.providers()[1].ui_config().is_empty());
            assert_eq!(it.chosen(), None);
        },
        |it| {
            it.choose("google").unwrap();
            assert!(it.choose("github").is_err());
        },
        &[json!("google")],
    );
    table.row::<StringAttributeInputCallback>(
        |it| {
            assert_eq!(
                (it.name(), it.prompt(), it.value()),
                ("mail".to_owned(), "Email Address", String::new())
            );
            assert_eq!(it.failed_policies()[0].requirement(), Requirement::ValidEmailAddressFormat);
        },
        |it| {
            it.set_value("b@example.com");
            it.set_validate_only(false).unwrap();
        },
        &[json!("b@example.com"), json!(false)],
    );
    table.row::<SuspendedTextOutputCallback>(
        |it| {
            assert_eq!((it.message(), it.kind()), ("We sent you a mail", MessageKind::Information))
        },
        |_| {},
        &[],
    );
    table.row::<TermsAndConditionsCallback>(
        |it| {
            assert_eq!((it.version(), it.terms()), ("1.2", "Be kind."));
            assert_eq!(it.create_date(), "2026-01-31T12:00:00.000Z");
            assert!(!it.is_accepted());
        },
        |it| {
            it.decline();
            it.accept();
        },
        &[json!(true)],
    );
    table.row::<TextInputCallback>(
        |it| assert_eq!((it.prompt(), it.default_text()), ("Nickname", "babs")),
        |it| it.set_text("barb"),
        &[json!("barb")],
    );
    table.row::<TextOutputCallback>(
        |it| assert_eq!((it.message(), it.kind()), ("Check your phone", MessageKind::Information)),
        |_| {},
        &[],
    );
    table.row::<ValidatedCreatePasswordCallback>(
        |it| {
            assert_eq!((it.prompt(), it.is_echo_on()), ("Password", false));
            assert!(it.policies().requires(Requirement::AtLeastXNumbers));
        },
        |it| {
            it.set_password(SENTINEL);
            it.set_validate_only(true).unwrap();
        },
        &[json!(SENTINEL), json!(true)],
    );
    table.row::<ValidatedCreateUsernameCallback>(
        |it| {
            assert_eq!((it.prompt(), it.username().as_deref()), ("Username", Some("")));
            assert_eq!(it.policies().names(), ["REQUIRED", "MIN_LENGTH"]);
            let failed = it.failed_policies();
            assert_eq!(failed[0].message("Username"), "Username must have at least 3 characters");
        },
        |it| {
            it.set_username("bjensen");
            it.set_validate_only(true).unwrap();
        },
        &[json!("bjensen"), json!(true)],
    );

    let built_in: BTreeSet<_> = Callback::BUILT_IN.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(
        built_in,
        samples(),
        "each built-in callback has a sample, and each sample a callback"
    );
    assert_eq!(built_in, table.0, "each built-in callback has a row in this table");
}

#[test]
fn no_output_of_any_type_fails_the_step() {
    let odd = [
        "null",
        "{}",
        "[[]]",
        "-1.5e300",
        "true",
        "\"\\u0000\"",
        "[null,{},7]",
        "99999999999999999999999",
    ];
    for name in samples() {
        let sample: Value = serde_json::from_str(&sample(&name)).unwrap();
        let outputs = sample["output"].as_array().map_or(0, Vec::len);
        for (index, value) in (0..outputs).flat_map(|it| odd.map(|odd| (it, odd))) {
            let mut odd_one = sample.clone();
            odd_one["output"][index]["value"] = json!("@");
            let text = odd_one.to_string().replacen("\"@\"", value, 1);
            let step = step_of(&text);
            assert_eq!(
                (step.callbacks().len(), step.callbacks()[0].type_name()),
                (1, name.as_str())
            );
            assert!(answer(&step).contains(&text));
            let _ = format!("{:?} {:?}", step, step.callbacks()[0].prompt());
        }
        let mut bare = sample.clone();
        bare["output"] = json!(null);
        assert!(answer(&step_of(&bare.to_string())).contains(&bare.to_string()));
    }
}

#[test]
fn a_type_that_lacks_its_inputs_stays_unknown_and_goes_back() {
    for name in samples() {
        let mut sample: Value = serde_json::from_str(&sample(&name)).unwrap();
        let asks = sample["input"].as_array().is_some_and(|it| !it.is_empty());
        sample["input"] = json!([]);
        let step = step_of(&sample.to_string());
        let unknown = matches!(step.callbacks()[0], Callback::Unknown(_));
        assert_eq!(unknown, asks && name != "LanguageCallback", "{name}");
        assert!(answer(&step).contains(&sample.to_string()));
    }
}
