//! A real Secret Service, and none.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use journey_storage::{ErrorKind, File, Key, SecretBytes, Storage};
use journey_storage_keyring::Keyring;

const INSIDE: &str = "JOURNEY_TEST_INSIDE";

/// Unlocks a new keyring with an empty home, and goes on with the test program.
const UNLOCKED: &str = "printf password | gnome-keyring-daemon --unlock --components=secrets >&2
    exec \"$0\" \"$@\"";

/// Leaves the keyring of an earlier session locked, with nobody at the screen to unlock it.
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets >&2
    exec \"$0\" \"$@\"";

/// A Secret Service that the bus starts and that never says a word. It keeps no pipe of ours open.
const MUTE: &str = "[D-BUS Service]
Name=org.freedesktop.secrets
Exec=/bin/sh -c \"exec sleep 60 >/dev/null 2>&1\"
";

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

/// Runs a test of this program in a session of its own, with a bus and whatever `script` starts.
fn assert_succeeds_in_session(home: &Path, script: &str, test: &str) {
    let mut command = test_again("dbus-run-session", &["--", "sh", "-c", script], test);
    command.env("HOME", home).env("XDG_RUNTIME_DIR", home);
    command.env_remove("XDG_DATA_HOME").env_remove("DBUS_SESSION_BUS_ADDRESS");
    assert_succeeds(command);
}

#[test]
fn a_key_in_the_secret_service_seals_a_store() {
    let home = tempfile::tempdir().unwrap();
    assert_succeeds_in_session(home.path(), UNLOCKED, "inside_an_unlocked_session");
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

#[test]
fn a_locked_keyring_is_an_error_and_not_an_empty_one() {
    let home = tempfile::tempdir().unwrap();
    assert_succeeds_in_session(home.path(), UNLOCKED, "inside_a_session_that_leaves_a_key");
    assert_succeeds_in_session(home.path(), LOCKED, "inside_a_locked_session");
    assert_succeeds_in_session(home.path(), UNLOCKED, "inside_a_session_that_finds_the_key");
}

#[tokio::test]
async fn inside_a_session_that_leaves_a_key() {
    if !is_inside() {
        return;
    }
    Keyring::open("journey-test").await.unwrap().key_or_new("store").await.unwrap();
}

#[tokio::test]
async fn inside_a_locked_session() {
    if !is_inside() {
        return;
    }
    let limit = Duration::from_secs(5);
    let keyring = Keyring::open_within("journey-test", limit).await.unwrap();

    for asked in [keyring.key("store").await.map(drop), keyring.key_or_new("store").await.map(drop)]
    {
        let kind = asked.unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::Denied | ErrorKind::Unavailable), "{kind:?}");
    }
}

#[tokio::test]
async fn inside_a_session_that_finds_the_key() {
    if !is_inside() {
        return;
    }
    let keyring = Keyring::open("journey-test").await.unwrap();
    assert!(keyring.key("store").await.unwrap().is_some());
}

#[test]
fn a_service_that_never_answers_is_an_error_in_time() {
    let home = tempfile::tempdir().unwrap();
    // The first place where a bus looks, before those of the system.
    let services = home.path().join("dbus-1/services");
    fs::create_dir_all(&services).unwrap();
    fs::write(services.join("org.freedesktop.secrets.service"), MUTE).unwrap();
    let script = "exec \"$0\" \"$@\"";
    assert_succeeds_in_session(home.path(), script, "inside_a_session_with_a_mute_service");
}

#[tokio::test]
async fn inside_a_session_with_a_mute_service() {
    if !is_inside() {
        return;
    }
    let limit = Duration::from_millis(500);
    let asked = async { Keyring::open_within("journey-test", limit).await?.key("store").await };

    let error = asked.await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.to_string(), "the keyring did not answer in time");
}
