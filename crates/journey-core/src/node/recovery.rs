//! Answering again when an answer was lost on its way.

use secrecy::SecretString;

use crate::{callback::Callback, node::Step};

/// What prompts for one-time codes have in them, in the languages AM ships and some more.
const CODE_WORDS: &[&str] = &[
    "code",
    "kode",
    "kód",
    "kod",
    "código",
    "codice",
    "otp",
    "one-time",
    "one time",
    "einmal",
    "token",
    "pin",
    "tan",
    "verif",
    "passcode",
    "コード",
    "代码",
    "验证",
    "코드",
];

impl Step {
    /// Tells whether another step asks the same: the same types in the same order with the same prompts,
    /// on the same stage.
    ///
    /// A journey that starts again mostly begins with a step alike, under a new authId.
    pub fn is_alike(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.callbacks(), other.callbacks());
        self.stage() == other.stage()
            && ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(one, two)| {
                one.type_name() == two.type_name()
                    && one.prompt() == two.prompt()
                    && one.raw().inputs() == two.raw().inputs()
                    && one.raw().output_json("choices") == two.raw().output_json("choices")
                    && one.raw().output_json("options") == two.raw().output_json("options")
            })
    }

    /// Takes the answers of a step that is alike, and says whether it did: all of them, or none.
    ///
    /// Only what may be said twice is taken. With a one-time code, a signature, a captcha's proof or anything
    /// of a type unknown among the answers, nothing is: those are good for one step. What looks like a
    /// one-time code counts as one: a prompt that says so, or an answer of four to ten digits.
    ///
    /// ```
    /// # use journey_core::{NameCallback, Outcome, Realm, Server, Start};
    /// # let start = Start::new(Server::new("https://am.example.com/am")?, Realm::root());
    /// # let read = |id: &str| {
    /// #     let name = r#"{"type":"NameCallback","output":[{"name":"prompt","value":"User"}],"input":[{"name":"IDToken1","value":""}]}"#;
    /// #     let body = format!(r#"{{"authId":"{id}","callbacks":[{name}]}}"#);
    /// #     match start.read(&http::Response::new(body)) { Ok(Outcome::Continue(step)) => step, _ => unreachable!() }
    /// # };
    /// let (mut spent, mut fresh) = (read("spent"), read("fresh"));
    /// spent.callback_mut::<NameCallback>().unwrap().set_name("bjensen");
    /// assert!(fresh.is_alike(&spent) && fresh.take_answers_from(&spent));
    /// assert_eq!(fresh.callback::<NameCallback>().unwrap().name().as_deref(), Some("bjensen"));
    /// # Ok::<(), journey_core::Error>(())
    /// ```
    pub fn take_answers_from(&mut self, other: &Self) -> bool {
        if !self.is_alike(other) || !other.callbacks().iter().all(may_be_said_twice) {
            return false;
        }
        for (ours, theirs) in self.callbacks.iter_mut().zip(other.callbacks()) {
            for (input, text) in theirs.raw().new_inputs() {
                ours.raw_mut().restore_input(input, SecretString::from(text));
            }
        }
        true
    }
}

fn may_be_said_twice(callback: &Callback) -> bool {
    if callback.raw().new_inputs().next().is_none() {
        return true;
    }
    match callback {
        Callback::Name(_) | Callback::Password(_) | Callback::TextInput(_) => {
            !asks_for_code(callback) && !holds_code(callback)
        }
        Callback::Choice(_)
        | Callback::Confirmation(_)
        | Callback::BooleanAttributeInput(_)
        | Callback::NumberAttributeInput(_)
        | Callback::StringAttributeInput(_)
        | Callback::ValidatedCreateUsername(_)
        | Callback::ValidatedCreatePassword(_)
        | Callback::KbaCreate(_)
        | Callback::TermsAndConditions(_)
        | Callback::ConsentMapping(_)
        | Callback::SelectIdP(_)
        | Callback::DeviceProfile(_)
        | Callback::Language(_) => true,
        _ => false,
    }
}

pub(super) fn asks_for_code(callback: &Callback) -> bool {
    let prompt = callback.prompt().unwrap_or_default().to_lowercase();
    CODE_WORDS.iter().any(|it| match it.len() {
        // Short words only by themselves: "pin" is no part of "shipping".
        ..4 => prompt.split(|it: char| !it.is_alphanumeric()).any(|word| word == *it),
        _ => prompt.contains(it),
    })
}

pub(super) fn holds_code(callback: &Callback) -> bool {
    callback.raw().new_inputs().any(|(_, text)| {
        let text = text.trim_matches('"');
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let mut others = text.chars().filter(|it| !it.is_ascii_digit());
        (4..=10).contains(&digits) && others.all(|it| matches!(it, ' ' | '-'))
    })
}
