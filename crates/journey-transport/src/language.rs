//! The languages of the user, in the words of HTTP.

use http::HeaderValue;

use crate::error::Error;

/// One decimal tells ten languages apart; nobody's list is longer.
const MOST: usize = 10;

/// Writes an `Accept-Language` header ([RFC 9110, section 12.5.4]); `None` for an empty list.
///
/// A plain language follows its last regional form: who reads `de-CH` is better served by `de`
/// than by the server's default.
///
/// [RFC 9110, section 12.5.4]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
pub(crate) fn accept(tags: &[String]) -> Result<Option<HeaderValue>, Error> {
    // The locales `C` and `POSIX` say that there is no language.
    let spoken = tags.iter().filter(|it| !matches!(bare(it), "" | "C" | "POSIX"));
    let wanted = spoken.map(|it| normal(it)).collect::<Result<Vec<_>, _>>()?;
    let mut order: Vec<&str> = Vec::new();
    for (place, tag) in wanted.iter().enumerate() {
        add(&mut order, tag);
        let plain = primary(tag);
        if !wanted[place + 1..].iter().any(|it| primary(it) == plain) {
            add(&mut order, plain);
        }
    }
    let ranges: Vec<String> = order
        .into_iter()
        .take(MOST)
        .enumerate()
        .map(|(place, tag)| match place {
            0 => tag.to_owned(),
            place => format!("{tag};q=0.{}", MOST - place),
        })
        .collect();
    if ranges.is_empty() {
        return Ok(None);
    }
    let value = HeaderValue::try_from(ranges.join(", "));
    value.map(Some).map_err(|error| Error::config("the languages are no header").because(error))
}

fn add<'a>(order: &mut Vec<&'a str>, tag: &'a str) {
    if !order.iter().any(|it| it.eq_ignore_ascii_case(tag)) {
        order.push(tag);
    }
}

fn primary(tag: &str) -> &str {
    tag.split_once('-').map_or(tag, |(primary, _)| primary)
}

/// Leaves the encoding and the variant of a locale name out: `de_CH.UTF-8@euro` is `de_CH`.
fn bare(text: &str) -> &str {
    text.split(['.', '@']).next().unwrap_or_default()
}

/// Makes a language tag of a locale name.
fn normal(text: &str) -> Result<String, Error> {
    let tag = bare(text).replace('_', "-");
    let sound = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_alphanumeric())
    };
    match tag.split('-').all(sound) {
        true => Ok(tag),
        false => Err(Error::config(format!("{text:?} is no language tag"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tags: &[&str]) -> String {
        let tags: Vec<String> = tags.iter().map(|it| (*it).to_owned()).collect();
        accept(&tags).unwrap().map_or_else(String::new, |it| it.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_favorite_comes_first_and_the_others_weigh_less() {
        assert_eq!(check(&["fr", "en"]), "fr, en;q=0.9");
    }

    #[test]
    fn a_region_is_followed_by_its_language() {
        assert_eq!(check(&["de-CH"]), "de-CH, de;q=0.9");
        assert_eq!(
            check(&["de-CH", "de-AT", "en-US"]),
            "de-CH, de-AT;q=0.9, de;q=0.8, en-US;q=0.7, en;q=0.6"
        );
        assert_eq!(check(&["de-CH", "en", "de"]), "de-CH, en;q=0.9, de;q=0.8");
    }

    #[test]
    fn a_locale_name_is_understood() {
        assert_eq!(check(&["pt_BR.UTF-8"]), "pt-BR, pt;q=0.9");
    }

    #[test]
    fn no_weight_ever_reaches_zero() {
        let many: Vec<String> = (b'a'..=b'z').map(|it| format!("x{}", char::from(it))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let text = check(&many);
        assert!(text.ends_with("q=0.1"), "{text}");
        assert_eq!(text.split(", ").count(), MOST);
    }

    #[test]
    fn no_language_is_no_header() {
        assert_eq!(check(&[]), "");
        assert_eq!(check(&["C.UTF-8", "POSIX", ""]), "");
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in ["de;q=1", "de-", "a b", "de\r\nx", "verylonglanguage"] {
            assert!(accept(&[text.to_owned()]).is_err(), "{text:?}");
        }
    }
}
