//! A clock that tests set by hand.
