//! Every storage of the framework against every case of the conformance suite: bare, and overridden by an app
//! whose Type wraps it.

#![cfg(test)]

#[path = "conformance/prefixed.rs"]
mod prefixed;

use std::path::Path;

use jit_meta::{TypeEntry, here};
use jit_storages::conformance::{self, CASES};
use jit_storages::{Capability, Storages};
use jit_testing::{LoadedApp, TestApp, storage_conformance};

use prefixed::PrefixedType;

const PREFIX: &str = r#"{ "keyPrefix": "wrapped/" }"#;
const IN_FOLDER: &str = r#"{ "directory": "appData/files" }"#;
const PREFIX_IN_FOLDER: &str = r#"{ "keyPrefix": "wrapped/", "directory": "appData/files" }"#;

mod oss {
    use super::storage_conformance;
    use jit_storages::oss::OssType;

    storage_conformance!(OssType on OssServer);
}

mod oss_overridden {
    use super::{PREFIX, PrefixedType, storage_conformance};

    storage_conformance!(PrefixedType as "storages.OssType" on OssServer, PREFIX);
}

mod disk {
    use super::{IN_FOLDER, storage_conformance};
    use jit_storages::disk::DiskType;

    storage_conformance!(DiskType, IN_FOLDER);
}

mod disk_overridden {
    use super::{PREFIX_IN_FOLDER, PrefixedType, storage_conformance};

    storage_conformance!(PrefixedType as "storages.DiskType", PREFIX_IN_FOLDER);
}

mod memory {
    use super::storage_conformance;
    use jit_storages::memory::MemoryType;

    storage_conformance!(MemoryType);
}

mod memory_overridden {
    use super::{PREFIX, PrefixedType, storage_conformance};

    storage_conformance!(PrefixedType as "storages.MemoryType", PREFIX);
}

/// A case that is lost shows here.
#[test]
fn the_cases_are_counted() {
    assert_eq!(CASES.len(), 58);
}

#[tokio::test]
async fn what_each_storage_declares() {
    let app = TestApp::new()
        .oss("storages.Oss")
        .configured("storages.Disk", "storages.DiskType", IN_FOLDER)
        .element("storages.Memory", "storages.MemoryType")
        .start()
        .await
        .unwrap();
    let on_disk = Capability::NONE.with_list().with_copy().with_forbid_overwrite();
    let in_memory = on_disk.with_checksum().with_content_type().with_metadata();
    let on_oss = in_memory.with_sign_get().with_sign_put().with_http_headers().with_storage_class();
    let on_oss = on_oss.with_acl().with_tags().with_resume().with_ram_policy();
    for (name, expected) in
        [("storages.Oss", on_oss), ("storages.Disk", on_disk), ("storages.Memory", in_memory)]
    {
        assert_eq!(app.get::<Storages>(name).await.unwrap().capability(), expected, "{name}");
    }
}

/// `storages.Files` of an app that is extended, in a folder, its Type wrapped by the app `acme.Shop`.
fn overridden() -> LoadedApp {
    let base = |base: TestApp| base.configured("storages.Files", DISK, PREFIX_IN_FOLDER);
    let entry = TypeEntry::new(Some("acme.Shop"), DISK, &PrefixedType, here!());
    TestApp::new().extends("acme.Base", base).register(entry).load().unwrap()
}

const DISK: &str = "storages.DiskType";

/// The files below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_no_file_where_the_wrapper_puts_them() {
    let app = overridden();
    let storage = app.get::<Storages>("storages.Files").await.unwrap();
    let kept = app.path().join("appData/files");
    storage.upload_by_file("a.txt", "a".into(), "text/plain".into()).await.unwrap();
    assert!(kept.join("wrapped/a.txt").is_file(), "nothing was put before the name");
    storage.delete("a.txt").await.unwrap();
    let report = conformance::run(&*storage).await;
    assert!(report.failures().next().is_none(), "{report}");
    assert_eq!((report.cases().len(), files(&kept)), (CASES.len(), 0));
}
