//! The token port: without a provider, and with one that is not OpenID Connect.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use common::{builder, journey, sign_in};
use journey_sdk::{
    AccessToken, Account, ErrorKind, ExposeSecret, PendingSignOut, Revocation, SignOutReport,
    SignOutResult, SignOutStep, TokenError, TokenErrorKind, TokenProvider, UserInfo, async_trait,
};
use journey_testkit::sim::{Am, Fault};
use tokio::{sync::Notify, time::timeout};

#[tokio::test]
async fn without_a_provider_the_error_says_how_to_add_one() {
    let am = Am::demo();
    let user = sign_in(&journey(&am)).await;
    for error in [
        user.token().await.unwrap_err(),
        user.refresh().await.unwrap_err(),
        user.user_info().await.unwrap_err(),
        user.revoke().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Token);
        assert_eq!(error.token_kind(), Some(TokenErrorKind::NotConfigured));
        assert!(error.to_string().contains(".oidc("), "{error}");
    }
    assert!(user.logout().await.is_complete());
}

/// Signs tokens of its own, from the session: no OpenID Connect anywhere.
#[derive(Debug, Default, Clone)]
struct Badges(Arc<AtomicU32>);

impl Badges {
    fn badge(&self, who: &Account) -> Result<AccessToken, TokenError> {
        let session = who
            .session()
            .ok_or_else(|| TokenError::new(TokenErrorKind::NeedsSignIn, "there is no session"))?;
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let length = session.value().expose_secret().len();
        Ok(AccessToken::builder(format!("badge-{number}-{length}")).build())
    }
}

#[async_trait]
impl TokenProvider for Badges {
    async fn token(&self, who: &Account) -> Result<AccessToken, TokenError> {
        self.badge(who)
    }

    async fn refresh(&self, who: &Account) -> Result<AccessToken, TokenError> {
        self.badge(who)
    }

    async fn user_info(&self, _: &Account) -> Result<UserInfo, TokenError> {
        Err(TokenError::new(TokenErrorKind::Refused, "badges name nobody"))
    }

    async fn revoke(&self, _: &Account) -> Result<Revocation, TokenError> {
        Ok(Revocation::done())
    }

    async fn end(&self, _: &Account) -> SignOutReport {
        let mut report = SignOutReport::new();
        let failed = || SignOutResult::Failed("the badge office is closed".into());
        report.record(SignOutStep::RevokeTokens, failed());
        report.add_pending(PendingSignOut::new(SignOutStep::RevokeTokens, || async {
            SignOutResult::Done
        }));
        report
    }
}

#[tokio::test]
async fn a_provider_that_is_not_openid_connect_plugs_in() {
    let am = Am::demo();
    let journey = builder(&am).tokens(Badges::default()).build().unwrap();
    let user = sign_in(&journey).await;
    let first = user.token().await.unwrap();
    assert!(first.value().expose_secret().starts_with("badge-0-"));
    assert!(user.refresh().await.unwrap().value().expose_secret().starts_with("badge-1-"));
    assert_eq!(user.user_info().await.unwrap_err().token_kind(), Some(TokenErrorKind::Refused));
    assert!(user.revoke().await.unwrap().is_done());

    let mut report = user.logout().await;
    assert!(!report.is_complete(), "the provider's failure is in the report");
    assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::Done)));
    assert!(report.take_pending().unwrap().retry().await.is_complete());
    assert!(user.token().await.unwrap_err().needs_sign_in());
}

