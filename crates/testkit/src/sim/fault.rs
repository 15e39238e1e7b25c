//! Faults on order: answers that are lost, late, or not AM's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::sync::Notify;

use crate::sim::call::{Call, find};
use crate::sim::road::Road;

/// Which requests something is about.
///
/// ```
/// use journey_testkit::sim::Matcher;
///
/// let logout = Matcher::path("/sessions").action("logout");
/// assert_eq!(logout, Matcher::path("/sessions").action("logout"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matcher {
    method: Option<String>,
    path_end: Option<String>,
    action: Option<String>,
    grant_type: Option<String>,
}

impl Matcher {
    /// Matches every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Matches requests whose path ends like this.
    pub fn path(end: impl Into<String>) -> Self {
        Self { path_end: Some(end.into()), ..Self::default() }
    }

    /// Matches only this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Matches only this `_action`.
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Matches only token requests of this `grant_type`.
    #[must_use]
    pub fn grant_type(mut self, grant_type: impl Into<String>) -> Self {
        self.grant_type = Some(grant_type.into());
        self
    }

    pub(crate) fn matches(&self, call: &Call) -> bool {
        let fits = |wanted: &Option<String>, seen: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| seen == Some(wanted))
        };
        fits(&self.method, Some(call.method.as_str()))
            && self.path_end.as_ref().is_none_or(|end| call.path.ends_with(end.as_str()))
            && fits(&self.action, call.query("_action"))
            && (self.grant_type.is_none()
                || fits(&self.grant_type, find(&call.form(), "grant_type")))
    }
}

/// Matches requests whose path ends like this.
impl From<&str> for Matcher {
    fn from(path_end: &str) -> Self {
        Self::path(path_end)
    }
}

/// Matches a method, and a path that ends like this.
impl From<(&str, &str)> for Matcher {
    fn from((method, path_end): (&str, &str)) -> Self {
        Self::path(path_end).method(method)
    }
}

/// What goes wrong.
///
/// ```
/// use journey_testkit::sim::{Am, Fault, Matcher};
///
/// let am = Am::demo();
/// am.fail_next(Matcher::path("/access_token").grant_type("refresh_token"), Fault::DropAfter);
/// am.fail_each("/sessions", Fault::Json(200, serde_json::json!({ "code": 401 })));
/// assert_eq!(am.clear_faults(), 1);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// This status with an empty body; the server did nothing.
    Status(u16),
    /// This status with a `Retry-After` of so many seconds; the server did nothing.
    RetryAfter(u16, u64),
    /// A page of HTML with status 200, as a proxy sends it; the server did nothing.
    Html,
    /// This status and body; the server did nothing.
    Json(u16, Value),
    /// The connection breaks before the server has acted.
    DropBefore,
    /// The server acts; then the connection breaks and the answer is lost.
    DropAfter,
    /// The request arrives twice, as a proxy may repeat it; the second answer comes back.
    Repeat,
    /// The request waits for ever, and the server never acts.
    Hang,
    /// The server acts; then the answer waits for ever.
    HangAfter,
}

/// Holds a request back until the test lets it go.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use journey_testkit::sim::Am;
/// use tower::ServiceExt;
///
/// let am = Am::demo();
/// let gate = am.hold_next("/serverinfo/*");
/// let request = http::Request::get("/am/json/serverinfo/*").body(String::new())?;
/// let (answer, ()) = tokio::join!(am.service().oneshot(request), async {
///     gate.arrived().await;
///     gate.release();
/// });
/// assert_eq!(answer?.status(), 200);
/// # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Debug, Clone, Default)]
pub struct Gate {
    inner: Arc<GateState>,
}

#[derive(Debug, Default)]
struct GateState {
    arrived: AtomicBool,
    released: AtomicBool,
    changed: Notify,
}

impl Gate {
    /// Waits until a request has come to the gate.
    pub async fn arrived(&self) {
        self.wait_for(&self.inner.arrived).await;
    }

    /// Tells whether a request has come to the gate.
    pub fn has_arrived(&self) -> bool {
        self.inner.arrived.load(Ordering::SeqCst)
    }

    /// Lets the request go on.
    pub fn release(&self) {
        self.inner.released.store(true, Ordering::SeqCst);
        self.inner.changed.notify_waiters();
    }

    pub(crate) async fn pass(&self) {
        self.inner.arrived.store(true, Ordering::SeqCst);
        self.inner.changed.notify_waiters();
        self.wait_for(&self.inner.released).await;
    }

    async fn wait_for(&self, flag: &AtomicBool) {
        loop {
            let changed = self.inner.changed.notified();
            tokio::pin!(changed);
            // Registers before it looks, so that no change falls between the two.
            changed.as_mut().enable();
            if flag.load(Ordering::SeqCst) {
                return;
            }
            changed.await;
        }
    }
}

/// When a held request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    BeforeActing,
    AfterActing,
}

/// The faults and gates that wait for their request.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Faults for each request that matches.
    pub(crate) lasting: Vec<(Matcher, Fault)>,
    pub(crate) road: Option<Road>,
    pub(crate) planned: Vec<(Matcher, Fault)>,
    pub(crate) held: Vec<(Matcher, Moment, Gate)>,
}

impl Faults {
    pub(crate) fn take(&mut self, call: &Call) -> Option<Fault> {
        if let Some(position) = self.planned.iter().position(|(it, _)| it.matches(call)) {
            return Some(self.planned.remove(position).1);
        }
        let lasting = self.lasting.iter().find(|(matcher, _)| matcher.matches(call));
        lasting.map(|(_, fault)| fault.clone()).or_else(|| self.road.as_mut()?.next())
    }

    pub(crate) fn take_gate(&mut self, call: &Call, moment: Moment) -> Option<Gate> {
        let position =
            self.held.iter().position(|(matcher, at, _)| *at == moment && matcher.matches(call))?;
        Some(self.held.remove(position).2)
    }
}
