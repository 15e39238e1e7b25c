//! Texts from the wire, made fit for errors, and secrets compared.

use aws_lc_rs::constant_time;
use secrecy::{ExposeSecret, SecretString};

/// The longest text of a server that goes into an error.
const LONGEST: usize = 200;

/// What stands for a server's word that is missing, or can't be shown.
const NO_REASON: &str = "no_reason_given";

/// Cuts a server's text and takes out what could forge a line of a log.
pub(crate) fn cut(text: &str) -> String {
    printable(text).take(LONGEST).collect()
}

/// As [`cut`], but none when the text quotes one of the secrets that were sent: AM's refusals may
/// (seen on OpenAM 16.0.5).
pub(crate) fn cut_without(text: &str, secrets: &[&SecretString]) -> Option<String> {
    cut_unless_quoting(text, secrets.iter().map(|it| it.expose_secret()))
}

/// The same with secrets that are exposed already.
pub(crate) fn cut_unless_quoting<'a>(
    text: &str,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    // Looked for in what will be shown: a character that is taken out must not hide a secret.
    let shown: String = printable(text).collect();
    let quotes = |it: &str| !it.is_empty() && shown.contains(it);
    (!secrets.into_iter().any(quotes)).then(|| shown.chars().take(LONGEST).collect())
}

/// The words that decide what is done (RFC 6749, OpenID Connect Core, RFC 6750, RFC 7009): what everybody
/// knows gives no secret away, even one that is a part of it.
const KNOWN: [&str; 17] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "insufficient_scope",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_token",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "unsupported_token_type",
];

/// Reads the word that an OAuth error goes by; one that quotes a secret is none.
pub(crate) fn word(text: Option<&str>, secrets: &[&SecretString]) -> String {
    if let Some(known) = text.filter(|it| KNOWN.contains(it)) {
        return known.to_owned();
    }
    let word = text.and_then(|it| cut_without(it, secrets));
    word.unwrap_or_else(|| NO_REASON.to_owned())
}

fn printable(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|it| !it.is_control())
}

/// Compares in a time that does not tell where two texts differ.
pub(crate) fn same_secret(one: &str, two: &str) -> bool {
    constant_time::verify_slices_are_equal(one.as_bytes(), two.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_everybody_knows_is_read_whatever_the_secrets_are() {
        for secret in ["client", "grant", "invalid_client"] {
            let secret = secret.into();
            for known in ["invalid_client", "invalid_grant"] {
                assert_eq!(word(Some(known), &[&secret]), known);
            }
        }
    }

    #[test]
    fn a_text_that_quotes_a_secret_is_not_shown() {
        let sent = ["".into(), "sentinel".into()];
        let sent: Vec<&SecretString> = sent.iter().collect();
        assert_eq!(cut_without("a\nreason", &sent).as_deref(), Some("areason"));
        for text in ["sentinel", "no sentinel here", "sen\u{0}tinel", "\nsentine\u{85}l"] {
            assert_eq!(cut_without(text, &sent), None, "{text:?}");
            assert_eq!(word(Some(text), &sent), NO_REASON, "{text:?}");
        }
        let late = format!("{}sentinel", "x".repeat(LONGEST - 4));
        assert_eq!(cut_without(&late, &sent), None, "half of it would be shown");
    }

    #[test]
    fn a_word_that_is_missing_is_said_to_be() {
        assert_eq!(word(None, &[]), NO_REASON);
        assert_eq!(word(Some("invalid_grant"), &[&"sentinel".into()]), "invalid_grant");
    }
}
