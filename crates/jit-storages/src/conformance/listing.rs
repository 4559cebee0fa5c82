//! Cases about lists.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::expect::{equal, failure, refused, success};
use super::{Outcome, Run};
use crate::{ErrorKind, ListEntry, ListOptions, ListedFile, Upload};

/// How many files there are of a list that does not fit on a page of any storage of ours.
const MANY: usize = 1_003;

impl Run<'_> {
    /// Stores a file under each of these names below a folder of the run, and gives the folder.
    async fn folder(&self, folder: &str, tails: &[&str]) -> Result<String, String> {
        for tail in tails {
            let name = self.name(&format!("{folder}/{tail}"));
            self.put(&name, &Bytes::from((*tail).to_owned())).await?;
        }
        Ok(format!("{}/{folder}/", self.prefix))
    }

    /// What is listed, each with what was asked for cut off.
    async fn listed(&self, prefix: &str, options: ListOptions) -> Result<Vec<String>, String> {
        let mut list = success(self.storage.list(prefix, options).await)?;
        let mut names = Vec::new();
        while let Some(entry) = success(list.next().await)? {
            let tail = entry.name().strip_prefix(prefix);
            let tail =
                tail.ok_or_else(|| format!("{:?} is listed below {prefix:?}", entry.name()))?;
            names.push(match &entry {
                ListEntry::File(_) => tail.to_owned(),
                ListEntry::Prefix(_) => format!("({tail})"),
            });
        }
        equal("what follows the end of a list", success(list.next().await)?, None)?;
        Ok(names)
    }

    /// Whether a case about lists has anything to look at; the refusal, where lists are not declared.
    async fn lists(&self) -> Result<bool, String> {
        if self.capability().list {
            return Ok(true);
        }
        let refusal = self.storage.list(&self.prefix, ListOptions::default()).await;
        refused("list", &self.prefix, refusal).map(|()| false)
    }
}

fn options() -> ListOptions {
    ListOptions::default()
}

pub(super) async fn lists_of_a_prefix(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let all = ["a", "b/c", "b/c.d", "b/cd/e", "bc"];
    let folder = run.folder("prefix", &all).await?;
    equal("the whole folder", run.listed(&folder, options()).await?, owned(&all))?;
    for (tail, expected) in [
        ("b", vec!["/c", "/c.d", "/cd/e", "c"]),
        ("b/", vec!["c", "c.d", "cd/e"]),
        ("b/c", vec!["", ".d", "d/e"]),
        ("b/cd/e", vec![""]),
    ] {
        let found = run.listed(&format!("{folder}{tail}"), options()).await?;
        equal(&format!("what begins with {tail:?}"), found, owned(&expected))?;
    }
    Ok(())
}

pub(super) async fn lists_of_nothing(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("nothing", &["a/b"]).await?;
    equal("what is not there", run.listed(&format!("{folder}x"), options()).await?, vec![])?;
    equal("what is below a file", run.listed(&format!("{folder}a/b/"), options()).await?, vec![])?;
    success(run.storage.delete(&format!("{folder}a/b")).await)?;
    equal("what was deleted", run.listed(&folder, options()).await?, vec![])?;
    let found = run.listed(&folder, options().with_delimiter("/")).await?;
    equal("folders in which nothing is left", found, vec![])
}

pub(super) async fn lists_in_the_order_of_bytes(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    // As UTF-16 or in any language's order, the last of these would come in other places.
    let mut names = [
        "A", "a b", "a!/b", "a-b", "a.b", "a/b", "a/é", "a0", "ab", "a~", "b%20", "b+", "Z", "é",
        "目录", "ﬁ", "Ａ", "\u{e000}", "😀",
    ];
    let folder = run.folder("order", &names).await?;
    names.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    equal("the order", run.listed(&folder, options()).await?, owned(&names))
}

pub(super) async fn lists_with_folders(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("folders", &["a-b", "a/1", "a/b/2", "a0", "c/d/e/3", "z"]).await?;
    for (tail, expected) in [
        ("", vec!["a-b", "(a/)", "a0", "(c/)", "z"]),
        ("a/", vec!["1", "(b/)"]),
        ("a", vec!["-b", "(/)", "0"]),
        ("c/d/", vec!["(e/)"]),
    ] {
        let found = run.listed(&format!("{folder}{tail}"), options().with_delimiter("/")).await?;
        equal(&format!("the folder {tail:?}"), found, owned(&expected))?;
    }
    Ok(())
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) async fn lists_with_another_delimiter(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("dashes", &["a--1", "a--2/x", "a-3", "b/c--4", "d"]).await?;
    let found = run.listed(&folder, options().with_delimiter("--")).await?;
    equal("with `--`", found, owned(&["(a--)", "a-3", "(b/c--)", "d"]))?;
    let empty = run.storage.list(&folder, options().with_delimiter("")).await;
    failure("an empty delimiter", empty, ErrorKind::InvalidArgument).map(drop)
}

