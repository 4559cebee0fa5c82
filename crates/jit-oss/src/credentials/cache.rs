//! Keeping credentials while they are good, and renewing them once for all who wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Credentials, CredentialsProvider, CredentialsSource, ProviderError};
use crate::{Runtime, Timestamp};

/// Renewing begins at most this long ahead of the end.
const AHEAD: u64 = 15 * 60;
/// What was just issued is used for at least this long, even if this machine's clock says that it is over:
/// the clock is the likelier to be wrong, and OSS has the last word.
const LEAST: i64 = 60;
/// How long the old ones are used after a renewal failed, before it is tried again.
const PAUSE: i64 = 30;

/// A client's credentials.
#[derive(Debug)]
pub(crate) struct Cache {
    source: Source,
    kept: Mutex<Kept>,
    /// Held by whoever asks the provider.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
enum Source {
    Given(Arc<Credentials>),
    Provider(Arc<dyn CredentialsProvider>),
}

#[derive(Debug, Default)]
struct Kept {
    credentials: Option<Arc<Credentials>>,
    /// Never, for those without an end.
    renew_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    /// Counts what was asked of the provider, with how the last time ended.
    asked: u64,
    failure: Option<ProviderError>,
}

/// What is there at a moment.
enum Found {
    Fresh(Arc<Credentials>),
    /// Good, but about to end.
    Aging(Arc<Credentials>),
    Nothing,
}

impl Cache {
    pub(crate) fn new(source: CredentialsSource) -> Self {
        let source = match source {
            CredentialsSource::Given(credentials) => Source::Given(Arc::new(credentials)),
            CredentialsSource::Provider(provider) => Source::Provider(provider),
        };
        Self { source, kept: Mutex::default(), renewing: tokio::sync::Mutex::new(()) }
    }

    /// The credentials to sign with at `now`. Asks the provider when there are none, or they end soon.
    ///
    /// One asks at a time. Those who have no credentials wait for its outcome; those whose credentials are
    /// still good do not. They use them, too, when the renewal fails.
    pub(crate) async fn get(
        &self,
        now: Timestamp,
        runtime: &dyn Runtime,
    ) -> Result<Arc<Credentials>, ProviderError> {
        let provider = match &self.source {
            Source::Given(credentials) => return Ok(Arc::clone(credentials)),
            Source::Provider(provider) => provider.as_ref(),
        };
        match self.find(now) {
            (Found::Fresh(credentials), _) => Ok(credentials),
            // Boxed, as it is rare and each request would have to have room for it.
            (found, asked) => Box::pin(self.renewed(provider, (found, asked), now, runtime)).await,
        }
    }

    /// Renews what was found, where nobody else does.
    async fn renewed(
        &self,
        provider: &dyn CredentialsProvider,
        (found, asked): (Found, u64),
        now: Timestamp,
        runtime: &dyn Runtime,
    ) -> Result<Arc<Credentials>, ProviderError> {
        match found {
            Found::Fresh(credentials) => Ok(credentials),
            Found::Aging(old) => match self.renewing.try_lock() {
                Err(_) => Ok(old),
                Ok(_alone) => match self.find(now).0 {
                    Found::Fresh(credentials) => Ok(credentials),
                    _ => match self.ask(provider, now, runtime).await {
                        Ok(credentials) => Ok(credentials),
                        Err(_) => {
                            self.kept().renew_at = Some(now.plus(PAUSE));
                            Ok(old)
                        }
                    },
                },
            },
            Found::Nothing => {
                let _alone = self.renewing.lock().await;
                let (found, asked_since) = self.find(now);
                if let Found::Fresh(credentials) | Found::Aging(credentials) = found {
                    return Ok(credentials);
                }
                // Who waited shares what came out of it.
                if asked_since != asked
                    && let Some(failure) = &self.kept().failure
                {
                    return Err(failure.clone());
                }
                self.ask(provider, now, runtime).await
            }
        }
    }

    /// Whether there can be others: those that were given stay.
    pub(crate) fn can_renew(&self) -> bool {
        matches!(self.source, Source::Provider(_))
    }

