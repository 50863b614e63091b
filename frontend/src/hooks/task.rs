//! Work in the background that ends with what started it.

use futures::future::{AbortHandle, Abortable, Either, select};
use gloo::timers::future::TimeoutFuture;
use std::{future::Future, pin::pin};

/// Work that stops when this is dropped.
pub struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts work in the background.
#[must_use = "the work stops when the task is dropped"]
pub fn spawn(work: impl Future<Output = ()> + 'static) -> Task {
    let (handle, registration) = AbortHandle::new_pair();
    wasm_bindgen_futures::spawn_local(async move {
        // Being aborted is how a task ends when nobody needs it any more.
        let _aborted = Abortable::new(work, registration).await;
    });
    Task(handle)
}

/// Waits.
pub async fn sleep(milliseconds: u32) {
    TimeoutFuture::new(milliseconds).await;
}

/// The result of the work, or nothing when it takes longer than this.
pub async fn within<T>(milliseconds: u32, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep(milliseconds))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(((), _)) => None,
    }
}
