//! Both libraries judge the same bytes alike, but for the differences that are listed.

use journey_oracle::{
    ALGORITHMS, Change, Client, Document, ISSUER, Token, Verdicts, combined, document_changes,
    document_verdicts, token_changes, token_verdicts,
};

/// What came out of many judgments.
#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    disagreements: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: &dyn std::fmt::Debug, verdicts: &Verdicts) {
        match verdicts.ours {
            Ok(()) => self.accepted += 1,
            Err(_) => self.refused += 1,
        }
        if !verdicts.agree() {
            self.disagreements.push(format!("{what:?}: {verdicts:?}"));
        }
    }

    /// A set in which one verdict hardly occurs would prove little.
    fn check(&self, accepted: usize, refused: usize) {
        assert!(self.disagreements.is_empty(), "{:#?}", self.disagreements);
        assert!(self.accepted >= accepted, "only {} were accepted", self.accepted);
        assert!(self.refused >= refused, "only {} were refused", self.refused);
    }
}

fn alike<T>(changes: Vec<Change<T>>) -> Vec<Change<T>> {
    changes.into_iter().filter(|it| it.difference.is_none()).collect()
}

#[tokio::test]
async fn one_change_to_an_id_token_is_judged_alike() {
    let mut tally = Tally::default();
    for change in alike(token_changes()) {
        let mut token = Token::good("ES256");
        change.apply(&mut token);
        tally.count(&change, &token_verdicts(&token).await);
    }
    tally.check(90, 240);
}

#[tokio::test]
async fn several_changes_to_an_id_token_are_judged_alike() {
    let mut tally = Tally::default();
    let changes = alike(token_changes());
    for group in combined(&changes, 2000) {
        let mut token = Token::good("ES256");
        group.iter().for_each(|it| it.apply(&mut token));
        tally.count(&group, &token_verdicts(&token).await);
    }
    tally.check(50, 1000);
}

#[tokio::test]
async fn one_change_to_a_document_is_judged_alike() {
    let mut tally = Tally::default();
    for change in alike(document_changes()) {
        let mut document = Document::good(ISSUER);
        change.apply(&mut document);
        tally.count(&change, &document_verdicts(&document, ISSUER).await);
    }
    tally.check(20, 50);
}

#[tokio::test]
async fn several_changes_to_a_document_are_judged_alike() {
    let mut tally = Tally::default();
    let changes = alike(document_changes());
    for group in combined(&changes, 1000) {
        let mut document = Document::good(ISSUER);
        group.iter().for_each(|it| it.apply(&mut document));
        tally.count(&group, &document_verdicts(&document, ISSUER).await);
    }
    tally.check(50, 500);
}

#[tokio::test]
async fn an_issuer_is_compared_with_the_expected_one_alike() {
    let issuers = [
        ISSUER,
        "https://am.example.com/am/oauth2/",
        "https://am.example.com:443/am/oauth2",
        "https://am.example.com:8443/am/oauth2",
        "https://AM.example.com/am/oauth2",
        "HTTPS://am.example.com/am/oauth2",
        "https://am.example.com/am/%6Fauth2",
        "https://am.example.com",
        "https://am.example.com/",
        "http://am.example.com/am/oauth2",
    ];
    let mut tally = Tally::default();
    for expected in issuers {
        for named in issuers {
            let verdicts = document_verdicts(&Document::good(named), expected).await;
            assert_eq!(verdicts.ours.is_ok(), expected == named, "{expected} {named}");
            tally.count(&(expected, named), &verdicts);
        }
    }
    tally.check(issuers.len(), issuers.len() * (issuers.len() - 1));
}

/// `at_hash` among them, which openidconnect has computed.
#[tokio::test]
async fn a_good_token_of_each_algorithm_is_accepted() {
    for algorithm in ALGORITHMS {
        for client in [Client::Public, Client::Confidential] {
            let token = Token { client, ..Token::good(algorithm) };
            let verdicts = token_verdicts(&token).await;
            assert!(verdicts.ours.is_ok(), "{algorithm} {verdicts:?}");
        }
    }
}
