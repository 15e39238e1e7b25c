//! What a step hands out for a second factor: the URI for an authenticator app, the recovery codes.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::{
    callback::{Callback, MessageKind},
    node::{Step, script},
};

/// Registers an authenticator app: the text of the QR code that the app scans.
///
/// `Debug` does not show the URI: it holds the shared secret.
#[derive(Clone)]
pub struct MfaRegistration {
    kind: MfaKind,
    uri: SecretString,
    message: Option<String>,
}

/// Says what an authenticator app is registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MfaKind {
    /// One-time codes (`otpauth://`).
    Oath,
    /// Push notifications (`pushauth://`).
    Push,
    /// Both at once (`mfauth://`).
    Combined,
}

/// Holds the codes that stand in for a lost device; they are shown once.
///
/// `Debug` shows how many there are.
#[derive(Clone)]
pub struct RecoveryCodes {
    device_name: Option<String>,
    codes: Vec<SecretString>,
}

const SCHEMES: [(&str, MfaKind); 3] = [
    ("otpauth://", MfaKind::Oath),
    ("pushauth://", MfaKind::Push),
    ("mfauth://", MfaKind::Combined),
];

impl Step {
    /// Returns what registers an authenticator app, when this step does that.
    ///
    /// PingAM hands the URI out as a hidden value, OpenAM within a script or as a named value.
    ///
    /// ```
    /// # use journey_core::{MfaKind, Outcome, Realm, Server, Start};
    /// # use secrecy::ExposeSecret;
    /// # let start = Start::new(Server::new("https://am.example.com/am")?, Realm::root());
    /// # let body = r#"{"authId":"x","callbacks":[{"type":"HiddenValueCallback","output":[{"name":"value","value":"otpauth://totp/A:b?secret=ABC"},{"name":"id","value":"mfaDeviceRegistration"}],"input":[{"name":"IDToken1","value":"mfaDeviceRegistration"}]}]}"#;
    /// # let Outcome::Continue(step) = start.read(&http::Response::new(body))? else { unreachable!() };
    /// let registration = step.mfa_registration().unwrap();
    /// assert_eq!(registration.kind(), MfaKind::Oath);
    /// assert_eq!(registration.uri().expose_secret(), "otpauth://totp/A:b?secret=ABC");
    /// # Ok::<(), journey_core::Error>(())
    /// ```
    pub fn mfa_registration(&self) -> Option<MfaRegistration> {
        let (kind, uri) = self.callbacks.iter().find_map(|callback| match callback {
            Callback::HiddenValue(it) => whole_uri(it.value()?.expose_secret()),
            Callback::NameValueOutput(it) => {
                it.entries().iter().find_map(|(_, value)| whole_uri(value))
            }
            Callback::TextOutput(it) if it.kind() == MessageKind::Script => {
                script::strings(it.message()).iter().find_map(|it| whole_uri(it.expose_secret()))
            }
            _ => None,
        })?;
        let message = self.callbacks.iter().find_map(|callback| match callback {
            Callback::TextOutput(it) if it.kind() != MessageKind::Script => Some(it.message()),
            _ => None,
        });
        Some(MfaRegistration { kind, uri, message: message.map(|it| it.trim().to_owned()) })
    }

    /// Returns the recovery codes, when this step shows some, as it does after a security key was registered.
    pub fn recovery_codes(&self) -> Option<RecoveryCodes> {
        self.callbacks.iter().find_map(|callback| {
            let Callback::TextOutput(it) = callback else { return None };
            let script = it.message();
            if !script.to_lowercase().contains("recovery codes") {
                return None;
            }
            let strings = script::strings(script);
            // Each code is a line of its own; other words of the script, such as the names of elements, are not.
            let codes: Vec<_> = strings
                .iter()
                .filter_map(|it| it.expose_secret().strip_suffix('\n'))
                .map(str::trim)
                .filter(|it| {
                    it.len() >= 6 && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
                })
                .map(SecretString::from)
                .collect();
            let device_name = strings.iter().find_map(|it| {
                let (_, rest) = it.expose_secret().split_once("<em>")?;
                Some(rest.split_once("</em>")?.0.trim().to_owned())
            });
            (!codes.is_empty()).then_some(RecoveryCodes { device_name, codes })
        })
    }
}

impl MfaRegistration {
    /// Returns what the app is registered for.
    pub fn kind(&self) -> MfaKind {
        self.kind
    }

    /// Returns the URI, which is also the text of the QR code to draw.
    pub fn uri(&self) -> &SecretString {
        &self.uri
    }

    /// Returns the text to show beside it.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl RecoveryCodes {
    /// Returns the name that the registered device was given.
    pub fn device_name(&self) -> Option<&str> {
        self.device_name.as_deref()
    }

    /// Returns the codes; each is good for one sign-in.
    pub fn codes(&self) -> &[SecretString] {
        &self.codes
    }
}

fn whole_uri(text: &str) -> Option<(MfaKind, SecretString)> {
    let text = text.trim();
    let (_, kind) = SCHEMES.iter().find(|(scheme, _)| text.starts_with(scheme))?;
    Some((*kind, text.into()))
}

impl fmt::Debug for MfaRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaRegistration")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryCodes")
            .field("device_name", &self.device_name)
            .field("count", &self.codes.len())
            .finish_non_exhaustive()
    }
}
