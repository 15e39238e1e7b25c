//! What makes a raw callback a typed one.

use std::{any::Any, fmt::Debug};

use crate::callback::RawCallback;

/// Views a raw callback as one of a known type.
///
/// Implement it for the callbacks of your own nodes and register the type with the journey. A type
/// registered for a name that this crate knows too takes its place.
///
/// ```
/// use journey_core::{RawCallback, TypedCallback};
///
/// #[derive(Debug)]
/// struct BadgeCallback(RawCallback);
///
/// impl TypedCallback for BadgeCallback {
///     fn type_name() -> &'static str {
///         "BadgeCallback"
///     }
///     fn from_raw(raw: RawCallback) -> Result<Self, RawCallback> {
///         if raw.inputs() == 1 { Ok(Self(raw)) } else { Err(raw) }
///     }
///     fn raw(&self) -> &RawCallback {
///         &self.0
///     }
///     fn raw_mut(&mut self) -> &mut RawCallback {
///         &mut self.0
///     }
/// }
/// ```
pub trait TypedCallback: Any + Debug + Send + Sync {
    /// Returns the type's name on the wire.
    fn type_name() -> &'static str
    where
        Self: Sized;

    /// Takes the raw callback.
    ///
    /// # Errors
    /// Gives the callback back when it lacks what this type needs; it then stays unknown.
    fn from_raw(raw: RawCallback) -> Result<Self, RawCallback>
    where
        Self: Sized;

    /// Returns the raw callback.
    fn raw(&self) -> &RawCallback;

    /// Returns the raw callback, to set inputs.
    fn raw_mut(&mut self) -> &mut RawCallback;
}

/// Writes the part of [`TypedCallback`] that is the same for every callback with a field `raw`.
macro_rules! typed_callback {
    ($name:ident, $wire:literal, $from_raw:expr) => {
        impl $crate::callback::TypedCallback for $name {
            fn type_name() -> &'static str {
                $wire
            }

            fn from_raw(
                raw: $crate::callback::RawCallback,
            ) -> Result<Self, $crate::callback::RawCallback> {
                let make: fn(
                    $crate::callback::RawCallback,
                ) -> Result<Self, $crate::callback::RawCallback> = $from_raw;
                make(raw)
            }

            fn raw(&self) -> &$crate::callback::RawCallback {
                &self.raw
            }

            fn raw_mut(&mut self) -> &mut $crate::callback::RawCallback {
                &mut self.raw
            }
        }
    };
}

pub(crate) use typed_callback;
