//! Records all that is traced.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Records spans and events of every level, from its start until it is dropped, on the thread that
/// started it.
///
/// A test on tokio's single-threaded runtime stays on one thread. For others, install
/// [`dispatch`](Self::dispatch) where it is needed.
///
/// ```
/// use journey_testkit::leaks::Capture;
///
/// let capture = Capture::start();
/// tracing::trace!(answer = 42, "computed");
/// assert!(capture.text().contains("computed answer=42"));
/// ```
pub struct Capture {
    buffer: Buffer,
    dispatch: Dispatch,
    _guard: Option<DefaultGuard>,
    _second: Dispatch,
}

impl Capture {
    /// Starts to record what this thread traces.
    pub fn start() -> Self {
        let capture = Self::start_detached();
        let guard = tracing::dispatcher::set_default(&capture.dispatch);
        Self { _guard: Some(guard), ..capture }
    }

    /// Makes a recorder that hears only those who use its [`dispatch`](Self::dispatch).
    pub(crate) fn start_detached() -> Self {
        let buffer = Buffer::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(buffer.clone())
            .finish();
        let dispatch = Dispatch::new(subscriber);
        // As long as there is one recorder in the process, tracing takes the thread that comes to a
        // span or event first for the one that matters: without a recorder there, it is off for all.
        let _second = Dispatch::new(tracing_subscriber::registry());
        Self { buffer, dispatch, _guard: None, _second }
    }

    /// Returns what was recorded so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.buffer.lock()).into_owned()
    }

    /// Returns the recorder as tracing wants it, to be set as default on another thread.
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }
}

/// Leaves out what was recorded.
impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Buffer {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