#[tokio::test]
async fn a_provider_is_made_from_the_journeys_own_parts() {
    let am = Am::demo();
    let server = common::server(&am);
    let journey = builder(&am)
        .tokens_with(move |parts| {
            assert_eq!(parts.realm().as_str(), "/alpha");
            assert_eq!(parts.server().url(), server);
            Ok(Badges::default())
        })
        .build()
        .unwrap();
    assert!(sign_in(&journey).await.token().await.is_ok());

    let failed = builder(&am).tokens_with::<Badges>(|_| Err("no badges today".into())).build();
    assert!(format!("{:?}", failed.unwrap_err()).contains("no badges today"));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_ends_does_not_hold_a_sign_out_up() {
    let am = Am::demo();
    let journey = builder(&am).tokens(Late::default()).build().unwrap();
    let user = sign_in(&journey).await;
    let start = tokio::time::Instant::now();
    let mut report = user.logout().await;
    assert!(start.elapsed() <= Duration::from_secs(10));
    assert!(matches!(report.result(SignOutStep::RevokeTokens), Some(SignOutResult::Failed(_))));
    assert!(matches!(report.result(SignOutStep::SessionLogout), Some(SignOutResult::Done)));
    assert!(am.live_sessions().is_empty());
    assert!(journey.user().await.unwrap().is_none());
    let pending = report.take_pending().expect("the tokens are left to do");
    assert_eq!(pending.steps().collect::<Vec<_>>(), [SignOutStep::RevokeTokens]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_ends_does_not_hold_another_try_up() {
    let am = Am::demo();
    let user = sign_in(&builder(&am).tokens(Late::default()).build().unwrap()).await;
    for _ in 0..4 {
        am.fail_next("/sessions", Fault::Status(500));
    }
    let mut report = user.logout().await;
    am.clear_faults();
    let start = tokio::time::Instant::now();
    let again = report.take_pending().unwrap().retry().await;
    assert!(start.elapsed() <= Duration::from_secs(10));
    assert!(matches!(again.result(SignOutStep::SessionLogout), Some(SignOutResult::Done)));
    assert!(!again.is_complete(), "the provider is at it still: {again:?}");
    assert!(am.live_sessions().is_empty());
}

/// Comes to an end when it is told to, and does not know all that it has got. Another try of what it could
/// not do waits to be told, too.
#[derive(Debug, Default, Clone)]
struct Late {
    badges: Badges,
    may_end: Arc<Notify>,
    may_try_again: Arc<Notify>,
    is_refused: Arc<AtomicBool>,
}

#[async_trait]
impl TokenProvider for Late {
    async fn token(&self, who: &Account) -> Result<AccessToken, TokenError> {
        self.badges.token(who).await
    }

    async fn refresh(&self, who: &Account) -> Result<AccessToken, TokenError> {
        self.badges.refresh(who).await
    }

    async fn user_info(&self, who: &Account) -> Result<UserInfo, TokenError> {
        self.badges.user_info(who).await
    }

    async fn revoke(&self, who: &Account) -> Result<Revocation, TokenError> {
        self.badges.revoke(who).await
    }

    async fn end(&self, who: &Account) -> SignOutReport {
        self.may_end.notified().await;
        let mut report = self.badges.end(who).await;
        drop(report.take_pending());
        let may_try_again = Arc::clone(&self.may_try_again);
        report.add_pending(PendingSignOut::new(SignOutStep::RevokeTokens, move || {
            let may_try_again = Arc::clone(&may_try_again);
            async move {
                may_try_again.notified().await;
                SignOutResult::Done
            }
        }));
        report.note_remainder();
        if self.is_refused.load(Ordering::Relaxed) {
            let error = TokenError::new(TokenErrorKind::Refused, "no");
            report.record(SignOutStep::EndSession, SignOutResult::Failed(error.into()));
        }
        report
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_says_after_the_deadline_is_told_with_the_next_try() {
    let (am, late) = (Am::demo(), Late::default());
    let user = sign_in(&builder(&am).tokens(late.clone()).build().unwrap()).await;
    let mut report = user.logout().await;
    assert!(!report.is_complete() && !report.may_remain(), "{report:?}");

    late.may_end.notify_one();
    late.may_try_again.notify_one();
    let again = report.take_pending().unwrap().retry().await;

    assert!(again.is_complete(), "its own failure has been tried again: {again:?}");
    assert!(again.may_remain());
}

#[tokio::test(start_paused = true)]
async fn an_error_that_comes_after_the_deadline_is_told_as_it_was() {
    let (am, late) = (Am::demo(), Late::default());
    late.is_refused.store(true, Ordering::Relaxed);
    let user = sign_in(&builder(&am).tokens(late.clone()).build().unwrap()).await;
    let mut report = user.logout().await;

    late.may_end.notify_one();
    late.may_try_again.notify_one();
    let again = report.take_pending().unwrap().retry().await;

    let Some(SignOutResult::Failed(error)) = again.result(SignOutStep::EndSession) else {
        panic!("{again:?}")
    };
    let kind = error.downcast_ref::<TokenError>().map(TokenError::kind);
    assert_eq!(kind, Some(TokenErrorKind::Refused));
    let revoked = again.result(SignOutStep::RevokeTokens);
    assert!(matches!(revoked, Some(SignOutResult::Done)), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_late_provider_tries_again_is_waited_for_as_long_as_a_sign_out_and_goes_on() {
    let (am, late) = (Am::demo(), Late::default());
    let user = sign_in(&builder(&am).tokens(late.clone()).build().unwrap()).await;
    let mut report = user.logout().await;
    late.may_end.notify_one();

    let again = report.take_pending().unwrap().retry();
    let mut again = timeout(Duration::from_secs(11), again).await.expect("it has a deadline");

    assert!(!again.is_complete(), "the provider is at it still: {again:?}");
    late.may_try_again.notify_one();
    let again = again.take_pending().unwrap().retry().await;
    assert!(again.is_complete() && again.may_remain(), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_try_that_is_broken_off_loses_nothing_that_a_late_provider_has_said() {
    let (am, late) = (Am::demo(), Late::default());
    let user = sign_in(&builder(&am).tokens(late.clone()).build().unwrap()).await;
    for _ in 0..4 {
        am.fail_next("/sessions", Fault::Status(500));
    }
    let mut report = user.logout().await;
    am.clear_faults();
    let pending = report.take_pending().unwrap();
    late.may_end.notify_one();
    // Once while the provider tries again, once when it has told how that ended and the session is to end still.
    let moment = Duration::from_secs(1);
    assert!(timeout(moment, pending.clone().retry()).await.is_err());
    let gate = am.hold_next("/sessions");
    late.may_try_again.notify_one();
    assert!(timeout(moment, pending.clone().retry()).await.is_err());
    gate.release();

    let again = pending.retry().await;

    assert!(again.is_complete() && again.may_remain(), "{again:?}");
    assert!(am.live_sessions().is_empty());
}
