//! `ReCaptchaEnterpriseCallback`.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::callback::{InputError, RawCallback, typed::typed_callback};

/// Asks for proof of being human, from Google's reCAPTCHA Enterprise.
///
/// ```json
/// {"type": "ReCaptchaEnterpriseCallback", "output": [{"name": "recaptchaSiteKey", "value": "6Lf"},
///  {"name": "captchaApiUri", "value": "https://www.google.com/recaptcha/enterprise.js"},
///  {"name": "captchaDivClass", "value": "g-recaptcha"}],
///  "input": [{"name": "IDToken1token", "value": ""}, {"name": "IDToken1action", "value": ""},
///   {"name": "IDToken1clientError", "value": ""}, {"name": "IDToken1payload", "value": ""}]}
/// ```
#[derive(Debug)]
pub struct ReCaptchaEnterpriseCallback {
    raw: RawCallback,
    site_key: String,
    token: usize,
}

impl ReCaptchaEnterpriseCallback {
    /// Returns the key of the site at Google.
    pub fn site_key(&self) -> &str {
        &self.site_key
    }

    /// Returns where the script is.
    pub fn api_uri(&self) -> String {
        self.raw.output_text("captchaApiUri").unwrap_or_default()
    }

    /// Returns the class of the captcha's element in a page.
    pub fn div_class(&self) -> String {
        self.raw.output_text("captchaDivClass").unwrap_or_default()
    }

    /// Hands the proof over. It is kept in memory that is wiped.
    pub fn set_token(&mut self, token: impl Into<SecretString>) {
        let token = token.into();
        self.raw.set_proven_input(self.token, token.expose_secret());
    }

    /// Says which action the proof was made for, such as `login`.
    ///
    /// # Errors
    /// [`InputError`] when the callback has no such input.
    pub fn set_action(&mut self, action: &str) -> Result<(), InputError> {
        self.set("action", 1, action)
    }

    /// Says why it did not work.
    ///
    /// # Errors
    /// [`InputError`] when the callback has no such input.
    pub fn set_client_error(&mut self, error: &str) -> Result<(), InputError> {
        self.set("clientError", 2, error)
    }

    /// Adds what Google's assessment should take into account. AM wants it as a text, which is written here.
    ///
    /// # Errors
    /// [`InputError`] when the callback has no such input.
    pub fn set_payload(&mut self, payload: &Value) -> Result<(), InputError> {
        self.set("payload", 3, &payload.to_string())
    }

    fn set(&mut self, suffix: &str, place: usize, value: &str) -> Result<(), InputError> {
        let input = self.raw.find_input(&[suffix], place);
        self.raw.set_input(input.ok_or_else(InputError::no_input)?, value)
    }
}

typed_callback!(ReCaptchaEnterpriseCallback, "ReCaptchaEnterpriseCallback", |raw| {
    let Some(token) = raw.find_input(&["token"], 0) else { return Err(raw) };
    Ok(Self { site_key: raw.output_text("recaptchaSiteKey").unwrap_or_default(), token, raw })
});
