//! Finds out what an error of hyper, rustls or the system means.

use std::error::Error as StdError;
use std::io;

use http::Uri;
use hyper_util::client::legacy;
use rustls::{AlertDescription, CertificateError};

use crate::connect::{ConnectTimeout, LookupFailed};
use crate::error::classify::{find, io_kind};
use crate::error::{Error, ErrorKind, TimeoutKind, TlsReason};
#[cfg(feature = "proxy")]
use crate::proxy::{ProxyFailed, UnusableProxy};
use crate::target;
use crate::tls::PinMismatch;

/// Names the cause of a failed exchange, if the chain of sources tells one.
pub(crate) fn classify(error: &(dyn StdError + 'static), uri: &Uri) -> Option<Error> {
    let known = cause(error, &target::server(uri))?;
    let connecting = find::<legacy::Error>(error).is_some_and(legacy::Error::is_connect);
    Some(if connecting { known.unsent() } else { known })
}

fn cause(error: &(dyn StdError + 'static), server: &str) -> Option<Error> {
    if let Some(ConnectTimeout(limit)) = find(error) {
        let message = format!("no connection to {server} came about within {limit:?}");
        return Some(Error::timed_out(TimeoutKind::Connect, message));
    }
    #[cfg(feature = "proxy")]
    if let Some(unusable) = find::<UnusableProxy>(error) {
        return Some(Error::config(unusable.to_string()));
    }
    #[cfg(feature = "proxy")]
    if let Some(failed) = find::<ProxyFailed>(error) {
        let message = format!("the proxy did not connect us to {server}");
        let known = Error::new(ErrorKind::Proxy, message);
        return Some(if failed.stays() { known.lasting() } else { known });
    }
    if find::<LookupFailed>(error).is_some() {
        let message = format!("could not find the address of {server}");
        return Some(Error::new(ErrorKind::Dns, message));
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        let reason = tls_reason(tls);
        return Some(Error::tls(reason, tls_message(reason, server)));
    }
    if find::<legacy::Error>(error).is_some_and(legacy::Error::is_connect) {
        return Some(not_connected(error, server));
    }
    if let Some(http) = find::<hyper::Error>(error) {
        return Some(broken_exchange(http, server));
    }
    io_kind(error).map(|_| disconnected(server))
}

fn not_connected(error: &(dyn StdError + 'static), server: &str) -> Error {
    // A server that hangs up during the handshake shows as an end of file before any connection.
    if matches!(io_kind(error), Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset))
    {
        return Error::tls(TlsReason::Handshake, tls_message(TlsReason::Handshake, server));
    }
    Error::new(ErrorKind::Connect, format!("could not connect to {server}"))
}

fn broken_exchange(error: &hyper::Error, server: &str) -> Error {
    // hyper keeps this case private; its text is the only way to tell.
    if error.is_parse() && error.to_string().contains("too large") {
        return Error::new(ErrorKind::TooLarge, format!("the headers of {server} are too large"));
    }
    // A time-out here is a ping over HTTP/2 that was not answered: the connection is dead.
    let ended = error.is_canceled() || error.is_closed() || error.is_timeout();
    if ended || error.is_incomplete_message() {
        return disconnected(server);
    }
    match io_kind(error) {
        // So hyper says that the pieces of a body are not framed as they should be.
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) | None => {
            Error::new(ErrorKind::Protocol, format!("{server} did not answer in valid HTTP"))
        }
        Some(_) => disconnected(server),
    }
}

fn disconnected(server: &str) -> Error {
    let message = format!("the connection to {server} ended before the answer was complete");
    Error::new(ErrorKind::Disconnected, message)
}

fn tls_reason(error: &rustls::Error) -> TlsReason {
    if find::<PinMismatch>(error).is_some() {
        return TlsReason::PinMismatch;
    }
    match error {
        rustls::Error::InvalidCertificate(certificate) => certificate_reason(certificate),
        rustls::Error::AlertReceived(alert) => alert_reason(*alert),
        rustls::Error::PeerIncompatible(_) => TlsReason::Incompatible,
        _ => TlsReason::Handshake,
    }
}

fn certificate_reason(error: &CertificateError) -> TlsReason {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsReason::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsReason::NotYetValid
        }
        CertificateError::UnknownIssuer => TlsReason::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsReason::WrongHost
        }
        CertificateError::Revoked => TlsReason::Revoked,
        CertificateError::Other(other) if find::<PinMismatch>(other).is_some() => {
            TlsReason::PinMismatch
        }
        _ => TlsReason::BadCertificate,
    }
}

fn alert_reason(alert: AlertDescription) -> TlsReason {
    match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity
        | AlertDescription::NoApplicationProtocol => TlsReason::Incompatible,
        // The server judges our certificate, never its own.
        AlertDescription::CertificateRequired
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => TlsReason::ClientCertificate,
        _ => TlsReason::Handshake,
    }
}

fn tls_message(reason: TlsReason, server: &str) -> String {
    match reason {
        TlsReason::Expired => format!("the certificate of {server} has expired"),
        TlsReason::NotYetValid => format!("the certificate of {server} is not valid yet"),
        TlsReason::UnknownIssuer => {
            format!("the certificate of {server} comes from an authority that is not trusted")
        }
        TlsReason::WrongHost => format!("the certificate of {server} is for another host"),
        TlsReason::Revoked => format!("the certificate of {server} was revoked"),
        TlsReason::PinMismatch => format!("the key of {server} is none of the pinned ones"),
        TlsReason::ClientCertificate => format!("{server} did not accept the client certificate"),
        TlsReason::Incompatible => format!("no version or cipher of TLS is shared with {server}"),
        TlsReason::Handshake => format!("the TLS handshake with {server} failed"),
        TlsReason::BadCertificate => format!("the certificate of {server} is not valid"),
    }
}