    /// Forgets credentials that were refused, so that the next request asks for others.
    pub(crate) fn forget(&self, refused: &Arc<Credentials>) {
        let mut kept = self.kept();
        // Somebody else may have renewed them in the meantime.
        if kept.credentials.as_ref().is_some_and(|known| Arc::ptr_eq(known, refused)) {
            kept.credentials = None;
        }
    }

    async fn ask(
        &self,
        provider: &dyn CredentialsProvider,
        now: Timestamp,
        runtime: &dyn Runtime,
    ) -> Result<Arc<Credentials>, ProviderError> {
        let outcome = match provider.provide().await {
            Ok(credentials) => match credentials.check() {
                Ok(()) => Ok(Arc::new(credentials)),
                Err(error) => Err(ProviderError::malformed(format!("{error}, as it was provided"))),
            },
            Err(error) => Err(error),
        };
        let mut kept = self.kept();
        kept.asked += 1;
        kept.failure = outcome.as_ref().err().cloned();
        if let Ok(credentials) = &outcome {
            kept.credentials = Some(Arc::clone(credentials));
            kept.expires_at = credentials.expires_at().map(|end| end.max(now.plus(LEAST)));
            kept.renew_at = kept.expires_at.map(|end| renewal(now, end, runtime.random()));
        }
        outcome
    }

