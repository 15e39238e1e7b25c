//! What the callbacks that AM checks against policies have in common.

/// Writes the methods of a callback that is checked against policies, with fields `raw` and `prompt`.
macro_rules! checked {
    ($name:ident) => {
        impl $name {
            /// Returns the text to show before the field.
            pub fn prompt(&self) -> &str {
                &self.prompt
            }

            /// Returns which policies the server will check.
            pub fn policies(&self) -> $crate::Policies {
                $crate::Policies::of(&self.raw)
            }

            /// Returns what was wrong with the value sent last.
            pub fn failed_policies(&self) -> Vec<$crate::FailedPolicy> {
                $crate::FailedPolicy::all_of(&self.raw)
            }

            /// Tells whether the server is asked to check only, and to show this step again.
            pub fn is_validate_only(&self) -> bool {
                let input = self.raw.find_input(&["validateOnly"], 1);
                let now = input.and_then(|it| self.raw.input(it));
                now.or_else(|| self.raw.output_bool("validateOnly")).unwrap_or_default()
            }

            /// Asks the server to check the value only, or to take it.
            ///
            /// # Errors
            /// [`InputError`](crate::InputError) when the callback has no such input; some servers
            /// leave it out.
            pub fn set_validate_only(&mut self, only: bool) -> Result<(), $crate::InputError> {
                let input = self.raw.find_input(&["validateOnly"], 1);
                self.raw.set_input(input.ok_or_else($crate::InputError::no_input)?, &only)
            }
        }
    };
}

/// Writes the methods of a callback for one attribute of the user's.
macro_rules! attribute {
    ($name:ident) => {
        $crate::callback::attribute::checked!($name);

        impl $name {
            /// Returns the attribute's name, such as `mail`.
            pub fn name(&self) -> String {
                self.raw.output_text("name").unwrap_or_default()
            }

            /// Tells whether a value must be given.
            pub fn is_required(&self) -> bool {
                self.raw.output_bool("required").unwrap_or_default()
            }
        }
    };
}

pub(crate) use {attribute, checked};
