use std::fs;

use jit_meta::ErrorKind;
use jit_meta::Severity;
use tempfile::TempDir;

use super::format::{Index, Recorded, Stamp};
use super::*;
use crate::discover::discover;
use crate::manifest::Manifest;

const OSS: &str = r#"{"title": "x", "type": "storages.OssType"}"#;

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn app() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "app.json", r#"{"appId": "acme.Shop"}"#);
    put(dir.path(), "storages/MyOss/e.json", &format!("\u{feff}{OSS}"));
    put(dir.path(), "storages/MyOss/MyOss.json", "{}");
    put(dir.path(), "storages/MyOss/Editor/e.json", OSS);
    put(dir.path(), "storages/Broken/e.json", "{");
    put(dir.path(), "storages/Untitled/backend/e.json", r#"{"type": "storages.OssType"}"#);
    put(dir.path(), "storages/Like/Like.json", "{}");
    put(dir.path(), "pages/Home/e.json", OSS);
    dir
}

fn decode(bytes: &[u8]) -> Result<Option<Pack>, String> {
    Pack::read(bytes, bytes.len() as u64)
}

/// Whether the pack is used: what comes from a walk knows its folders.
fn is_used(dir: &Path) -> bool {
    read(&Walk::new(dir, "")).is_some_and(|walked| walked.folders.is_empty())
}

/// Everything that an app is told to hold, in words.
fn all(dir: &Path) -> Vec<String> {
    let (found, findings) = discover(dir, "p/");
    let one = |found: &crate::discover::Found| {
        let define = match &found.define {
            Ok(define) => format!("{} {}", define.path(), define.file().text()),
            Err(findings) => format!("{findings:?}"),
        };
        let dir = found.dir.strip_prefix(dir).unwrap().display();
        format!("{} {dir} {define} {:?}", found.full_name, found.warnings)
    };
    let told = findings.iter().filter(|finding| finding.code != Code::StalePack);
    found.iter().map(one).chain(told.map(|finding| format!("{finding:?}"))).collect()
}

fn complaints(dir: &Path) -> Vec<(Severity, String)> {
    let findings = discover(dir, "").1.into_iter();
    let told = findings.filter(|finding| finding.code == Code::StalePack);
    told.map(|finding| (finding.severity, finding.to_string())).collect()
}

#[test]
fn a_fresh_pack_says_what_the_folder_says() {
    let dir = app();
    let expected = all(dir.path());
    let packed = write(dir.path()).unwrap();
    assert_eq!(packed.path, dir.path().join("dist/app.jit"));
    assert_eq!(packed.elements, 5);
    assert_eq!(packed.bytes, fs::metadata(&packed.path).unwrap().len());
    assert!(is_used(dir.path()));
    assert_eq!(all(dir.path()), expected);
    assert_eq!(fs::read_dir(dir.path().join("dist")).unwrap().count(), 1, "a file was left");
    // Writing it again replaces it.
    write(dir.path()).unwrap();
    assert!(is_used(dir.path()));
}

#[test]
fn a_large_pack_is_read_by_several_threads_in_order() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "app.json", r#"{"appId": "acme.Shop"}"#);
    for number in 0..300 {
        put(dir.path(), &format!("n{}/E{number}/e.json", number % 3), OSS);
    }
    let expected = all(dir.path());
    assert_eq!(write(dir.path()).unwrap().elements, 300);
    assert!(is_used(dir.path()));
    assert_eq!(all(dir.path()), expected);
}

