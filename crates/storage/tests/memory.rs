//! The store in memory does what every store must do.

use async_trait::async_trait;
use journey_storage::{CachePolicy, Cached, Memory, Storage};
use journey_testkit::conformance::storage::StorageUnderTest;

/// Cannot break: it is neither outside the process nor sealed, and as large as memory is.
#[derive(Debug)]
struct MemoryUnderTest(Memory);

#[async_trait]
impl StorageUnderTest for MemoryUnderTest {
    async fn fresh() -> Self {
        Self(Memory::new())
    }

    async fn open(&self) -> Box<dyn Storage> {
        Box::new(self.0.clone())
    }
}

journey_testkit::storage_conformance!(memory, MemoryUnderTest);

/// Cannot break either: what is cached is the same memory.
#[derive(Debug)]
struct CachedUnderTest(Memory);

#[async_trait]
impl StorageUnderTest for CachedUnderTest {
    async fn fresh() -> Self {
        Self(Memory::new())
    }

    async fn open(&self) -> Box<dyn Storage> {
        Box::new(Cached::new(self.0.clone(), CachePolicy::MemoryOnFailure))
    }
}

journey_testkit::storage_conformance!(cached, CachedUnderTest);