pub(super) async fn lists_that_start_after(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("after", &["a", "b/1", "b/2", "c", "d"]).await?;
    let after = |tail: &str| options().with_start_after(format!("{folder}{tail}"));
    for (tail, expected) in [
        ("", vec!["a", "b/1", "b/2", "c", "d"]),
        ("a", vec!["b/1", "b/2", "c", "d"]),
        ("a0", vec!["b/1", "b/2", "c", "d"]),
        ("b/1", vec!["b/2", "c", "d"]),
        ("b0", vec!["c", "d"]),
        ("d", vec![]),
    ] {
        let found = run.listed(&folder, after(tail)).await?;
        equal(&format!("after {tail:?}"), found, owned(&expected))?;
    }
    let before = run.listed(&folder, options().with_start_after("!")).await?;
    equal("after what is before the folder", before.len(), 5)?;
    for (tail, expected) in
        [("a", vec!["(b/)", "c", "d"]), ("b/", vec!["c", "d"]), ("b/1", vec!["c", "d"])]
    {
        let found = run.listed(&folder, after(tail).with_delimiter("/")).await?;
        equal(&format!("folders after {tail:?}"), found, owned(&expected))?;
    }
    Ok(())
}

pub(super) async fn lists_with_a_limit(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("limit", &["a/1", "a/2", "b", "c"]).await?;
    for (limit, expected) in
        [(0, vec![]), (1, vec!["(a/)"]), (2, vec!["(a/)", "b"]), (9, vec!["(a/)", "b", "c"])]
    {
        let options = options().with_delimiter("/").with_limit(limit);
        equal(&format!("at most {limit}"), run.listed(&folder, options).await?, owned(&expected))?;
    }
    Ok(())
}

pub(super) async fn lists_that_are_gone_on_with(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("on", &["a/1", "a/2", "b", "c/3", "d"]).await?;
    for delimiter in [None, Some("/")] {
        let mut some = options();
        some.delimiter = delimiter.map(str::to_owned);
        let whole = run.listed(&folder, some.clone()).await?;
        let mut found = Vec::new();
        loop {
            let page = run.listed(&folder, some.clone().with_limit(1)).await?;
            let Some(entry) = page.into_iter().next() else { break };
            let tail = entry.trim_matches(['(', ')']);
            some = some.with_start_after(format!("{folder}{tail}"));
            found.push(entry);
            if found.len() > whole.len() {
                break;
            }
        }
        equal("one by one", found, whole)?;
    }
    Ok(())
}

pub(super) async fn lists_of_more_than_a_page(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    // Not stored in their order.
    let number = |n: usize| n * 7 % MANY;
    let names: BTreeSet<_> =
        (0..MANY).map(|n| run.name(&format!("page/{:04}/x", number(n)))).collect();
    let uploads = names.iter().map(|name| Upload::bytes(name.as_str(), "x")).collect();
    for outcome in run.storage.upload_many(uploads).await {
        success(outcome.result)?;
    }
    let folder = format!("{}/page/", run.prefix);
    let files = (0..MANY).map(|n| format!("{n:04}/x")).collect::<Vec<_>>();
    equal("every file", run.listed(&folder, options()).await?, files)?;
    let folders = (0..MANY).map(|n| format!("({n:04}/)")).collect::<Vec<_>>();
    equal("every folder", run.listed(&folder, options().with_delimiter("/")).await?, folders)?;
    // A list can be left where it is.
    let mut list = success(run.storage.list(&folder, options()).await)?;
    equal("whether there is a first", success(list.next().await)?.is_some(), true)?;
    drop(list);
    let deletions = run.storage.delete_many(names.into_iter().collect()).await;
    deletions.into_iter().try_for_each(|outcome| success(outcome.result))?;
    equal("what is left", run.listed(&folder, options()).await?, vec![])
}

pub(super) async fn lists_know_files(run: &Run<'_>) -> Outcome {
    if !run.lists().await? {
        return Ok(());
    }
    let folder = run.folder("known", &["a.txt"]).await?;
    let name = format!("{folder}a.txt");
    let object = run.object(&name).await?;
    let mut list = success(run.storage.list(&folder, options()).await)?;
    let Some(ListEntry::File(file)) = success(list.next().await)? else {
        return Err("expected a file on the list".to_owned());
    };
    let ListedFile { name: listed, size, etag, last_modified, .. } = file;
    equal("the name", listed, name)?;
    equal("the size", size, object.size)?;
    equal("the ETag", etag, object.etag.clone())?;
    equal("whether it was modified at some time", last_modified.is_some(), true)
}
