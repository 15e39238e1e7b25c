//! What others can see, and whom we trust.

use std::fs;

use journey_storage::ErrorKind;
use journey_storage_redis::Redis;

use crate::server::Server;
use crate::{account, get, open_sealed, put, sealing_key};

#[tokio::test]
async fn passwords_are_checked_and_never_shown() {
    let server = Server::start_with(&["--requirepass", "hunter2"]);
    let address = |password: &str| server.address().replace("//", &format!("//:{password}@"));

    let storage = open_sealed(&address("hunter2"), sealing_key(7)).await.unwrap();
    let refused = open_sealed(&address("hunter3"), sealing_key(7)).await.unwrap_err();

    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert!(!format!("{storage:?} {refused:?}").contains("hunter"));
}

#[tokio::test]
async fn no_value_can_be_read_on_the_wire_or_on_the_disk() {
    let server = Server::start();
    let sealed = open_sealed(&server.address(), sealing_key(7)).await.unwrap();
    put(&sealed, b"hunter2").await.unwrap();

    let hash = format!("journey:entries:{}", account());
    let mut command = redis::cmd("HGET");
    let stored: Vec<u8> = command.arg(hash).arg("session").query(&mut server.control()).unwrap();

    assert!(!stored.is_empty());
    assert!(!stored.windows(7).any(|it| it == b"hunter2"));
}

#[tokio::test]
async fn tls_is_verified_against_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, private) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&private, made.signing_key.serialize_pem()).unwrap();
    let tls_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (certificate, private) = (certificate.to_str().unwrap(), private.to_str().unwrap());
    let arguments = ["--tls-port", &tls_port.to_string(), "--tls-auth-clients", "no"];
    let files = ["--tls-cert-file", certificate, "--tls-key-file", private];
    let _server = Server::start_with(&[&arguments[..], &files[..]].concat());
    let address = format!("rediss://localhost:{tls_port}/");

    let without = Redis::builder(address.as_str()).open(sealing_key(7)).await.unwrap_err();
    assert_eq!(without.kind(), ErrorKind::Unsupported);

    rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    let builder = || Redis::builder(address.as_str());
    let trusted = builder().authority(made.cert.pem()).open(sealing_key(7)).await.unwrap();
    put(&trusted, b"value").await.unwrap();
    assert_eq!(get(&trusted).await.as_deref(), Some(&b"value"[..]));
    let refused = builder().authority(other.cert.pem()).open(sealing_key(7)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
}
