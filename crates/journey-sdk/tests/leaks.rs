//! No secret is shown, whatever happens: the whole story and its failures, at TRACE.

#![cfg(feature = "oidc")]

use std::{
    error::Error as StdError,
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use journey_sdk::{
    Answers, Callback, ExposeSecret, HttpClient, Journey, Node, OidcClient, PasswordCallback,
    Resume, transport::Body,
};
use journey_testkit::{
    leaks::{Capture, Leaks},
    sim::{Am, Fault},
};
use tower::ServiceExt;

const USER: &str = "demo";
const PASSWORD: &str = "Ch4ng31t";

/// Every secret that goes over the wire, read from the answers themselves.
#[derive(Debug, Clone, Default)]
struct OnTheWire(Arc<Mutex<Vec<(&'static str, String)>>>);

impl OnTheWire {
    fn note(&self, location: &str, body: &str) {
        let mut seen = self.0.lock().expect("nobody panics while holding this");
        let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        for name in ["authId", "tokenId", "access_token", "refresh_token", "id_token"] {
            if let Some(value) = json.get(name).and_then(|it| it.as_str()) {
                seen.push((name, value.to_owned()));
            }
        }
        if let Some((_, code)) = location.split_once("code=") {
            seen.push(("code", code.split('&').next().unwrap_or_default().to_owned()));
        }
    }

    fn last(&self, name: &str) -> String {
        let seen = self.0.lock().expect("nobody panics while holding this");
        seen.iter().rfind(|(it, _)| *it == name).expect("it went over the wire").1.clone()
    }

    fn has(&self, name: &str) -> bool {
        self.0.lock().is_ok_and(|it| it.iter().any(|(it, _)| *it == name))
    }
}

/// A journey whose answers are read on their way.
fn journey(am: &Am, wire: &OnTheWire) -> Journey {
    let (am, wire) = (am.clone(), wire.clone());
    let service = tower::service_fn(move |request: Request<Body>| {
        let (service, wire) = (am.service(), wire.clone());
        async move {
            let response = service.oneshot(request).await.map_err(Box::new)?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("the body is whole").to_bytes();
            let location = parts.headers.get("location").and_then(|it| it.to_str().ok());
            wire.note(location.unwrap_or_default(), &String::from_utf8_lossy(&body));
            Ok::<_, Box<dyn StdError + Send + Sync>>(Response::from_parts(parts, Full::new(body)))
        }
    });
    let http = HttpClient::builder().build_with(service).expect("the settings fit");
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    Journey::builder("https://am.example.com/am")
        .realm("alpha")
        .http(http)
        .oidc(oidc)
        .build()
        .expect("the settings fit")
}

#[tokio::test]
async fn no_secret_is_shown_in_the_whole_story_and_its_failures() {
    let capture = Capture::start();
    let (am, wire) = (Am::demo(), OnTheWire::default());
    let journey = journey(&am, &wire);
    let mut leaks = Leaks::new();

    let wrong = Answers::new().name(USER).password("wr0ng-Passw0rd");
    let refused = journey.start("Login").run(wrong).await.unwrap_err();
    leaks.saw_error("a wrong password", &refused);

    let Node::Continue(mut step) = journey.start("Login").await.unwrap() else { panic!() };
    for callback in step.callbacks_mut() {
        match callback {
            Callback::Name(it) => it.set_name(USER),
            Callback::Password(it) => it.set_password(PASSWORD),
            _ => {}
        }
    }
    leaks.saw("a filled step", &step);
    am.fail_next("/authenticate", Fault::DropBefore);
    let failure = step.next().await.unwrap_err();
    leaks.saw_error("a lost connection", &failure);
    let Node::Success(success) = failure.into_step().unwrap().next().await.unwrap() else {
        panic!()
    };
    leaks.saw("a success", &success);
    let user = success.user().unwrap();
    let first = user.token().await.unwrap();
    leaks.saw("a token", &first);
    leaks.saw("user info", &user.user_info().await.unwrap());
    let second = user.refresh().await.unwrap();
    leaks.saw("a refreshed token", &second);

    // The server quotes what it was sent (seen on OpenAM 16 when a token is another client's).
    let quoted = |token: &str| serde_json::json!({"error": "server_error", "error_description": format!("bad: {token}")});
    for (path, token) in [
        ("/access_token", am.live_refresh_tokens().remove(0)),
        ("/userinfo", second.value().expose_secret().to_owned()),
        ("/token/revoke", am.live_refresh_tokens().remove(0)),
    ] {
        for _ in 0..4 {
            am.fail_next(path, Fault::Json(400, quoted(&token)));
        }
    }
    leaks.saw_error("a refused refresh", &user.refresh().await.unwrap_err());
    leaks.saw_error("refused user info", &user.user_info().await.unwrap_err());
    leaks.saw("a refused revocation", &user.revoke().await);
    am.clear_faults();
    user.token().await.unwrap();
    for path in ["/token/revoke", "/endSession", "/sessions"] {
        for _ in 0..4 {
            am.fail_next(path, Fault::Html);
        }
    }
    let mut report = user.logout().await;
    leaks.saw("a failed sign-out", &report);
    am.clear_faults();
    leaks.saw("its second try", &report.take_pending().unwrap().retry().await);
    leaks.saw("what is left", &(&user, &journey));
    leaks.saw_trace(&capture);

    for name in ["authId", "tokenId", "access_token", "refresh_token", "id_token", "code"] {
        assert!(wire.has(name), "{name} went over the wire");
    }
    leaks.secret("password", PASSWORD);
    leaks.secret("wrong password", "wr0ng-Passw0rd");
    for (name, value) in wire.0.lock().unwrap().iter() {
        leaks.secret(*name, value);
    }
    leaks.assert_none();

    // The search finds what is there.
    leaks.assert_finds_planted(&capture);
}

#[tokio::test]
async fn a_refusal_that_quotes_what_was_sent_is_not_shown() {
    let (am, wire) = (Am::demo(), OnTheWire::default());
    let journey = journey(&am, &wire);
    let mut leaks = Leaks::new();
    let quoting = |code: u16, quoted: &str| {
        let message = format!("cannot take {quoted} now");
        Fault::Json(code, serde_json::json!({"code": code, "reason": quoted, "message": message}))
    };

    // A gateway that repeats what it did not let through, as a refusal and as a failure.
    for code in [401, 500] {
        for name in ["password", "authId"] {
            let Node::Continue(mut step) = journey.start("Login").await.unwrap() else { panic!() };
            step.callback_mut::<PasswordCallback>().unwrap().set_password(PASSWORD);
            let secret = if name == "authId" { wire.last(name) } else { PASSWORD.to_owned() };
            // Texts of a server are cut, so that the whole of it would not be seen.
            leaks.secret(format!("{name} beside {code}"), &secret[..secret.len().min(100)]);
            am.fail_next("/authenticate", quoting(code, &secret));
            match step.next().await {
                Ok(Node::Error(refused)) if code == 401 => {
                    leaks.saw_error("a refusal", &refused);
                    assert!(refused.message().contains(&secret), "the program gets it");
                }
                Err(failure) if code == 500 => {
                    leaks.saw_error("a failure", &failure);
                    leaks.saw("its step", &failure.into_step());
                }
                other => panic!("{other:?}"),
            }
        }
    }
    for code in [401, 500] {
        am.fail_next("/authenticate", quoting(code, PASSWORD));
        let told = journey.start("Login").credentials(USER, PASSWORD).await;
        leaks.saw(&format!("a first answer with {code}"), &told);
    }

    let brought = |query: &str| {
        let uri = format!("https://app.example.com/back?{query}");
        Resume::from_uri(&uri, ["https://app.example.com"]).unwrap()
    };
    leaks.secret("link", "sent-by-mail-1");
    leaks.secret("code of a provider", "from-elsewhere-1");
    for code in [401, 500] {
        am.fail_next("/authenticate", quoting(code, "sent-by-mail-1"));
        leaks.saw(
            &format!("a link with {code}"),
            &journey.resume(brought("suspendedId=sent-by-mail-1")).await,
        );
        let Node::Continue(step) = journey.start("Login").await.unwrap() else { panic!() };
        am.fail_next("/authenticate", quoting(code, "from-elsewhere-1"));
        let told = step.resume(&brought("code=from-elsewhere-1&state=s-1")).await;
        leaks.saw(&format!("what a provider brought with {code}"), &told);
    }

    let answers = Answers::new().name(USER).password(PASSWORD);
    let user = journey.start("Login").run(answers).await.unwrap().user().unwrap();
    let session = user.session().unwrap().value().expose_secret().to_owned();
    leaks.secret("session", &session);
    am.fail_each("/sessions", quoting(500, &session));
    leaks.saw_error("a question", &user.session_info().await.unwrap_err());
    leaks.saw_error("to keep it alive", &user.keep_alive().await.unwrap_err());
    leaks.saw("a sign-out", &user.logout().await);
    leaks.assert_none();
}