#[test]
fn what_is_no_definition_leaves_it_fresh() {
    let dir = app();
    write(dir.path()).unwrap();
    for change in [
        |dir: &Path| put(dir, "storages/MyOss/MyOss.json", r#"{"a": 1}"#),
        |dir: &Path| put(dir, "storages/MyOss/new.txt", ""),
        |dir: &Path| put(dir, "appData/storages/x", ""),
        |dir: &Path| put(dir, "dist/other", ""),
        |dir: &Path| put(dir, "README.md", ""),
        |dir: &Path| put(dir, "app.json", r#"{"appId": "acme.Shop", "title": "New"}"#),
        |dir: &Path| fs::remove_file(dir.join("README.md")).unwrap(),
    ] {
        change(dir.path());
        assert!(is_used(dir.path()));
        assert_eq!(complaints(dir.path()), []);
    }
}

#[test]
fn every_change_of_a_definition_makes_it_stale() {
    type Change = fn(&Path);
    let cases: [(Change, &str); 14] = [
        (
            |dir| put(dir, "pages/Home/e.json", r#"{"title": "longer", "type": "a.B"}"#),
            "`pages/Home/e.json` has changed",
        ),
        (
            |dir| put(dir, "pages/Home/e.json", &OSS.replace("\"x\"", "\"y\"")),
            "`pages/Home/e.json` has changed",
        ),
        (
            |dir| {
                let file = fs::File::options().append(true).open(dir.join("pages/Home/e.json"));
                file.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
            },
            "`pages/Home/e.json` has changed",
        ),
        (|dir| put(dir, "pages/New/e.json", OSS), "what is in `pages` has changed"),
        (|dir| put(dir, "models/New/e.json", OSS), "what is in `the app's folder` has changed"),
        (|dir| put(dir, "pages/Home/Inner/e.json", OSS), "what is in `pages/Home` has changed"),
        (|dir| put(dir, "pages/Home/backend/e.json", OSS), "what is in `pages/Home` has changed"),
        (|dir| put(dir, "storages/Like/e.json", OSS), "what is in `storages/Like` has changed"),
        (
            |dir| fs::remove_file(dir.join("storages/Like/Like.json")).unwrap(),
            "what is in `storages/Like` has changed",
        ),
        (
            |dir| fs::remove_file(dir.join("pages/Home/e.json")).unwrap(),
            "what is in `pages/Home` has changed",
        ),
        (
            |dir| fs::remove_dir_all(dir.join("pages/Home")).unwrap(),
            "what is in `pages` has changed",
        ),
        (
            |dir| fs::rename(dir.join("pages/Home"), dir.join("pages/Away")).unwrap(),
            "what is in `pages` has changed",
        ),
        (
            |dir| fs::rename(dir.join("pages"), dir.join("sites")).unwrap(),
            "what is in `the app's folder` has changed",
        ),
        (|dir| put(dir, "Cargo.toml", ""), "there is a `Cargo.toml` beside `app.json` now"),
    ];
    for (change, why) in cases {
        let dir = app();
        write(dir.path()).unwrap();
        change(dir.path());
        assert!(!is_used(dir.path()), "{why}");
        let told = format!("`dist/app.jit` is not used: {why}; run the app's `pack` again");
        assert_eq!(complaints(dir.path()), [(Severity::Warning, told)]);
        let with_pack = all(dir.path());
        fs::remove_file(dir.path().join(PATH)).unwrap();
        assert_eq!(with_pack, all(dir.path()), "{why}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_comes_makes_it_stale() {
    let (dir, outside) = (app(), tempfile::tempdir().unwrap());
    put(outside.path(), "Two/e.json", OSS);
    write(dir.path()).unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.path().join("pages/out")).unwrap();
    assert!(!is_used(dir.path()));
    let expected = all(dir.path());
    write(dir.path()).unwrap();
    assert!(is_used(dir.path()));
    assert_eq!(all(dir.path()), expected);
    // What the link leads to is watched, too.
    put(outside.path(), "Three/e.json", OSS);
    assert!(!is_used(dir.path()));
}

#[test]
fn damage_is_seen_wherever_it_is() {
    let dir = app();
    let path = write(dir.path()).unwrap().path;
    let bytes = fs::read(&path).unwrap();
    assert!(decode(&bytes).is_ok());
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "of {length} bytes");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(decode(&damaged).is_err(), "at {at}");
    }
    assert!(decode(&[bytes.as_slice(), b" "].concat()).is_err());
    let expected = all(dir.path());
    for (bytes, why) in [
        (Vec::new(), "it is damaged"),
        (bytes[..bytes.len() / 2].to_vec(), "it is damaged"),
        (vec![0xff; 1000], "it is damaged"),
        (
            [b"jit-pack 2 ", bytes.get(11..).unwrap()].concat(),
            "its format is of version 2, and this program reads 1",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        let told = format!("`dist/app.jit` is not used: {why}; run the app's `pack` again");
        assert_eq!(complaints(dir.path()), [(Severity::Warning, told)]);
        assert_eq!(all(dir.path()), expected);
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(complaints(dir.path())[0].1.contains("it is not a regular file"));
}

#[test]
fn a_pack_that_contradicts_itself_is_damaged() {
    let folder = |path: &str, size| Recorded {
        path: path.to_owned(),
        changed: 0,
        status: None,
        define: Some(Stamp { size, changed: 0, status: None }),
    };
    let deep = |depth| vec!["a"; depth].join("/");
    let looks = |name: &str| {
        let empty = Recorded { define: None, ..folder("a", 0) };
        let folders = vec![empty, folder("b", 3)];
        Index { app: 2, folders, no_define: vec![name.to_owned()], ..Index::default() }
    };
    for (index, is_ok) in [
        (Index { app: 2, folders: vec![folder("a/B", 3)], ..Index::default() }, true),
        (Index { app: 2, folders: vec![folder("a/B", 4)], ..Index::default() }, false),
        (Index { app: 1, folders: vec![folder("a/B", 3)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("a/B", u64::MAX)], ..Index::default() }, false),
        (Index { app: usize::MAX, folders: vec![folder("a/B", 6)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("../B", 3)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("/etc", 3)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("a\\..\\B", 3)], ..Index::default() }, false),
        // What no walk finds.
        (Index { app: 2, folders: vec![folder("node_modules/B", 3)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("a/.B", 3)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("commons", 3)], ..Index::default() }, false),
        (Index { app: 2, folders: vec![folder("a/commons", 3)], ..Index::default() }, true),
        (Index { app: 2, folders: vec![folder("src/B", 3)], ..Index::default() }, true),
        (
            Index { app: 2, in_crate: true, folders: vec![folder("src/B", 3)], ..Index::default() },
            false,
        ),
        (Index { app: 2, folders: vec![folder(&deep(31), 3)], ..Index::default() }, true),
        (Index { app: 2, folders: vec![folder(&deep(32), 3)], ..Index::default() }, false),
        (Index { app: 1, folders: vec![folder("a", 2), folder("b", 2)], ..Index::default() }, true),
        (
            Index { app: 1, folders: vec![folder("b", 2), folder("a", 2)], ..Index::default() },
            false,
        ),
        (
            Index { app: 1, folders: vec![folder("a", 2), folder("a", 2)], ..Index::default() },
            false,
        ),
        (looks("b"), false),
        (looks("a"), true),
    ] {
        let bytes = Pack::encode(&index, &[b"{}".to_vec(), b"{ }".to_vec()]).unwrap();
        assert_eq!(decode(&bytes).is_ok(), is_ok, "{index:?}");
    }
}

#[test]
fn somebody_elses_build_output_is_none_of_ours() {
    let dir = app();
    put(dir.path(), PATH, "\n{\"appId\": \"acme.Shop\", \"elements\": []}");
    assert_eq!(complaints(dir.path()), []);
    assert!(read(&Walk::new(dir.path(), "")).is_none());
    let before = fs::read(dir.path().join(PATH)).unwrap();
    assert_eq!(write(dir.path()).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(fs::read(dir.path().join(PATH)).unwrap(), before, "nothing is lost");
}

#[test]
fn without_sources_the_pack_is_the_app() {
    let (dir, installed) = (app(), tempfile::tempdir().unwrap());
    let bytes = fs::read(write(dir.path()).unwrap().path).unwrap();
    fs::create_dir(installed.path().join("dist")).unwrap();
    fs::write(installed.path().join(PATH), &bytes).unwrap();
    put(installed.path(), "storages/MyOss/MyOss.json", "{}");
    let (found, findings) = discover(installed.path(), "");
    assert_eq!(findings, []);
    let names: Vec<_> = found.iter().map(|found| found.full_name.as_str()).collect();
    assert_eq!(
        names,
        [
            "pages.Home",
            "storages.Broken",
            "storages.MyOss",
            "storages.MyOss.Editor",
            "storages.Untitled"
        ]
    );
    assert_eq!(found[2].dir, installed.path().join("storages/MyOss"));
    assert_eq!(Manifest::read(installed.path(), "app.json").unwrap().app_id, "acme.Shop");

    fs::write(installed.path().join(PATH), &bytes[..bytes.len() - 1]).unwrap();
    let told =
        "`dist/app.jit` is not used: it is damaged; and there is no `app.json`: install it again";
    assert_eq!(complaints(installed.path()), [(Severity::Error, told.to_owned())]);
    let error = Manifest::read(installed.path(), "app.json").unwrap_err().to_string();
    assert!(error.starts_with("there is no `app.json`, and `dist/app.jit` is not used"), "{error}");
}

#[test]
fn what_cannot_be_watched_is_not_packed() {
    let dir = app();
    put(dir.path(), "pages/bad-name/e.json", OSS);
    let error = write(dir.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    assert!(error.to_string().contains("the folder `pages/bad-name` cannot be an element"));
    assert!(!dir.path().join(PATH).exists());
    assert_eq!(fs::read_dir(dir.path().join("dist")).unwrap().count(), 0, "a file was left");
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(write(nothing.path()).unwrap_err().kind(), ErrorKind::NoApp);
    assert!(!nothing.path().join("dist").exists());
}

#[test]
fn no_more_is_read_than_the_beginning_allows() {
    /// How much is asked for of a file that begins like this and never ends.
    fn asked(start: &[u8], size: u64) -> (u64, Result<Option<Pack>, String>) {
        let mut rest = std::io::repeat(b' ').take(u64::MAX / 2);
        let read = Pack::read(start.chain(&mut rest), size);
        (u64::MAX / 2 - rest.limit(), read)
    }
    use std::io::Read as _;
    let head = "jit-pack 1 0000000000000000\n";
    for (start, size) in [
        (String::new(), u64::MAX),
        ("{ \"appId\": \"acme.Other\"".to_owned(), u64::MAX),
        ("jit-pack 2 0000000000000000\n".to_owned(), u64::MAX),
        (format!("{head}70000000\n"), u64::MAX),
        (format!("{head}1000\n"), 500),
        (format!("{head}9\n{{\"app\":1}}"), u64::MAX),
        (
            format!(
                "{head}57\n{{\"inCrate\":false,\"app\":17000000,\"folders\":[],\"noDefine\":[]}}"
            ),
            u64::MAX,
        ),
    ] {
        let (asked, read) = asked(start.as_bytes(), size);
        assert!(asked <= 256, "{asked} of {start}");
        assert_eq!(matches!(read, Ok(None)), start.starts_with('{'), "{start}");
        assert!(!matches!(read, Ok(Some(_))), "{start}");
    }
}

/// Folders in which something came, among many: each looks at its own children only, and the first is told.
#[test]
fn the_first_difference_of_many_is_told() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "app.json", r#"{"appId": "acme.Shop"}"#);
    for number in 0..300 {
        put(dir.path(), &format!("n/E{number:03}/e.json"), OSS);
    }
    write(dir.path()).unwrap();
    for number in 0..300 {
        put(dir.path(), &format!("n/E{number:03}/E{number:03}.json"), "{}");
    }
    assert!(is_used(dir.path()));
    for number in (7..300).rev() {
        put(dir.path(), &format!("n/E{number:03}/In/e.json"), OSS);
    }
    let why =
        "`dist/app.jit` is not used: what is in `n/E007` has changed; run the app's `pack` again";
    assert_eq!(complaints(dir.path()), [(Severity::Warning, why.to_owned())]);
}

/// Writes a file, and gives it and its folder the times that they had.
#[cfg(unix)]
fn restored(dir: &Path, path: &str, text: &str) {
    let (file, folder) = (dir.join("pages/Home/e.json"), dir.join("pages/Home"));
    let before = [&file, &folder].map(|path| fs::metadata(path).unwrap().modified().unwrap());
    put(dir, path, text);
    for (path, time) in [&file, &folder].into_iter().zip(before) {
        fs::File::open(path).unwrap().set_modified(time).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_time_that_was_restored_is_noticed() {
    let dir = app();
    write(dir.path()).unwrap();
    // What a copy looks like.
    restored(dir.path(), "pages/Home/e.json", OSS);
    assert!(is_used(dir.path()));
    for (path, text) in [
        ("pages/Home/e.json", OSS.replace("\"x\"", "\"y\"")),
        ("pages/Home/In/e.json", OSS.to_owned()),
    ] {
        let dir = app();
        write(dir.path()).unwrap();
        restored(dir.path(), path, &text);
        assert!(!is_used(dir.path()), "{path}");
    }
}
