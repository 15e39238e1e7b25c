//! A real Secret Service, and none.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::env;
use std::process::{Command, Stdio};

use journey_storage::{ErrorKind, File, Key, SecretBytes, Storage};
use journey_storage_keyring::Keyring;

const INSIDE: &str = "JOURNEY_TEST_INSIDE";

/// Unlocks a new keyring with an empty home, and goes on with the test program.
const UNLOCKED: &str = "printf password | gnome-keyring-daemon --unlock --components=secrets >&2
    exec \"$0\" \"$@\"";

fn test_again(program: &str, arguments: &[&str], test: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", test])
        .env(INSIDE, "yes")
        .stdin(Stdio::null());
    command
}

fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

fn assert_succeeds(mut command: Command) {
    let output = command.output().expect("dbus-run-session is installed");
    let (out, err) = (&output.stdout, &output.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
}

#[test]
fn a_key_in_the_secret_service_seals_a_store() {
    let home = tempfile::tempdir().unwrap();
    let arguments = ["--", "sh", "-c", UNLOCKED];
    let mut command = test_again("dbus-run-session", &arguments, "inside_an_unlocked_session");
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
    command.env_remove("XDG_DATA_HOME").env_remove("DBUS_SESSION_BUS_ADDRESS");
    assert_succeeds(command);
}

#[tokio::test]
async fn inside_an_unlocked_session() {
    if !is_inside() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let account = Key::session("https://am.example.com/am", "/", "demo");

    let keyring = Keyring::open("journey-test").await.unwrap();
    assert!(keyring.key("store").await.unwrap().is_none());
    let made = keyring.key_or_new("store").await.unwrap();
    let storage = File::open(&store, made).await.unwrap();
    storage.put(&account, SecretBytes::from(b"value".to_vec()), None).await.unwrap();

    let keyring = Keyring::open("journey-test").await.unwrap();
    let read = keyring.key("store").await.unwrap().unwrap();
    let storage = File::open(&store, read).await.unwrap();
    assert!(storage.get(&account).await.unwrap().is_some());

    keyring.remove("store").await.unwrap();
    assert!(keyring.key("store").await.unwrap().is_none());
}

#[test]
fn without_a_secret_service_there_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let mut command = test_again("env", &[], "inside_a_session_without_a_bus");
    command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    assert_succeeds(command);
}

#[tokio::test]
async fn inside_a_session_without_a_bus() {
    if !is_inside() {
        return;
    }
    let error = Keyring::open("journey-test").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
