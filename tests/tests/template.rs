//! A real app's folder, as JitAi makes one, loads unchanged: everything in it is visible, and whatever has a
//! Type in Rust runs.

#![cfg(test)]

use std::path::Path;

use jit_app::{Level, Status};
use jit_meta::{Code, Severity};
use jit_storages::Storages;
use jit_testing::TestApp;

fn template() -> TestApp {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/template-app");
    TestApp::copy_of(folder)
}

#[test]
fn every_element_is_visible_and_what_has_no_code_is_a_warning() {
    let folder = template();
    let app = folder.load().unwrap();
    let found: Vec<_> = app
        .elements()
        .into_iter()
        .map(|element| {
            assert_eq!(element.level, Some(Level::Instance), "{}", element.full_name);
            (element.full_name.to_string(), element.status)
        })
        .collect();
    let (linked, missing) = (Status::Ok, Status::NotLinked);
    let expected = [
        ("aiagents.agentExamples", missing),
        ("aiassistants.assistantExamples", missing),
        ("auths.loginTypes.Default", missing),
        ("caches.Default", missing),
        ("corps.Default", missing),
        ("databases.Default", missing),
        ("languages.EN", missing),
        ("languages.zhCN", missing),
        ("models.Customer", missing),
        ("pages.function1Examples", missing),
        ("roles.admin", missing),
        ("roles.anonymous", missing),
        ("roles.developer", missing),
        ("shells.Default", missing),
        ("shells.Manage", missing),
        ("storages.Default", linked),
    ];
    assert_eq!(found, expected.map(|(name, status)| (name.to_owned(), status)));

    let findings = app.check();
    assert_eq!(findings.len(), 15, "{findings:?}");
    for finding in &findings {
        assert_eq!(
            (finding.code, finding.severity),
            (Code::NotLinked, Severity::Warning),
            "{finding}"
        );
    }
    let shells: Vec<_> = app
        .find_elements_define("#default=1")
        .unwrap()
        .iter()
        .map(|define| define.full_name().to_string())
        .collect();
    assert_eq!(shells, ["auths.loginTypes.Default", "shells.Default"], "written as 1 and as true");
}

#[tokio::test]
async fn its_storage_works_and_keeps_its_files_in_the_app() {
    let folder = template();
    let app = folder.load().unwrap();
    let name = app.default_element("defaultStorage").unwrap();
    let storage = app.get::<Storages>(&name).await.unwrap();
    storage.upload_by_file("letters/1.txt", "Dear Ada".into(), "text/plain".into()).await.unwrap();
    assert_eq!(&storage.download("letters/1.txt").await.unwrap()[..], b"Dear Ada");
    let kept = folder.path().join("appData/storages/Default/letters/1.txt");
    assert_eq!(std::fs::read(kept).unwrap(), b"Dear Ada");
}
