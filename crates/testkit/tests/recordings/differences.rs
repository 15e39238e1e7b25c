//! Where the simulator differs from the recorded server on purpose.

/// A difference and its reason.
#[derive(Debug)]
pub(crate) struct Difference {
    case: &'static str,
    /// The step; empty for all of the case.
    note: &'static str,
    /// How the mismatch begins.
    place: &'static str,
    /// Why it may differ.
    #[expect(dead_code, reason = "for the reader, and for the message about a stale entry")]
    reason: &'static str,
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        case: "bad-requests",
        note: "broken JSON",
        place: "body/message",
        reason: "the words are those of the server's JSON parser",
    },
    Difference {
        case: "client-script",
        note: "name and password",
        place: "body/callbacks/1/output/0/value",
        reason: "the script belongs to the configuration; no client of ours runs one",
    },
    Difference {
        case: "locale",
        note: "French",
        place: "body/",
        reason: "the simulator speaks English only; the pages are a test's own texts",
    },
    Difference {
        case: "sessions",
        note: "own profile",
        place: "",
        reason: "user profiles are another service, which a journey does not need",
    },
    Difference {
        case: "sessions",
        note: "another's profile",
        place: "",
        reason: "user profiles are another service, which a journey does not need",
    },
];

impl Difference {
    /// The entry of the list that a mismatch belongs to.
    pub(crate) fn of(case: &str, note: &str, mismatch: &str) -> Option<usize> {
        DIFFERENCES.iter().position(|it| {
            it.case == case
                && (it.note.is_empty() || it.note == note)
                && mismatch.starts_with(it.place)
        })
    }
}
