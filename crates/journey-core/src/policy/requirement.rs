//! The requirements that AM and IDM know.

/// Declares the known requirements; a new one is a line here.
///
/// In a text, `{label}` stands for the field's name, `{key}` for a parameter, and `{key:word}` for a number
/// with its word, in the plural where it must be.
macro_rules! requirements {
    ($($variant:ident = $wire:literal $text:literal),+ $(,)?) => {
        /// Names what a value must be like.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Requirement {
            $(
                #[doc = concat!("`", $wire, "`: ", $text)]
                $variant,
            )+
            /// One that this crate does not know.
            Unknown,
        }

        impl Requirement {
            /// Reads the wire's name of a requirement.
            ///
            /// ```
            /// use journey_core::Requirement;
            ///
            /// assert_eq!(Requirement::from_name("MIN_LENGTH"), Requirement::MinLength);
            /// assert_eq!(Requirement::from_name("PALINDROME"), Requirement::Unknown);
            /// ```
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($wire => Self::$variant,)+
                    _ => Self::Unknown,
                }
            }

            pub(super) fn english(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown => "{label} does not meet a requirement of the server",
                }
            }
        }
    };
}

requirements! {
    Required = "REQUIRED" "{label} is required",
    Unique = "UNIQUE" "{label} is in use already",
    MatchRegexp = "MATCH_REGEXP" "{label} does not have the right form",
    ValidType = "VALID_TYPE" "{label} is of the wrong type",
    ValidQueryFilter = "VALID_QUERY_FILTER" "{label} is not a valid query filter",
    ValidArrayItems = "VALID_ARRAY_ITEMS" "{label} has an item that is not valid",
    ValidDate = "VALID_DATE" "{label} is not a valid date",
    ValidEmailAddressFormat = "VALID_EMAIL_ADDRESS_FORMAT" "{label} is not a valid e-mail address",
    ValidNameFormat = "VALID_NAME_FORMAT" "{label} is not a valid name",
    ValidPhoneFormat = "VALID_PHONE_FORMAT" "{label} is not a valid phone number",
    ValidNumber = "VALID_NUMBER" "{label} is not a valid number",
    ValidInt = "VALID_INT" "{label} is not a whole number",
    ValidBoolean = "VALID_BOOLEAN" "{label} is neither true nor false",
    ValidUsername = "VALID_USERNAME" "{label} is in use already or not a valid user name",
    IsNumber = "IS_NUMBER" "{label} is not a number",
    IsNumberGreaterZero = "IS_NUMBER_GREATER_ZERO" "{label} must be more than zero",
    IsNew = "IS_NEW" "{label} must differ from the last {historyLength:one}",
    MinLength = "MIN_LENGTH" "{label} must have at least {minLength:character}",
    MaxLength = "MAX_LENGTH" "{label} must have at most {maxLength:character}",
    LengthBased = "LENGTH_BASED"
        "{label} must have {min-password-length} to {max-password-length} characters",
    MinItems = "MIN_ITEMS" "{label} must have at least {minItems:item}",
    MinimumNumberValue = "MINIMUM_NUMBER_VALUE" "{label} must be at least {minimum}",
    MaximumNumberValue = "MAXIMUM_NUMBER_VALUE" "{label} must be at most {maximum}",
    AtLeastXCapitalLetters = "AT_LEAST_X_CAPITAL_LETTERS"
        "{label} must have at least {numCaps:capital letter}",
    AtLeastXNumbers = "AT_LEAST_X_NUMBERS" "{label} must have at least {numNums:digit}",
    MustContainLowercaseCharacters = "MUST_CONTAIN_LOWERCASE_CHARACTERS"
        "{label} must have a lower-case letter",
    MustContainSpecialCharacters = "MUST_CONTAIN_SPECIAL_CHARACTERS"
        "{label} must have one of these characters: {requiredChars}",
    CannotContainOthers = "CANNOT_CONTAIN_OTHERS" "{label} must not contain: {disallowedFields}",
    CannotContainCharacters = "CANNOT_CONTAIN_CHARACTERS"
        "{label} must not contain these characters: {forbiddenChars}",
    CannotContainDuplicates = "CANNOT_CONTAIN_DUPLICATES" "{label} must not repeat characters",
}
