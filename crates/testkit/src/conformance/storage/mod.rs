//! What every store must do, as tests that one line adds to yours.
//!
//! Tell the suite how to get at your store and name the type in
//! [`storage_conformance!`](crate::storage_conformance):
//!
//! ```
//! use async_trait::async_trait;
//! use journey_storage::{Memory, Storage};
//! use journey_testkit::conformance::storage::StorageUnderTest;
//!
//! #[derive(Debug)]
//! struct MemoryUnderTest(Memory);
//!
//! #[async_trait]
//! impl StorageUnderTest for MemoryUnderTest {
//!     async fn fresh() -> Self {
//!         Self(Memory::new())
//!     }
//!
//!     async fn open(&self) -> Box<dyn Storage> {
//!         Box::new(self.0.clone())
//!     }
//! }
//!
//! journey_testkit::storage_conformance!(memory, MemoryUnderTest);
//! # fn main() {}
//! ```

#[doc(hidden)]
pub mod faults;
#[doc(hidden)]
pub mod generations;
#[doc(hidden)]
pub mod keys;
#[doc(hidden)]
pub mod locks;
#[doc(hidden)]
pub mod processes;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod values;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use journey_storage::{ErrorKind, Key, Storage};

/// A store and all that belongs to it, like its folder or its server; gone when it is dropped.
#[async_trait]
pub trait StorageUnderTest: Debug + Send + Sync + Sized + 'static {
    /// Makes an empty store.
    async fn fresh() -> Self;

    /// Opens the store once more, as another user of it would.
    ///
    /// The suite opens it from several threads, each with a runtime of its own.
    async fn open(&self) -> Box<dyn Storage>;

    /// What another process needs to open the store, or `None` if none can.
    fn address(&self) -> Option<String> {
        None
    }

    /// Opens, in another process, the store that has this address.
    async fn open_at(address: &str) -> Box<dyn Storage> {
        unreachable!("no other process can open {address}")
    }

    /// How long a lock stays taken after its holder died: zero where the kernel frees it.
    fn lease(&self) -> Duration {
        Duration::ZERO
    }

    /// Brings about a fault that concerns the entry of `key`; `false` if this store cannot have it.
    ///
    /// The suite opens the store again to see the fault. A store that can have none of them keeps
    /// this default; say why beside it.
    async fn break_it(&self, fault: Fault, key: &Key) -> bool {
        let _ = (fault, key);
        false
    }

    /// Undoes what [`break_it`](StorageUnderTest::break_it) did.
    async fn mend_it(&self, fault: Fault, key: &Key) {
        let _ = (fault, key);
    }

    /// Opens the store, or says why it could not be opened.
    ///
    /// For stores that find faults when they are opened.
    async fn try_open(&self) -> Result<Box<dyn Storage>, journey_storage::Error> {
        Ok(self.open().await)
    }
}

/// What may be wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It cannot be reached.
    Unavailable,
    /// The entry is damaged.
    Corrupt,
    /// It is sealed with another key.
    WrongKey,
    /// We may not use it.
    Denied,
    /// It takes no more.
    Full,
}

impl Fault {
    /// The kind of error that must come of it.
    pub fn expected(self) -> ErrorKind {
        match self {
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Corrupt => ErrorKind::Corrupt,
            Self::WrongKey => ErrorKind::WrongKey,
            Self::Denied => ErrorKind::Denied,
            Self::Full => ErrorKind::Full,
        }
    }
}

/// Adds a module with a test for each thing that a store must do.
///
/// Takes the new module's name and the name of a type beside it that implements
/// [`StorageUnderTest`](crate::conformance::storage::StorageUnderTest).
#[macro_export]
macro_rules! storage_conformance {
    ($name:ident, $under_test:ident) => {
        mod $name {
            $crate::storage_conformance! { @tests $name, super::$under_test,
                values {
                    an_absent_value_is_none
                    a_value_is_read_back_whole
                    a_value_is_replaced_and_removed
                    a_written_value_is_seen_by_all_users
                    writers_at_once_leave_one_whole_value
                    nothing_stored_is_shown_in_debug
                    a_call_outside_a_runtime_does_not_panic
                }
                keys {
                    odd_keys_are_kept_apart
                    keys_are_listed_by_prefix
                    a_listing_misses_nothing_that_stays
                }
                locks {
                    a_lock_keeps_others_out
                    locks_of_other_keys_are_independent
                    a_lock_keeps_nobody_from_reading_or_writing
                    a_waiting_caller_gets_the_lock
                    a_caller_that_gives_up_leaves_no_lock
                    a_dropped_lock_becomes_free
                    fences_rise
                    an_overtaken_lock_cannot_write
                    updates_under_the_lock_are_never_lost
                }
                generations {
                    a_generation_rises_whoever_holds_a_lock
                    generations_raised_at_once_never_fall
                }
                processes {
                    updates_of_other_processes_are_never_lost
                    what_is_missing_is_fetched_once
                    a_killed_process_leaves_no_lock
                    what_a_killed_process_wrote_stays
                }
                faults {
                    an_unavailable_store_is_not_an_empty_one
                    a_corrupt_entry_is_told_and_can_be_replaced
                    a_wrong_key_is_told_from_damage
                    a_denied_store_is_not_an_empty_one
                    a_full_store_keeps_the_old_value
                }
            }

            /// Does nothing by itself: the suite starts this test again in other processes.
            #[test]
            fn other_process() {
                $crate::conformance::storage::processes::other_process::<super::$under_test>();
            }
        }
    };
    (@tests $name:ident, $under_test:ty, $($module:ident { $($test:ident)* })*) => {
        $($(
            #[test]
            fn $test() {
                $crate::conformance::storage::run::run(
                    $crate::conformance::storage::$module::$test::<$under_test>(module_path!()),
                );
            }
        )*)*
    };
}
