//! `Accept-API-Version`: which version of a resource answers.

use crate::sim::call::Call;

/// Why no version of the resource answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The header could not be read; it is quoted here.
    Unreadable(String),
    /// The server has no such version.
    Unknown,
}

/// Picks the version that answers: the newest when none was asked for, else one of the same major
/// number that is at least as new.
pub(crate) fn negotiated(call: &Call, known: &[(u32, u32)]) -> Result<(u32, u32), Refused> {
    let newest = known.last().copied().unwrap_or((1, 0));
    let Some(header) = call.header("accept-api-version") else { return Ok(newest) };
    let mut asked = None;
    for part in header.split(',') {
        let version = part
            .split_once('=')
            .and_then(|(name, value)| Some((name.trim(), parsed(value.trim())?)))
            .ok_or_else(|| Refused::Unreadable(header.to_owned()))?;
        match version {
            ("resource", version) => asked = Some(version),
            ("protocol", _) => {}
            _ => return Err(Refused::Unreadable(header.to_owned())),
        }
    }
    let Some((major, minor)) = asked else { return Ok(newest) };
    known.iter().copied().find(|known| known.0 == major && known.1 >= minor).ok_or(Refused::Unknown)
}

fn parsed(text: &str) -> Option<(u32, u32)> {
    match text.split_once('.') {
        Some((major, minor)) => Some((major.parse().ok()?, minor.parse().ok()?)),
        None => Some((text.parse().ok()?, 0)),
    }
}
