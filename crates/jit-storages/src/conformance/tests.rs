//! The suite against storages that break one promise each: every break is found, and by whom.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{CASES, run, run_case};
use crate::error::Subject;
use crate::memory::MemoryStorage;
use crate::{
    Capability, Error, ErrorKind, ItemOutcome, ObjectBody, Result, SignOptions, SignedUrl, Storage,
    StoredObject, UploadOptions, Uploaded,
};

/// How a storage breaks its promises.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Break {
    Nothing,
    PanicsOnDelete,
    KeepsTheFirst,
    LosesTheLastByte,
    TrimsNames,
    ForgetsContentTypes,
    GuessesNoContentType,
    SignsUndeclared,
    DeclaresAndRefuses,
    MissingIsOther,
    LeavesFiles,
    EndsWhatIsDeleted,
    DeclaresListsOfWhatItWraps,
    DeclaresAPolicyOfNobody,
    ReplacesWhatItMustNot,
    DropsMetadata,
    CountsWrong,
    KeepsWhatTheDoctorStored,
    DeclaresTransfersThatGoOn,
}

#[derive(Debug)]
struct Broken(Break, Arc<MemoryStorage>);

/// Looks for the file when it is read, and ends where there is none.
#[derive(Debug)]
struct Late(Arc<MemoryStorage>, String, usize);

#[async_trait]
impl ObjectBody for Late {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        const MOST: usize = 100_000;
        let Ok(data) = self.0.download(&self.1).await else { return Ok(None) };
        let data = data.slice(self.2.min(data.len())..);
        let chunk = data.slice(..data.len().min(MOST));
        self.2 += chunk.len();
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }
}

fn subject() -> Subject {
    Subject {
        element: "storages.MyFiles".parse().unwrap(),
        type_name: "storages.MemoryType".parse().unwrap(),
    }
}

impl Broken {
    fn name<'a>(&self, name: &'a str) -> &'a str {
        if self.0 == Break::TrimsNames { name.trim() } else { name }
    }
}

#[async_trait]
impl Storage for Broken {
    fn capability(&self) -> Capability {
        match self.0 {
            Break::DeclaresAndRefuses => self.1.capability().with_sign_get(),
            Break::DeclaresTransfersThatGoOn => self.1.capability().for_wrapper().with_resume(),
            Break::DeclaresListsOfWhatItWraps => self.1.capability(),
            Break::DeclaresAPolicyOfNobody => self.1.capability().for_wrapper().with_ram_policy(),
            _ => self.1.capability().for_wrapper(),
        }
    }

    async fn upload_by_file(
        &self,
        name: &str,
        mut data: Bytes,
        mut options: UploadOptions,
    ) -> Result<Uploaded> {
        match self.0 {
            Break::KeepsTheFirst if self.1.download(name).await.is_ok() => {
                return Ok(Uploaded::new("x".to_owned()));
            }
            Break::LosesTheLastByte => data.truncate(data.len().saturating_sub(1)),
            Break::GuessesNoContentType if options.content_type.is_none() => {
                options.content_type = Some("application/octet-stream".to_owned());
            }
            Break::ForgetsContentTypes => options.content_type = Some("a/b".to_owned()),
            Break::ReplacesWhatItMustNot => options.forbid_overwrite = false,
            Break::DropsMetadata => options.metadata.clear(),
            _ => {}
        }
        self.1.upload_by_file(self.name(name), data, options).await
    }

    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        match self.0 {
            Break::SignsUndeclared => Ok(SignedUrl::new("https://x?y".to_owned())),
            _ => self.1.get_sign_url(file, content_type, options).await,
        }
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        match self.1.download(self.name(name)).await {
            Err(error) if self.0 == Break::MissingIsOther => {
                Err(Error::new(ErrorKind::Other, &subject(), "download", name, error.to_string()))
            }
            other => other,
        }
    }

    async fn delete_many(&self, mut names: Vec<String>) -> Vec<ItemOutcome<()>> {
        if self.0 == Break::CountsWrong {
            names.pop();
        }
        self.1.delete_many(names).await
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let object = self.1.get_object(self.name(name)).await?;
        if self.0 != Break::EndsWhatIsDeleted {
            return Ok(object);
        }
        let body = Late(Arc::clone(&self.1), name.to_owned(), 0);
        let mut late = StoredObject::new(name, object.size, Box::new(body));
        (late.etag, late.crc64) = (object.etag, object.crc64);
        late.content_type = object.content_type;
        late.last_modified = object.last_modified;
        Ok(late)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        match self.0 {
            Break::KeepsWhatTheDoctorStored if name.starts_with(".jit-doctor/") => Ok(()),
            Break::PanicsOnDelete => panic!("on purpose"),
            Break::LeavesFiles => {
                Err(Error::new(ErrorKind::AccessDenied, &subject(), "delete", name, "no"))
            }
            _ => self.1.delete(self.name(name)).await,
        }
    }
}

