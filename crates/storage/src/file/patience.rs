//! Waits for whoever else has a file open, where that is in the way.

use std::io;

/// Tries again for about a second what Windows refuses because somebody else has the file open: another
/// process of ours that is about to close it, or a scanner that looks at each new file.
///
/// A refusal by the access list looks the same, and is told after that second. Blocks.
#[cfg(windows)]
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for pause in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] {
        match attempt() {
            Err(error) if is_in_the_way(&error) => {
                std::thread::sleep(std::time::Duration::from_millis(pause));
            }
            result => return result,
        }
    }
    attempt()
}

/// Elsewhere a file that is open is in nobody's way.
#[cfg(not(windows))]
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    attempt()
}

#[cfg(windows)]
fn is_in_the_way(error: &io::Error) -> bool {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    matches!(error.raw_os_error(), Some(ACCESS_DENIED | SHARING_VIOLATION | LOCK_VIOLATION))
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_open_is_tried_again() {
        for code in [5, 32, 33] {
            let mut refusals = 3;
            let result = patiently(|| {
                refusals -= 1;
                if refusals > 0 { Err(io::Error::from_raw_os_error(code)) } else { Ok(code) }
            });
            assert_eq!(result.unwrap(), code);
        }
    }

    #[test]
    fn what_no_patience_mends_is_told_at_once() {
        let mut attempts = 0;
        let result = patiently(|| {
            attempts += 1;
            Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
        });
        assert_eq!((result.unwrap_err().kind(), attempts), (io::ErrorKind::NotFound, 1));
    }
}
