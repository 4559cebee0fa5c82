//! Finding out whether a storage works, step by step.

use std::fmt;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::list::ListEntry;
use crate::{ListOptions, SignOptions, Storage, UploadOptions};

/// What a storage was asked, one step after the other, up to the first that failed.
///
/// ```
/// # async fn run(storage: &dyn jit_storages::Storage) {
/// use jit_storages::Checkup;
///
/// let mut checkup = Checkup::new().watched(|step| println!("{step}"));
/// storage.doctor(&mut checkup).await.ok();
/// if let Some(problem) = checkup.problem() {
///     println!("{}", problem.help);
/// }
/// # }
/// ```
#[derive(Default)]
pub struct Checkup {
    steps: Vec<Step>,
    watch: Option<Watch>,
}

/// Who is told of each step.
type Watch = Box<dyn FnMut(&Step) + Send>;

/// A step that was taken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// What was asked: `connect`.
    pub name: &'static str,
    /// How long it took.
    pub elapsed: Duration,
    /// What was found, in a few words, or what is wrong.
    pub outcome: Result<String, Problem>,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What happened.
    pub message: String,
    /// What to do; empty when nobody knows.
    pub help: String,
}

/// A step has failed, and those after it are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Problem {
    /// Something that is wrong.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::new(error.reason(), error.help().unwrap_or_default())
    }
}

impl Checkup {
    /// No step yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells of each step when it has been taken.
    #[must_use]
    pub fn watched(mut self, watch: impl FnMut(&Step) + Send + 'static) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// The steps that were taken.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Why the last step failed, if it did: then something is wrong with the storage.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.steps.last()?.outcome.as_ref().err()
    }

    /// Adds to the problem of the last step.
    fn add(&mut self, more: &str) {
        if let Some(Step { outcome: Err(problem), .. }) = self.steps.last_mut() {
            problem.message = format!("{}; {more}", problem.message);
        }
    }

    /// Takes a step: what it finds is told in a few words.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when it fails.
    pub async fn step(
        &mut self,
        name: &'static str,
        step: impl Future<Output = Result<String, Problem>>,
    ) -> Result<(), Stopped> {
        let begin = Instant::now();
        let outcome = step.await;
        let elapsed = begin.elapsed();
        let result = if outcome.is_ok() { Ok(()) } else { Err(Stopped) };
        let step = Step { name, elapsed, outcome };
        if let Some(watch) = &mut self.watch {
            watch(&step);
        }
        self.steps.push(step);
        result
    }
}

impl fmt::Debug for Checkup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkup").field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl fmt::Display for Step {
    /// One line: whether it went well, its name, how long it took, what was found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, elapsed) = (self.name, self.elapsed.as_millis());
        match &self.outcome {
            Ok(found) => write!(f, "ok      {name:<12} {elapsed:>6} ms  {found}"),
            Err(problem) => {
                write!(f, "FAILED  {name:<12} {elapsed:>6} ms  {}", problem.message)?;
                if problem.help.is_empty() { Ok(()) } else { write!(f, "; {}", problem.help) }
            }
        }
    }
}

/// What is stored for a look: it has every byte.
fn sample() -> Vec<u8> {
    (0..=u8::MAX).collect()
}

/// Where looks keep their files.
pub(crate) const BELOW: &str = ".jit-doctor/";

/// A name below which nobody else has anything.
pub(crate) fn probe_prefix() -> String {
    let time = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    format!("{BELOW}{time:x}-{:x}", std::process::id())
}

/// The names of a look.
struct Names {
    prefix: String,
    file: String,
    copy: String,
    /// Those that are stored, as far as is known.
    stored: Vec<String>,
}

/// The steps that every storage can take: list, put, get, copy, sign as declared, and delete. `more` is taken while
/// the file is there. Whatever fails, what was stored is deleted, or it is said what is left.
pub(crate) async fn files<S, F>(
    storage: &S,
    checkup: &mut Checkup,
    prefix: &str,
    more: F,
) -> Result<(), Stopped>
where
    S: Storage + ?Sized,
    F: AsyncFnOnce(&mut Checkup, &str) -> Result<(), Stopped>,
{
    let mut names = Names {
        prefix: format!("{prefix}/"),
        file: format!("{prefix}/a b+é.txt"),
        copy: format!("{prefix}/copy.txt"),
        stored: Vec::new(),
    };
    if let Err(stopped) = stored(storage, checkup, &mut names, more).await {
        clean_up(storage, checkup, &names).await;
        return Err(stopped);
    }
    checkup.step("delete", deleted(storage, &names.stored)).await
}