#[tokio::test]
async fn every_broken_promise_is_found() {
    for (broken, found) in [
        (Break::Nothing, None),
        (Break::PanicsOnDelete, Some(("deleting_twice", "the storage panicked"))),
        (Break::KeepsTheFirst, Some(("an_upload_replaces", "download of"))),
        (Break::LosesTheLastByte, Some(("one_byte_comes_back", "that differ from byte 0 on"))),
        (Break::TrimsNames, Some(("names_with_spaces", "the object's name: expected"))),
        (Break::ForgetsContentTypes, Some(("content_types", "text/x-conformance"))),
        (Break::GuessesNoContentType, Some(("content_types_by_name", "\"image/png\""))),
        (Break::SignsUndeclared, Some(("signed_urls_to_read", "found success"))),
        (Break::DeclaresAndRefuses, Some(("signed_urls_to_read", "expected success"))),
        (Break::MissingIsOther, Some(("downloading_what_is_missing", "expected NotFound"))),
        (Break::LeavesFiles, Some(("nothing_comes_back", "cannot be deleted"))),
        (Break::EndsWhatIsDeleted, Some(("readers_of_what_is_deleted", "what was read: expected"))),
        (Break::DeclaresListsOfWhatItWraps, Some(("lists_of_a_prefix", "expected success"))),
        (Break::DeclaresAPolicyOfNobody, Some(("policies_of_what_it_needs", "expected success"))),
        (Break::ReplacesWhatItMustNot, Some(("uploads_that_must_not_replace", "found success"))),
        (Break::DropsMetadata, Some(("metadata_of_uploads", "the metadata: expected"))),
        (Break::CountsWrong, Some(("many_deletions_of_which_some_fail", "in order"))),
        (
            Break::KeepsWhatTheDoctorStored,
            Some(("checkups_that_leave_nothing", "there after it was deleted")),
        ),
        (Break::DeclaresTransfersThatGoOn, Some(("transfers_that_go_on", "expected success"))),
    ] {
        let report = run(&Broken(broken, Arc::new(MemoryStorage::new(subject())))).await;
        let Some((name, text)) = found else {
            assert!(report.failures().next().is_none(), "{report}");
            continue;
        };
        let failed = report.failures().find(|case| case.name() == name);
        let failure = failed.and_then(|case| case.failure()).unwrap_or_default();
        assert!(failure.contains(text), "{broken:?}: {report}");
    }
}

#[tokio::test]
async fn a_run_leaves_nothing_behind_and_disturbs_nothing() {
    let storage = MemoryStorage::new(subject());
    storage.upload_by_file("mine", "x".into(), UploadOptions::default()).await.unwrap();
    let (one, two) = (run(&storage).await, run(&storage).await);
    assert_eq!((one.failures().count(), two.failures().count()), (0, 0));
    assert!(format!("{storage:?}").ends_with("files: 1 }"), "{storage:?}");
    assert!(one.to_string().ends_with(&format!("{} passed, 0 failed", CASES.len())));
    assert_eq!(run_case(&storage, "no_case").await.failure(), Some("there is no such case"));
}
