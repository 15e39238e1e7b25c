//! Signs in to AM journeys from a terminal.
fn main() {}
