//! What a crash of the machine would show: the order in which a write reaches the disk.
//!
//! The page cache outlives a killed process, so only the system calls tell. Needs `strace`.

#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "the trace shows what the writer prints")]

#[path = "support/again.rs"]
mod again;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use journey_storage::{File, Key, SealingKey, SecretBytes, Storage};

#[derive(Debug, PartialEq, Eq)]
enum Call {
    Write,
    FlushFile,
    Rename,
    Remove,
    FlushFolder,
}

fn key() -> Key {
    Key::session("https://am.example.com/am", "/alpha", "demo")
}

#[test]
fn a_value_is_flushed_before_it_gets_its_name_and_the_name_before_put_returns() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, trace) = (parent.path().join("store"), parent.path().join("trace"));
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-o"]).arg(&trace);
    command.args(["-e", "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink"]);
    command.arg(env::current_exe().unwrap());
    again::arguments(&mut command, "the_traced_writer", folder.to_str().unwrap());

    let output = command.output().expect("strace is installed");

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(&trace).unwrap();
    let (put, remove) = (between(&trace, "put"), between(&trace, "remove"));
    let expected = [Call::Write, Call::FlushFile, Call::Rename, Call::FlushFolder];
    assert_eq!(put, expected, "{trace}");
    assert_eq!(remove, [Call::Remove, Call::FlushFolder], "{trace}");
}

/// The calls on entries that were made between two lines that the writer printed.
fn between(trace: &str, step: &str) -> Vec<Call> {
    let is_mark = |line: &str, mark: &str| line.contains("write(1<") && line.contains(mark);
    trace
        .lines()
        .skip_while(|it| !is_mark(it, &format!("begin {step}")))
        .take_while(|it| !is_mark(it, &format!("end {step}")))
        .filter(|it| it.contains("/entries-1"))
        .filter_map(call)
        .collect()
}

fn call(line: &str) -> Option<Call> {
    let name = line.split_once(' ')?.1.trim_start().split('(').next()?;
    let is_file = line.contains("/entries-1/");
    match name {
        "write" | "pwrite64" => Some(Call::Write),
        "fsync" if is_file => Some(Call::FlushFile),
        "fsync" => Some(Call::FlushFolder),
        "rename" | "renameat" | "renameat2" => Some(Call::Rename),
        "unlink" => Some(Call::Remove),
        _ => None,
    }
}

/// The other process: stores and removes one value, and says when.
#[tokio::test]
async fn the_traced_writer() {
    let Some(folder) = again::folder() else { return };
    let storage = File::open(Path::new(&folder), SealingKey::generate().unwrap()).await.unwrap();

    println!("begin put");
    storage.put(&key(), SecretBytes::from(b"value".to_vec()), None).await.unwrap();
    println!("end put");
    println!("begin remove");
    storage.remove(&key(), None).await.unwrap();
    println!("end remove");
}