    fn find(&self, now: Timestamp) -> (Found, u64) {
        let kept = self.kept();
        let found = match &kept.credentials {
            Some(credentials) if kept.expires_at.is_none_or(|end| now < end) => {
                let credentials = Arc::clone(credentials);
                match kept.renew_at {
                    Some(renew_at) if renew_at <= now => Found::Aging(credentials),
                    _ => Found::Fresh(credentials),
                }
            }
            _ => Found::Nothing,
        };
        (found, kept.asked)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When to renew what ends at `end`: a third of its life ahead, at most a quarter of an hour, and up to
/// half of that later, so that many machines do not ask at once.
fn renewal(now: Timestamp, end: Timestamp, random: f64) -> Timestamp {
    let life = u64::try_from(end.unix().saturating_sub(now.unix())).unwrap_or_default();
    let ahead = Duration::from_secs((life / 3).min(AHEAD));
    let ahead = ahead.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0).as_secs();
    end.plus(-i64::try_from(ahead).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::credentials::ProviderErrorKind;

    const NOW: i64 = 1_700_000_000;

    #[derive(Debug)]
    struct Chance(f64);

    #[async_trait]
    impl Runtime for Chance {
        fn now(&self) -> Timestamp {
            at(0)
        }
        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
        fn random(&self) -> f64 {
            self.0
        }
        async fn sleep(&self, _: Duration) {}
    }

    /// Gives `id-1`, `id-2`, ... with a life of an hour; fails while `broken`; waits for a permit.
    #[derive(Debug)]
    struct Issuer {
        asked: AtomicUsize,
        broken: AtomicUsize,
        open: Semaphore,
    }

    impl Issuer {
        fn new() -> Arc<Self> {
            let open = Semaphore::new(1000);
            Arc::new(Self { asked: AtomicUsize::new(0), broken: AtomicUsize::new(0), open })
        }
    }

    #[async_trait]
    impl CredentialsProvider for Issuer {
        async fn provide(&self) -> Result<Credentials, ProviderError> {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            self.open.acquire().await.unwrap().forget();
            if self.broken.load(Ordering::SeqCst) > 0 {
                return Err(ProviderError::new(ProviderErrorKind::Failed, "closed"));
            }
            let end = at(i64::try_from(number + 1).unwrap() * 3600);
            Ok(Credentials::new(format!("id-{}", number + 1), "s").with_expiry(end))
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(NOW + seconds)
    }

    fn cache(issuer: &Arc<Issuer>) -> Arc<Cache> {
        Arc::new(Cache::new(CredentialsSource::from(Arc::clone(issuer))))
    }

    async fn id(cache: &Cache, seconds: i64) -> Result<String, ProviderError> {
        let credentials = cache.get(at(seconds), &Chance(0.0)).await?;
        Ok(credentials.access_key_id().to_owned())
    }

    #[test]
    fn renewal_is_ahead_of_the_end_and_spread() {
        for (life, random, ahead) in
            [(3600, 0.0, 900), (3600, 1.0, 450), (90, 0.0, 30), (90, 0.5, 22), (0, 0.0, 0)]
        {
            assert_eq!(renewal(at(0), at(life), random), at(life - ahead), "{life} {random}");
        }
        assert_eq!(renewal(at(0), at(-10), 0.0), at(-10));
    }

    #[tokio::test]
    async fn what_is_good_is_kept_and_renewed_ahead_of_its_end() {
        let issuer = Issuer::new();
        let cache = cache(&issuer);
        for (seconds, expected) in [(0, "id-1"), (2699, "id-1"), (2700, "id-2"), (2800, "id-2")] {
            assert_eq!(id(&cache, seconds).await.unwrap(), expected, "{seconds}");
        }
        assert_eq!(issuer.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_old_ones_serve_while_they_are_good_and_renewing_fails() {
        let issuer = Issuer::new();
        let cache = cache(&issuer);
        id(&cache, 0).await.unwrap();
        issuer.broken.store(1, Ordering::SeqCst);
        for (seconds, asked) in [(2700, 2), (2729, 2), (2730, 3), (3599, 4)] {
            assert_eq!(id(&cache, seconds).await.unwrap(), "id-1", "{seconds}");
            assert_eq!(issuer.asked.load(Ordering::SeqCst), asked, "{seconds}");
        }
        assert_eq!(id(&cache, 3600).await.unwrap_err().kind(), ProviderErrorKind::Failed);
        issuer.broken.store(0, Ordering::SeqCst);
        assert_eq!(id(&cache, 3600).await.unwrap(), "id-6");
    }

    #[tokio::test]
    async fn many_who_wait_ask_once_and_share_the_outcome() {
        for broken in [0, 1] {
            let issuer = Issuer::new();
            issuer.open.forget_permits(1000);
            issuer.broken.store(broken, Ordering::SeqCst);
            let cache = cache(&issuer);
            let waiting: Vec<_> = (0..64)
                .map(|_| {
                    let cache = Arc::clone(&cache);
                    tokio::spawn(async move { id(&cache, 0).await })
                })
                .collect();
            tokio::task::yield_now().await;
            issuer.open.add_permits(1000);
            for task in waiting {
                assert_eq!(task.await.unwrap().is_ok(), broken == 0);
            }
            assert_eq!(issuer.asked.load(Ordering::SeqCst), 1, "broken: {broken}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_renewal_while_the_old_ones_are_good() {
        let issuer = Issuer::new();
        let cache = cache(&issuer);
        id(&cache, 0).await.unwrap();
        issuer.open.forget_permits(1000);
        let renewing = tokio::spawn({
            let cache = Arc::clone(&cache);
            async move { id(&cache, 3000).await }
        });
        while issuer.asked.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(id(&cache, 3000).await.unwrap(), "id-1");
        // Who gives up waiting leaves nothing locked.
        renewing.abort();
        assert!(renewing.await.unwrap_err().is_cancelled());
        issuer.open.add_permits(1000);
        assert_eq!(id(&cache, 3000).await.unwrap(), "id-3");
    }

    #[tokio::test]
    async fn what_was_refused_is_asked_for_anew_once() {
        let issuer = Issuer::new();
        let cache = cache(&issuer);
        let refused = cache.get(at(0), &Chance(0.0)).await.unwrap();
        cache.forget(&refused);
        assert_eq!(id(&cache, 0).await.unwrap(), "id-2");
        // There are others by now.
        cache.forget(&refused);
        assert_eq!(id(&cache, 0).await.unwrap(), "id-2");

        assert!(cache.can_renew());
        assert!(!Cache::new(Credentials::new("id", "s").into()).can_renew());
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_does_not_make_new_credentials_useless() {
        let issuer = Issuer::new();
        let cache = cache(&issuer);
        assert_eq!(id(&cache, 9_000).await.unwrap(), "id-1");
        assert_eq!(id(&cache, 9_001).await.unwrap(), "id-1");
        assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    }
}
