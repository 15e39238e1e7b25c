//! The server that was recorded, built again in the simulator.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use journey_testkit::sim::{Am, IdTokenAlg, OAuthClient, Page, Profile, Tree, User};

use crate::names::Names;

const REDIRECT_URI: &str = "com.example.app:/callback";

/// What the menu of modules offers.
const MODULES: &[&str] =
    &["Totp", "Script", "OATH", "HOTP", "LDAP", "Federation", "SAE", "DataStore", "Join"];

pub(crate) fn built(names: &Names, clock: Arc<dyn Fn() -> SystemTime + Send + Sync>) -> Am {
    let user = User::new(names.user, names.password)
        .name(names.name)
        .given_name(names.given_name)
        .family_name(names.family_name);
    let other = User::new(names.other_user, names.other_password);
    let [app, asking, server] = names.clients;
    let registered = |client: OAuthClient| {
        client
            .redirect_uri(REDIRECT_URI)
            .redirect_uri("http://127.0.0.1/cb")
            .post_logout_redirect_uri("com.example.app:/signedout")
    };
    let confidential =
        OAuthClient::confidential(server, names.secret).id_token_alg(IdTokenAlg::Hs256);
    let builder = Am::builder()
        .profile(Profile::OpenAm16)
        .cookie_name(names.cookie)
        .clock(clock)
        .lifetimes(|it| it.access_token = Duration::from_secs(60));
    ["root", names.realm]
        .into_iter()
        .fold(builder, |builder, realm| {
            let builder = MODULES.iter().fold(builder, |builder, name| {
                let page = Page::credentials().module(*name).stage("DataStore1");
                builder.module(realm, *name, page)
            });
            chains(names)
                .into_iter()
                .fold(builder, |builder, chain| builder.tree(realm, chain))
                .user(realm, user.clone())
                .user(realm, other.clone())
                .client(realm, registered(OAuthClient::public(app)))
                .client(realm, registered(OAuthClient::public(asking)).consent_required())
                .client(realm, registered(confidential.clone()))
        })
        .build()
}

fn chains(names: &Names) -> Vec<Tree> {
    let [password, totp, script] = names.chains;
    let collector = Page::new()
        .module("Script")
        .stage("Scripted2")
        .hidden_value("clientScriptOutputData", "")
        .script("collect()");
    vec![
        Tree::password(password),
        Tree::password(totp).totp("Example"),
        Tree::password(script).page(collector),
    ]
}
