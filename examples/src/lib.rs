//! Programs to learn from; each is also a test.
