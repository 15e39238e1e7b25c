//! The token's text after it was signed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Change, Difference::StrayBits, Token, keys};

fn edit(
    name: &str,
    edit: impl Fn(String) -> String + Copy + Send + Sync + 'static,
) -> Change<Token> {
    Change::new(name, move |it: &mut Token| it.wire.push(edit))
}

/// Changes one of the three parts.
fn part(name: &str, number: usize, change: fn(&str) -> String) -> Change<Token> {
    edit(name, move |token| {
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        if let Some(part) = parts.get_mut(number) {
            *part = change(part);
        }
        parts.join(".")
    })
}

fn bytes(part: &str, change: fn(&mut Vec<u8>)) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    change(&mut bytes);
    keys::text(bytes)
}

pub(super) fn changes() -> Vec<Change<Token>> {
    let mut changes = vec![
        edit("no text", |_| String::new()),
        edit("a word", |_| "token".to_owned()),
        edit("three empty parts", |_| "..".to_owned()),
        edit("a fourth part", |it| it + ".AQ"),
        edit("a fourth part, empty", |it| it + "."),
        edit("five parts", |it| format!("AQ.AQ.{it}")),
        edit("only two parts", |it| {
            it.rsplit_once('.').map(|it| it.0.to_owned()).unwrap_or_default()
        }),
        edit("no signature", |it| {
            it.rsplit_once('.').map(|it| format!("{}.", it.0)).unwrap_or_default()
        }),
        edit("a space before", |it| format!(" {it}")),
        edit("a line break behind", |it| it + "\n"),
        edit("a quote around", |it| format!("\"{it}\"")),
        edit("Bearer before", |it| format!("Bearer {it}")),
        part("one bit of the signature", 2, |it| bytes(it, |it| flip(it, 5))),
        part("the signature's last bit", 2, |it| bytes(it, |it| flip(it, usize::MAX))),
        part("a signature one byte short", 2, |it| {
            bytes(it, |it| it.truncate(it.len().saturating_sub(1)))
        }),
        part("a signature one byte long", 2, |it| bytes(it, |it| it.push(0))),
        part("a signature with a zero before", 2, |it| bytes(it, |it| it.insert(0, 0))),
        part("a signature of zeros", 2, |it| bytes(it, |it| it.fill(0))),
        part("a signature of ones", 2, |it| bytes(it, |it| it.fill(255))),
        part("the halves of the signature swapped", 2, |it| {
            bytes(it, |it| {
                let half = it.len() / 2;
                it.rotate_left(half);
            })
        }),
        part("a signature with padding", 2, |it| format!("{it}=")),
        part("a signature with more padding", 2, |it| format!("{it}==")),
        part("a signature with a plus", 2, |it| it.replacen(|it| it != '+', "+", 1)),
        part("a signature with a line break", 2, |it| {
            format!("{}\r\n{}", &it[..it.len().min(4)], &it[it.len().min(4)..])
        }),
        part("other claims", 1, |it| {
            bytes(it, |it| *it = String::from_utf8_lossy(it).replace("bjensen", "scarter").into())
        }),
        part("claims with padding", 1, |it| format!("{it}=")),
        part("claims that are no base64", 1, |it| format!("{it}!")),
        part("claims with a byte that is no UTF-8", 1, |it| bytes(it, |it| it.insert(1, 0xff))),
        part("another header", 0, |it| {
            bytes(it, |it| *it = String::from_utf8_lossy(it).replace("JWT", "jwt").into())
        }),
        part("a header with padding", 0, |it| format!("{it}=")),
    ];
    changes.push(
        part("a stray bit in the signature's last character", 2, |it| {
            // The last character of 64 bytes carries four bits that must be zero.
            let (rest, last) = it.split_at(it.len().saturating_sub(1));
            let next = last.bytes().next().map_or('A', |it| char::from(it + 1));
            format!("{rest}{next}")
        })
        .differs(StrayBits),
    );
    changes
}

fn flip(bytes: &mut [u8], at: usize) {
    let last = bytes.len().saturating_sub(1);
    if let Some(byte) = bytes.get_mut(at.min(last)) {
        *byte ^= 1;
    }
}
