//! What the whole stack costs on top of the service at its bottom: time and allocations.
//!
//! `cargo bench -p journey-transport --features rustls`. The first pair has no network, so that
//! only the layers are measured; the second is one connection of hyper to this machine, asked
//! through the client and directly.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops if it must"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use journey_testkit::fault_server::{FaultServer, Reply};
use journey_transport::{Body, Error, HttpClient};
use tokio::runtime::{Builder, Runtime};
use tower::{ServiceExt, service_fn};

const ROUNDS: u32 = 20_000;

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    in_process(&runtime);
    over_hyper(&runtime);
}

fn in_process(runtime: &Runtime) {
    let service = service_fn(|_: Request<Body>| async {
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(b"{}"))))
    });
    let client = HttpClient::builder().build_with(service).unwrap();
    let request = || Request::get("https://am.example.com/am").body(Body::default()).unwrap();
    let bare = measure(runtime, || async {
        let response = service.oneshot(request()).await.unwrap();
        response.into_body().collect().await.unwrap();
    });
    let full = measure(runtime, || async {
        client.send(request()).await.unwrap();
    });
    report("in process", &bare, &full);
}

fn over_hyper(runtime: &Runtime) {
    let server = runtime.block_on(FaultServer::plain([Reply::ok("{}")])).unwrap();
    let url = format!("http://127.0.0.1:{}/am", server.address().port());
    let request = || Request::get(&url).body(Body::default()).unwrap();
    let direct: Client<HttpConnector, Body> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let client = HttpClient::builder().allow_http_to_loopback().build().unwrap();
    let bare = measure(runtime, || async {
        let response = direct.request(request()).await.unwrap();
        response.into_body().collect().await.unwrap();
    });
    let full = measure(runtime, || async {
        client.send(request()).await.unwrap();
    });
    report("over hyper", &bare, &full);
}

struct Cost {
    nanos: f64,
    allocations: f64,
}

fn measure<F: Future<Output = ()>>(runtime: &Runtime, call: impl Fn() -> F) -> Cost {
    runtime.block_on(async {
        for _ in 0..ROUNDS / 10 {
            call().await;
        }
        let allocations = ALLOCATIONS.load(Ordering::Relaxed);
        let start = Instant::now();
        for _ in 0..ROUNDS {
            call().await;
        }
        let rounds = f64::from(ROUNDS);
        let nanos = start.elapsed().as_nanos() as f64 / rounds;
        let allocations = (ALLOCATIONS.load(Ordering::Relaxed) - allocations) as f64 / rounds;
        Cost { nanos, allocations }
    })
}

fn report(what: &str, bare: &Cost, full: &Cost) {
    println!(
        "{what}: bare {:.0} ns, {:.1} allocations; client {:.0} ns, {:.1} allocations; more {:.0} ns, {:.1} allocations",
        bare.nanos,
        bare.allocations,
        full.nanos,
        full.allocations,
        full.nanos - bare.nanos,
        full.allocations - bare.allocations,
    );
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

#[expect(unsafe_code, reason = "an allocator can be written in no other way")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on as they are.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on as they are.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on as they are.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
