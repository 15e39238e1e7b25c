#![no_main]

#[path = "../checks/stage.rs"]
mod stage;

libfuzzer_sys::fuzz_target!(|data: &[u8]| stage::check(data));
