#![no_main]

#[path = "../checks/resume.rs"]
mod resume;

libfuzzer_sys::fuzz_target!(|data: &[u8]| resume::check(data));
