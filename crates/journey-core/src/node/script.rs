//! The texts inside a piece of JavaScript.
//!
//! AM wraps things meant for people into scripts for its own pages. Nothing is run here: only what stands
//! between quotes is read.

use std::{iter::Peekable, str::Chars};

use secrecy::SecretString;

/// Returns the string literals of a script, with their escapes undone. Quotes in comments may mislead it, to
/// texts that nobody looks for.
pub(super) fn strings(script: &str) -> Vec<SecretString> {
    let mut found = Vec::new();
    let mut rest = script.chars().peekable();
    while let Some(quote) = rest.find(|it| matches!(it, '"' | '\'' | '`')) {
        let mut text = String::with_capacity(128);
        while let Some(next) = rest.next_if(|it| *it != quote) {
            match next {
                '\\' => text.extend(escaped(&mut rest)),
                // A quote that does not end on its line was an apostrophe.
                '\n' if quote != '`' => break,
                other => text.push(other),
            }
        }
        if rest.peek() == Some(&quote) {
            rest.next();
            found.push(text.into());
        }
    }
    found
}

fn escaped(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    match rest.next()? {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'u' => code(rest, 4),
        'x' => code(rest, 2),
        // A line that goes on.
        '\n' => None,
        other => Some(other),
    }
}

fn code(rest: &mut Peekable<Chars<'_>>, digits: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + rest.next_if(char::is_ascii_hexdigit)?.to_digit(16)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn check(script: &str, expected: &[&str]) {
        let found = strings(script);
        let found: Vec<_> = found.iter().map(|it| it.expose_secret()).collect();
        assert_eq!(found, expected, "{script}");
    }

    #[test]
    fn what_stands_between_quotes_is_found() {
        check(r#"f("a", 'b"c', `d`) + "e\"f\n\/\u003d\x26""#, &["a", "b\"c", "d", "e\"f\n/=&"]);
        check("// don't\nf('x')", &["x"]);
        check("\"open", &[]);
        check("\"\\", &[]);
        check("'\\u00", &[]);
        check("", &[]);
    }
}
