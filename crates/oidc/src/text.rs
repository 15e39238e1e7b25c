//! Texts from the wire, made fit for errors, and secrets compared.

use aws_lc_rs::constant_time;
use secrecy::{ExposeSecret, SecretString};

/// The longest text of a server that goes into an error.
const LONGEST: usize = 200;

/// Cuts a server's text and takes out what could forge a line of a log.
pub(crate) fn cut(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(LONGEST).collect()
}

/// As [`cut`], but none when the text quotes one of the secrets that were sent: AM's refusals may
/// (seen on OpenAM 16.0.5).
pub(crate) fn cut_without(text: &str, secrets: &[&SecretString]) -> Option<String> {
    let quotes = |it: &&SecretString| {
        let secret = it.expose_secret();
        !secret.is_empty() && text.contains(secret)
    };
    (!secrets.iter().any(quotes)).then(|| cut(text))
}

/// Compares in a time that does not tell where two texts differ.
pub(crate) fn same_secret(one: &str, two: &str) -> bool {
    constant_time::verify_slices_are_equal(one.as_bytes(), two.as_bytes()).is_ok()
}
