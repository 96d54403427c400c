//! Reads for doors: on threads that may block, not more at once than there are connections.

use std::time::Duration;

use waybill_store::{self as store, Readers, View};

use crate::{Engine, Failure};

/// How long a read may wait for a connection.
const READ_WAIT: Duration = Duration::from_secs(10);

impl Engine {
    /// Reads in one snapshot, on a thread that may block.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> waybill_store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.read_by(|readers| readers.read(read)).await
    }

    /// Reads with one statement.
    pub async fn read_row<T: Send + 'static>(
        &self,
        read: impl FnOnce(&View<'_>) -> waybill_store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        self.read_by(|readers| readers.read_row(read)).await
    }

    async fn read_by<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Readers) -> waybill_store::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let Ok(Ok(_turn)) = tokio::time::timeout(READ_WAIT, self.inner.reading.acquire()).await else {
            return Err(Failure::Busy);
        };
        let inner = self.inner.clone();
        match tokio::task::spawn_blocking(move || read(&inner.readers)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(unread(error)),
            Err(error) => {
                tracing::error!(%error, "a read did not end; nothing has changed");
                Err(Failure::Broken)
            }
        }
    }
}

/// A read that failed, as it is told.
pub(crate) fn unread(error: store::Error) -> Failure {
    match error {
        store::Error::Unanswerable(why) => Failure::Unanswerable(why),
        store::Error::Gone(_) | store::Error::Contended(_) => {
            tracing::warn!(%error, "a read failed; nothing has changed");
            Failure::Unavailable
        }
        error => {
            tracing::error!(%error, "a read failed; nothing has changed");
            Failure::Broken
        }
    }
}
