//! What a step asks and says: one type per callback of AM, each a view over the server's own JSON.

mod choice;
mod confirmation;
mod error;
mod hidden_value;
mod name;
mod password;
mod polling_wait;
mod raw;
mod registry;
mod text_input;
mod text_output;
mod typed;
pub(crate) mod wire;

use std::any::Any;

pub use choice::ChoiceCallback;
pub use confirmation::{ConfirmationCallback, ConfirmationKind};
pub use error::InputError;
pub use hidden_value::HiddenValueCallback;
pub use name::NameCallback;
pub use password::PasswordCallback;
pub use polling_wait::PollingWaitCallback;
pub(crate) use raw::Edit;
pub use raw::RawCallback;
pub use registry::Registry;
pub use text_input::TextInputCallback;
pub use text_output::{MessageKind, TextOutputCallback};
pub use typed::TypedCallback;

/// Declares the built-in callbacks; a new one is a line here.
macro_rules! callbacks {
    ($($variant:ident($type:ident)),+ $(,)?) => {
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
    Choice(ChoiceCallback),
    Confirmation(ConfirmationCallback),
    HiddenValue(HiddenValueCallback),
    Name(NameCallback),
    Password(PasswordCallback),
    PollingWait(PollingWaitCallback),
    TextInput(TextInputCallback),
    TextOutput(TextOutputCallback),
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
}
