//! A user's token that is at hand costs no allocation, the whole way through the facade.

#![cfg(feature = "oidc")]

#[expect(dead_code, reason = "here the journey has OpenID Connect plugged in")]
mod common;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};

use journey_sdk::OidcClient;
use journey_testkit::sim::Am;

#[tokio::test]
async fn a_users_token_at_hand_is_handed_out_without_an_allocation() {
    let am = Am::demo();
    let oidc = OidcClient::builder("sdkClient").redirect_uri("http://localhost:8080/callback");
    let user = common::sign_in(&common::builder(&am).oidc(oidc).build().unwrap()).await;
    user.token().await.unwrap();
    let before = ALLOCATIONS.get();
    for _ in 0..1000 {
        black_box(user.token().await.unwrap());
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
}

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

#[expect(unsafe_code, reason = "an allocator can be written in no other way")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are passed on as they are.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on as they are.
        unsafe { System.dealloc(pointer, layout) }
    }
}
