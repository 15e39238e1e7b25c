//! What a step asks and says: one type per callback of AM, each a view over the server's own JSON.

mod attribute;
mod error;
mod protect_options;
mod raw;
mod registry;
mod typed;
mod web_authn;
pub(crate) mod wire;

use std::any::Any;

pub use error::InputError;
pub use protect_options::ProtectOptions;
pub(crate) use raw::Edit;
pub use raw::RawCallback;
pub use registry::Registry;
pub use typed::TypedCallback;
pub use web_authn::{WebAuthnAuthentication, WebAuthnRegistration};

/// Declares the built-in callbacks; a new one is a line here: its variant, its type, which has the wire's
/// name, and its file.
macro_rules! callbacks {
    ($($variant:ident($type:ident) in $file:ident),+ $(,)?) => {
        $(
            mod $file;
            pub use $file::*;
        )+

        /// One thing that a step asks or says.
        ///
        /// What is of no known type, or lacks what its type needs, is [`Unknown`](Self::Unknown): it goes
        /// back unchanged, and its inputs can still be set.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Callback {
            $(
                #[doc = concat!("A [`", stringify!($type), "`].")]
                $variant($type),
            )+
            /// A callback of a type that the integrator registered.
            Custom(Box<dyn TypedCallback>),
            /// A callback of an unknown type, or one that could not be read as its type.
            Unknown(RawCallback),
        }

        impl Callback {
            /// The wire names of all built-in callbacks.
            pub const BUILT_IN: &[&str] = &[$(stringify!($type)),+];

            pub(crate) fn built_in(raw: RawCallback) -> Self {
                match raw.type_name() {
                    $(
                        stringify!($type) => {
                            $type::from_raw(raw).map_or_else(Self::Unknown, Self::$variant)
                        }
                    )+
                    _ => Self::Unknown(raw),
                }
            }

            /// Returns the raw callback behind.
            pub fn raw(&self) -> &RawCallback {
                match self {
                    $(Self::$variant(it) => it.raw(),)+
                    Self::Custom(it) => it.raw(),
                    Self::Unknown(raw) => raw,
                }
            }

            /// Returns the raw callback behind, to set inputs.
            pub fn raw_mut(&mut self) -> &mut RawCallback {
                match self {
                    $(Self::$variant(it) => it.raw_mut(),)+
                    Self::Custom(it) => it.raw_mut(),
                    Self::Unknown(raw) => raw,
                }
            }

            /// Returns the callback as the given type, if it is one.
            pub fn downcast_ref<T: TypedCallback>(&self) -> Option<&T> {
                let any: &dyn Any = match self {
                    $(Self::$variant(it) => it,)+
                    Self::Custom(it) => &**it,
                    Self::Unknown(_) => return None,
                };
                any.downcast_ref()
            }

            /// Returns the callback as the given type, to set inputs.
            pub fn downcast_mut<T: TypedCallback>(&mut self) -> Option<&mut T> {
                let any: &mut dyn Any = match self {
                    $(Self::$variant(it) => it,)+
                    Self::Custom(it) => &mut **it,
                    Self::Unknown(_) => return None,
                };
                any.downcast_mut()
            }
        }
    };
}

callbacks! {
    AppIntegrity(AppIntegrityCallback) in app_integrity,
    BooleanAttributeInput(BooleanAttributeInputCallback) in boolean_attribute_input,
    Choice(ChoiceCallback) in choice,
    Confirmation(ConfirmationCallback) in confirmation,
    ConsentMapping(ConsentMappingCallback) in consent_mapping,
    DeviceBinding(DeviceBindingCallback) in device_binding,
    DeviceProfile(DeviceProfileCallback) in device_profile,
    DeviceSigningVerifier(DeviceSigningVerifierCallback) in device_signing_verifier,
    HiddenValue(HiddenValueCallback) in hidden_value,
    IdP(IdPCallback) in idp,
    KbaCreate(KbaCreateCallback) in kba_create,
    Language(LanguageCallback) in language,
    Metadata(MetadataCallback) in metadata,
    Name(NameCallback) in name,
    NameValueOutput(NameValueOutputCallback) in name_value_output,
    NumberAttributeInput(NumberAttributeInputCallback) in number_attribute_input,
    Password(PasswordCallback) in password,
    PingOneProtectEvaluation(PingOneProtectEvaluationCallback) in protect_evaluation,
    PingOneProtectInitialize(PingOneProtectInitializeCallback) in protect_initialize,
    PollingWait(PollingWaitCallback) in polling_wait,
    ReCaptcha(ReCaptchaCallback) in recaptcha,
    ReCaptchaEnterprise(ReCaptchaEnterpriseCallback) in recaptcha_enterprise,
    Redirect(RedirectCallback) in redirect,
    SelectIdP(SelectIdPCallback) in select_idp,
    StringAttributeInput(StringAttributeInputCallback) in string_attribute_input,
    SuspendedTextOutput(SuspendedTextOutputCallback) in suspended_text_output,
    TermsAndConditions(TermsAndConditionsCallback) in terms_and_conditions,
    TextInput(TextInputCallback) in text_input,
    TextOutput(TextOutputCallback) in text_output,
    ValidatedCreatePassword(ValidatedCreatePasswordCallback) in validated_create_password,
    ValidatedCreateUsername(ValidatedCreateUsernameCallback) in validated_create_username,
}

impl Callback {
    /// Returns the type as the server wrote it.
    pub fn type_name(&self) -> &str {
        self.raw().type_name()
    }

    /// Returns the prompt, for those that have one.
    pub fn prompt(&self) -> Option<String> {
        self.raw().output_text("prompt")
    }

    /// Returns what names the callback across languages: a hidden value's id, an attribute's name.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::HiddenValue(it) => it.id().map(str::to_owned),
            Self::BooleanAttributeInput(_)
            | Self::NumberAttributeInput(_)
            | Self::StringAttributeInput(_)
            | Self::ConsentMapping(_) => self.raw().output_text("name"),
            _ => None,
        }
        .filter(|it| !it.is_empty())
    }
}
