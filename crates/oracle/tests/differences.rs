//! Each reason to judge otherwise than openidconnect does: every change that is listed under it is
//! accepted by one and refused by the other, as the reason says.

use std::time::Duration;

use journey_oracle::{
    Difference, Document, ISSUER, NOW, Side, Token, Verdicts, document_changes, document_verdicts,
    token_changes, token_verdicts, token_verdicts_with_skew,
};

async fn check(difference: Difference) {
    let mut seen = 0;
    for change in token_changes().iter().filter(|it| it.difference == Some(difference)) {
        let mut token = Token::good("ES256");
        change.apply(&mut token);
        one_refuses(difference, change, &token_verdicts(&token).await);
        seen += 1;
    }
    for change in document_changes().iter().filter(|it| it.difference == Some(difference)) {
        let mut document = Document::good(ISSUER);
        change.apply(&mut document);
        one_refuses(difference, change, &document_verdicts(&document, ISSUER).await);
        seen += 1;
    }
    assert!(seen > 0, "nothing is listed under {difference:?}");
}

fn one_refuses(difference: Difference, what: &dyn std::fmt::Debug, verdicts: &Verdicts) {
    let accepted = (verdicts.ours.is_ok(), verdicts.theirs.is_ok());
    let expected = match difference.refused_by() {
        Side::Ours => (false, true),
        Side::Theirs => (true, false),
    };
    assert_eq!(accepted, expected, "{what:?}: {verdicts:?}");
}

/// Clocks differ; openidconnect gives none, its caller has to move the clock.
#[tokio::test]
async fn leeway_is_given_to_clocks() {
    let skew = Duration::from_secs(60);
    let with = |name: &str, time: u64| {
        let mut token = Token::good("ES256");
        token.claims.insert(name.to_owned(), time.into());
        token
    };
    let ended = token_verdicts_with_skew(&with("exp", NOW - 59), skew).await;
    assert!(ended.ours.is_ok() && ended.theirs.is_err(), "{ended:?}");
    for (name, late) in [("exp", NOW - 60), ("iat", NOW + 61), ("nbf", NOW + 61)] {
        let verdicts = token_verdicts_with_skew(&with(name, late), skew).await;
        assert!(verdicts.ours.is_err(), "{name} {verdicts:?}");
    }
    for (name, early) in [("iat", NOW + 60), ("nbf", NOW + 60)] {
        let verdicts = token_verdicts_with_skew(&with(name, early), skew).await;
        assert!(verdicts.ours.is_ok(), "{name} {verdicts:?}");
    }
}

macro_rules! differences {
    ($($name:ident: $difference:ident,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                check(Difference::$difference).await;
            }
        )*
    };
}

differences! {
    another_authorized_party_is_refused: AuthorizedParty,
    a_token_from_the_future_is_refused: IssuedAt,
    a_token_whose_time_has_not_come_is_refused: NotBefore,
    a_hash_that_does_not_fit_is_refused: Hashes,
    a_user_without_a_name_is_refused: Subject,
    a_name_that_stands_twice_is_refused_everywhere: RepeatedNames,
    a_critical_header_is_refused_whatever_it_holds: CriticalHeader,
    a_key_that_is_not_for_verifying_is_not_used: KeyOperations,
    a_signature_has_one_spelling: StrayBits,
    es512_is_accepted: Es512,
    a_key_on_another_curve_is_no_candidate: CurveNamesKey,
    a_coordinate_without_its_leading_zero_is_read: ShortCoordinate,
    a_coordinate_with_padding_is_read: PaddedKey,
    what_kind_of_thing_a_token_says_to_be_does_not_matter: Kind,
    claims_that_nobody_asked_about_do_not_matter: UnreadClaims,
    a_time_beyond_any_calendar_is_a_number: Calendar,
    an_endpoint_without_tls_is_refused: NoTls,
    an_authorization_endpoint_elsewhere_is_refused: AnotherOrigin,
    an_endpoint_with_a_user_in_it_is_refused: UserInEndpoint,
    an_endpoint_with_a_fragment_is_refused: Fragment,
    a_document_with_something_behind_is_refused: SomethingBehind,
    a_document_without_a_token_endpoint_is_refused: NoTokenEndpoint,
    members_that_are_not_used_do_not_matter: UnusedMembers,
}
