//! Taking connections, as many as there is room for, until the server is to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::state::State;

/// How many connections are served at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;

pub(super) async fn accept(
    state: Arc<State>,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    let stopped = stop.clone();
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and whole; waiting to merge them helps nobody.
                drop(stream.set_nodelay(true));
                let (state, stopped) = (Arc::clone(&state), stopped.clone());
                connections.spawn(async move {
                    crate::http::serve(state, stream, peer.ip(), stopped).await;
                    drop(slot);
                });
            }
            // Out of file descriptors, as a rule: some connection has to end first.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
