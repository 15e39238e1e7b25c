//! Signs many users in from one back end: each browser's journey goes on from request to request, what is half done
//! travels sealed in the page, and an API is called in the user's name.
//!
//! Nothing here knows a web framework: a handler takes the browser's number from its cookie and calls one of these.

use std::time::Duration;

use journey_sdk::{
    AccessToken, Answers, Callback, ContinueNode, Error, FailureNode, Journey, Node, StepState,
    User, storage::SealingKey,
};

/// What all requests share. One for the whole process.
#[derive(Debug)]
pub struct BackEnd {
    journey: Journey,
    /// Seals what pages carry. The same in each process that may get the next request.
    page_key: SealingKey,
}

/// What the browser is to show.
#[derive(Debug)]
pub enum Screen {
    /// Fields to fill in, and what the page sends back with them.
    Form(Vec<Field>, Vec<u8>),
    /// The server refused, with a text for the user; the journey starts again.
    Refused(String),
    /// The user has signed in.
    Welcome,
}

/// A field of a form; without a prompt there is nothing to fill in.
#[derive(Debug)]
pub struct Field {
    /// The callback's type, for the page to choose how it looks.
    pub kind: String,
    /// What to ask.
    pub prompt: Option<String>,
    /// What to choose from.
    pub choices: Vec<String>,
}

/// Why a request could not be answered, as a web server says it.
#[derive(Debug)]
pub enum Trouble {
    /// 400: the page is not one of this browser's, or its answers do not fit.
    BadRequest,
    /// 401: sign in again.
    SignIn,
    /// 503, with a pause if the server asked for one.
    Later(Option<Duration>),
    /// 500: for the log.
    Ours(Error),
}

impl BackEnd {
    /// Makes a back end. The journey's store decides what a restart forgets.
    pub fn new(journey: Journey, page_key: SealingKey) -> Self {
        Self { journey, page_key }
    }

    /// Starts a journey. `browser` is the slot the login is kept in: a random number, new for each sign-in, that only
    /// this browser knows, from a cookie that is `HttpOnly` and `Secure`.
    ///
    /// # Errors
    /// When the server is not reached.
    pub async fn start(&self, browser: &str) -> Result<Screen, Trouble> {
        self.show(self.journey.start("Login").account(browser).await)
    }

    /// Goes on with the page that comes back, which may have been shown by another process. There is an answer for
    /// each field; an empty one leaves it as it is.
    ///
    /// # Errors
    /// When the page is another browser's, or the server is not reached: the page may be sent again then.
    pub async fn next(
        &self,
        browser: &str,
        page: &[u8],
        answers: &[&str],
    ) -> Result<Screen, Trouble> {
        let state = StepState::open(page, &self.page_key).map_err(|_| Trouble::BadRequest)?;
        let mut step = self.journey.continue_from(&state).map_err(|_| Trouble::BadRequest)?;
        if step.account() != browser {
            return Err(Trouble::BadRequest);
        }
        let answers = step.callbacks_mut().zip(answers).filter(|(_, answer)| !answer.is_empty());
        for (callback, answer) in answers {
            let one = Answers::new().of_type(callback.type_name().to_owned(), *answer);
            one.fill(callback).map_err(|_| Trouble::BadRequest)?;
        }
        self.show(step.next().await)
    }

    /// Calls an API with the user's token, and once more with another if the API rejects it.
    ///
    /// # Errors
    /// When nobody has signed in, or no token is to be had.
    pub async fn call<T>(
        &self,
        browser: &str,
        api: impl AsyncFn(&AccessToken) -> Result<T, Rejected>,
    ) -> Result<T, Trouble> {
        let user = self.user(browser).await?;
        let token = user.token().await?;
        match api(&token).await {
            Ok(answer) => Ok(answer),
            Err(Rejected) => {
                let another = user.token_instead_of(&token).await?;
                api(&another).await.map_err(|Rejected| Trouble::SignIn)
            }
        }
    }

    /// Signs out, and says whether the server has confirmed all of it.
    pub async fn sign_out(&self, browser: &str) -> bool {
        self.journey.logout_for(browser).await.is_complete()
    }

    /// Lets what is on its way come home. After the web server has stopped taking requests.
    pub async fn drain(&self) {
        self.journey.drain().await;
    }

    async fn user(&self, browser: &str) -> Result<User, Trouble> {
        self.journey.user_for(browser).await?.ok_or(Trouble::SignIn)
    }

    fn show(&self, node: Result<Node, FailureNode>) -> Result<Screen, Trouble> {
        match node.map_err(Error::from)? {
            Node::Continue(step) => {
                let page = step.to_state().seal(&self.page_key)?;
                Ok(Screen::Form(fields(&step), page))
            }
            Node::Error(refused) => Ok(Screen::Refused(refused.message().to_owned())),
            Node::Success(_) => Ok(Screen::Welcome),
        }
    }
}

/// The API answered 401.
#[derive(Debug)]
pub struct Rejected;

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if error.needs_sign_in() {
            Self::SignIn
        } else if error.is_retryable() {
            Self::Later(error.retry_after())
        } else {
            Self::Ours(error)
        }
    }
}

fn fields(step: &ContinueNode) -> Vec<Field> {
    let field = |callback: &Callback| Field {
        kind: callback.type_name().to_owned(),
        prompt: callback.prompt(),
        choices: match callback {
            Callback::Choice(choice) => choice.choices().to_vec(),
            _ => Vec::new(),
        },
    };
    step.callbacks().iter().map(field).collect()
}
