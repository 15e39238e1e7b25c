//! The maintainers' commands: `cargo xtask help`.
fn main() {}
