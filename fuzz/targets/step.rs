#![no_main]

#[path = "../checks/step.rs"]
mod step;

libfuzzer_sys::fuzz_target!(|data: &[u8]| step::check(data));
