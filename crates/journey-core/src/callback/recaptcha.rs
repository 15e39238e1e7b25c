//! `ReCaptchaCallback`.

use secrecy::{ExposeSecret, SecretString};

use crate::callback::{RawCallback, typed::typed_callback};

/// Asks for proof of being human: Google's reCAPTCHA or hCaptcha.
///
/// ```json
/// {"type": "ReCaptchaCallback", "output": [{"name": "recaptchaSiteKey", "value": "6Lf"},
///  {"name": "captchaApiUri", "value": "https://www.google.com/recaptcha/api.js"},
///  {"name": "captchaDivClass", "value": "g-recaptcha"}, {"name": "reCaptchaV3", "value": false},
///  {"name": "disableSubmission", "value": true}], "input": [{"name": "IDToken1", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct ReCaptchaCallback {
    raw: RawCallback,
    site_key: String,
}

impl ReCaptchaCallback {
    /// Returns the key of the site at the captcha's provider.
    pub fn site_key(&self) -> &str {
        &self.site_key
    }

    /// Returns where the captcha's script is.
    pub fn api_uri(&self) -> String {
        self.raw.output_text("captchaApiUri").unwrap_or_default()
    }

    /// Returns the class of the captcha's element in a page.
    pub fn div_class(&self) -> String {
        self.raw.output_text("captchaDivClass").unwrap_or_default()
    }

    /// Tells whether it is the invisible version 3.
    pub fn is_v3(&self) -> bool {
        self.raw.output_bool("reCaptchaV3").unwrap_or_default()
    }

    /// Tells whether the form should not be sent before the proof is there.
    pub fn disables_submission(&self) -> bool {
        self.raw.output_bool("disableSubmission").unwrap_or_default()
    }

    /// Hands the proof over. It is kept in memory that is wiped.
    pub fn set_token(&mut self, token: impl Into<SecretString>) {
        let token = token.into();
        self.raw.set_proven_input(0, token.expose_secret());
    }
}

typed_callback!(ReCaptchaCallback, "ReCaptchaCallback", |raw| match raw.inputs() {
    0 => Err(raw),
    _ => Ok(Self { site_key: raw.output_text("recaptchaSiteKey").unwrap_or_default(), raw }),
});