/// Deletes what a look that has failed stored, and adds to its problem what is left.
async fn clean_up<S>(storage: &S, checkup: &mut Checkup, names: &Names)
where
    S: Storage + ?Sized,
{
    let mut tried = vec![&names.file];
    if storage.capability().copy {
        tried.push(&names.copy);
    }
    for name in tried {
        let deleted = storage.delete(name).await;
        // A put that failed may have been done all the same, so its file is deleted too; but if that fails as well,
        // nothing new is known.
        if let (Err(error), true) = (deleted, names.stored.contains(name)) {
            checkup.add(&format!("`{name}` is left: {}", error.reason()));
        }
    }
}

async fn deleted<S>(storage: &S, names: &[String]) -> Result<String, Problem>
where
    S: Storage + ?Sized,
{
    let mut problem: Option<Problem> = None;
    for name in names {
        if let Err(error) = storage.delete(name).await {
            let problem = problem.get_or_insert_with(|| error.into());
            problem.message.push_str(&format!("; `{name}` is left"));
        }
    }
    if let Some(problem) = problem {
        return Err(problem);
    }
    for name in names {
        if storage.exists(name).await? {
            let message = format!("`{name}` is there after it was deleted");
            return Err(Problem::new(
                message,
                "does the storage keep what is deleted for a while?",
            ));
        }
    }
    Ok(format!("{} gone", count(names.len(), "file")))
}

async fn stored<S, F>(
    storage: &S,
    checkup: &mut Checkup,
    names: &mut Names,
    more: F,
) -> Result<(), Stopped>
where
    S: Storage + ?Sized,
    F: AsyncFnOnce(&mut Checkup, &str) -> Result<(), Stopped>,
{
    let has = storage.capability();
    let data = sample();
    let put = async {
        let options = UploadOptions::from("text/plain");
        let uploaded = storage.upload_by_file(&names.file, data.clone().into(), options).await?;
        names.stored.push(names.file.clone());
        let checked = if uploaded.crc64.is_some() { ", checksum confirmed" } else { "" };
        Ok(format!("{} bytes{checked}", data.len()))
    };
    checkup.step("put", put).await?;
    let get = async {
        let found = storage.download(&names.file).await?;
        same(&found, &data)?;
        Ok(format!("{} bytes, the same", found.len()))
    };
    checkup.step("get", get).await?;
    if has.list {
        checkup.step("list", listed(storage, &names.prefix, &names.file)).await?;
    }
    if has.copy {
        let copy = async {
            storage.copy(&names.file, &names.copy).await?;
            names.stored.push(names.copy.clone());
            same(&storage.download(&names.copy).await?, &data)?;
            Ok("the same".to_owned())
        };
        checkup.step("copy", copy).await?;
    }
    if has.sign_get {
        let sign = async {
            storage.get_sign_url(&names.file, "text/plain", SignOptions::default()).await?;
            Ok("a URL to read".to_owned())
        };
        checkup.step("sign", sign).await?;
    }
    more(checkup, &names.file).await
}

async fn listed<S>(storage: &S, prefix: &str, name: &str) -> Result<String, Problem>
where
    S: Storage + ?Sized,
{
    let mut list = storage.list(prefix, ListOptions::default()).await?;
    let mut count_found = 0;
    let mut found = false;
    while let Some(entry) = list.next().await? {
        count_found += 1;
        found |= matches!(&entry, ListEntry::File(file) if file.name == name);
    }
    match found {
        true => Ok(format!("{} found", count(count_found, "file"))),
        false => Err(Problem::new("the file that was stored is not listed", "")),
    }
}

fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Whether what came back is what was stored.
pub(crate) fn same(found: &[u8], stored: &[u8]) -> Result<(), Problem> {
    if found == stored {
        return Ok(());
    }
    let (found, stored) = (found.len(), stored.len());
    let message = format!("{stored} bytes were stored, and {found} others came back");
    Err(Problem::new(message, "look for what changes contents on the way: a proxy, image styles"))
}

/// Whether what a URL opens is what was stored.
pub(crate) fn same_as_sample(found: &[u8]) -> Result<(), Problem> {
    same(found, &sample())
}

/// What is known only to who knows the storage.
pub(crate) async fn nothing_more(_: &mut Checkup, _: &str) -> Result<(), Stopped> {
    Ok(())
}
