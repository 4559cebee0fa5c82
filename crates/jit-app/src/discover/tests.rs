use std::fs;

use tempfile::TempDir;

use super::*;

fn app(files: &[&str]) -> TempDir {
    let with_text: Vec<_> = files.iter().map(|file| (*file, "{}")).collect();
    app_of(&with_text)
}

fn app_of(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn names(dir: &Path) -> (Vec<String>, Vec<String>) {
    let (found, findings) = discover(dir, "");
    (
        found.iter().map(|found| found.full_name.to_string()).collect(),
        findings.iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn elements_are_found_in_order_and_nested_ones_too() {
    let dir = app(&[
        "storages/MyOss/e.json",
        "storages/MyOss/Editor/e.json",
        "a/b/c/e.json",
        "storages/Zoo/scheme.json",
        "src/x/e.json",
        "commons/x/e.json",
        "appData/x/e.json",
        "x/node_modules/y/e.json",
        ".git/x/e.json",
    ]);
    let expected = ["a.b.c", "src.x", "storages.MyOss", "storages.MyOss.Editor"];
    assert_eq!(names(dir.path()), (expected.map(str::to_owned).to_vec(), vec![]));
    fs::write(dir.path().join("Cargo.toml"), "").unwrap();
    assert!(!names(dir.path()).0.contains(&"src.x".to_owned()), "src of a crate was scanned");
}

#[test]
fn odd_folders_are_reported_and_do_not_stop_the_rest() {
    let dir = app(&["e.json", "a/my-oss/e.json", "a/b.c/e.json", "z/Ok/e.json"]);
    let (found, findings) = names(dir.path());
    assert_eq!(found, ["z.Ok"]);
    assert_eq!(
        findings,
        [
            "the folder `a/b.c` cannot be an element: `a/b.c` has a dot in it; rename the folder: letters, digits and `_`, not starting with a digit",
            "the folder `a/my-oss` cannot be an element: `a.my-oss` is not an element name: each segment is letters, digits and `_`, and does not start with a digit; rename the folder: letters, digits and `_`, not starting with a digit",
            "`e.json` at the app's root belongs to no element; move it into a folder of its own, like `storages/MyOss/e.json`",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_is_reported_once() {
    let dir = app(&["a/One/e.json"]);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("a/loop")).unwrap();
    let (found, findings) = names(dir.path());
    assert_eq!(found, ["a.One"]);
    let told = "`a/loop` is a link to a folder above it; it was not followed; remove it, or link to a folder that does not hold the app";
    assert_eq!(findings, [told]);
}

#[cfg(unix)]
#[test]
fn links_among_folders_do_not_multiply_and_lead_out_once() {
    let dir = app(&["n0/One/e.json"]);
    let outside = app(&["Two/e.json"]);
    let link = |to: &Path, at: &Path| std::os::unix::fs::symlink(to, at);
    for level in 0..20 {
        let next = dir.path().join(format!("n{}", level + 1));
        fs::create_dir_all(&next).unwrap();
        for name in ["a", "b"] {
            link(&next, &dir.path().join(format!("n{level}/{name}"))).unwrap();
        }
    }
    link(outside.path(), &dir.path().join("x")).unwrap();
    link(outside.path(), &dir.path().join("y")).unwrap();
    link(Path::new("/no/such/place"), &dir.path().join("z")).unwrap();
    let (found, findings) = names(dir.path());
    assert_eq!(found, ["n0.One", "x.Two"]);
    assert_eq!(findings.len(), 2 * 20 + 1 + 1, "{findings:?}");
}

#[cfg(unix)]
#[test]
fn every_way_of_looking_follows_the_same_links() {
    let (dir, outside) = (app(&["n/One/e.json"]), app(&["Two/e.json", "in/Three/e.json"]));
    let link = |to: &Path, at: &str| std::os::unix::fs::symlink(to, dir.path().join(at)).unwrap();
    // A link that is skipped is not the first.
    for at in [".a", "dist", "l1", "l2", "l3"] {
        link(outside.path(), at);
    }
    link(&dir.path().join("n"), "back");
    let (expected, _) = names(dir.path());
    assert_eq!(expected, ["l1.Two", "l1.in.Three", "n.One"]);
    for name in ["l1.Two", "l1.in.Three", "l2.Two", "l3.in.Three", "back.One", "n.One"] {
        let found = element(dir.path(), "", &name.parse().unwrap()).is_some();
        assert_eq!(found, expected.contains(&name.to_owned()), "{name}");
    }
    for folder in ["l1", "l1/in", "l2", "l2/in", "l3/in/Three", "back", "n"] {
        let (found, _) = discover_below(dir.path(), &dir.path().join(folder), "");
        let names = found.iter().map(|found| found.full_name.to_string());
        let below = format!("{}.", folder.replace('/', "."));
        let inside = expected.iter().filter(|name| format!("{name}.").starts_with(&below));
        assert!(names.eq(inside.cloned()), "{folder}: {found:?}");
    }
}

#[test]
fn every_way_of_looking_ends_at_the_same_depth() {
    let name = |depth| vec!["a"; depth].join(".");
    let file = |depth| name(depth).replace('.', "/") + "/e.json";
    let dir = app(&[&file(31), &file(32), &file(33)]);
    assert_eq!(names(dir.path()).0, [name(31)]);
    for depth in [31, 32, 33] {
        let folder = dir.path().join(name(depth).replace('.', "/"));
        let found = discover_below(dir.path(), &folder, "").0.len();
        let named = element(dir.path(), "", &name(depth).parse().unwrap()).is_some();
        assert_eq!((found, named), (usize::from(depth == 31), depth == 31), "{depth}");
    }
}

const OSS: &str = r#"{"title": "x", "type": "storages.OssType"}"#;
const DISK: &str = r#"{"title": "x", "type": "storages.DiskType"}"#;

/// Name, folder, the file that is used or what is wrong with it.
fn shown(dir: &Path, found: &[Found]) -> Vec<String> {
    let one = |found: &Found| {
        let told = match &found.define {
            Ok(define) => define.path().to_owned(),
            Err(findings) => findings.iter().map(|f| format!("{f} {:?}", f.notes)).collect(),
        };
        let folder = found.dir.strip_prefix(dir).unwrap().display();
        format!("{} in {folder}: {told}", found.full_name)
    };
    found.iter().map(one).collect()
}

#[test]
fn an_element_may_lie_in_backend_or_frontend() {
    let broken = "{";
    for (files, expected) in [
        (&[("x/y/backend/e.json", OSS)][..], "x.y in x/y: x/y/backend/e.json"),
        (&[("x/y/frontend/e.json", OSS)], "x.y in x/y: x/y/frontend/e.json"),
        (
            &[("x/y/frontend/e.json", OSS), ("x/y/backend/e.json", OSS)],
            "x.y in x/y: x/y/backend/e.json",
        ),
        (
            &[("x/y/e.json", OSS), ("x/y/frontend/e.json", OSS), ("x/y/backend/e.json", OSS)],
            "x.y in x/y: x/y/e.json",
        ),
        (
            &[("x/y/e.json", OSS), ("x/y/backend/e.json", DISK)],
            "x.y in x/y: x/y/e.json:1:24: two `e.json` of `x.y` disagree on its `type`; give both the same `type`, or remove one of the two files [\"`x/y/backend/e.json:1:24` says `storages.DiskType`\"]",
        ),
        (
            &[("x/y/e.json", OSS), ("x/y/backend/e.json", r#"{"title": "x", "type": ""}"#)],
            "x.y in x/y: x/y/e.json:1:24: two `e.json` of `x.y` disagree on its `type`; give both the same `type`, or remove one of the two files [\"`x/y/backend/e.json:1:1` says empty\"]",
        ),
        (
            &[("x/y/e.json", OSS), ("x/y/backend/e.json", broken)],
            "x.y in x/y: x/y/backend/e.json:1:2: this is not valid JSON; `e.json` holds one JSON object: double quotes, no trailing comma, no comments []",
        ),
        (
            &[("roles/frontend/e.json", OSS)],
            "roles.frontend in roles/frontend: roles/frontend/e.json",
        ),
    ] {
        let dir = app_of(files);
        let (found, findings) = discover(dir.path(), "");
        assert_eq!(shown(dir.path(), &found), [expected], "{files:?}");
        assert_eq!(findings, []);
        let alone = element(dir.path(), "", &found[0].full_name).unwrap();
        assert_eq!(shown(dir.path(), &[alone]), [expected], "{files:?}");
    }
}

#[test]
fn elements_inside_a_split_belong_to_the_element() {
    let dir = app_of(&[
        ("x/y/e.json", OSS),
        ("x/y/backend/Editor/e.json", OSS),
        ("x/y/frontend/Editor/e.json", OSS),
        ("x/ns/backend/z/e.json", OSS),
    ]);
    let (found, findings) = discover(dir.path(), "p/");
    assert_eq!(findings, []);
    let expected = [
        "x.ns.backend.z in x/ns/backend/z: p/x/ns/backend/z/e.json",
        "x.y in x/y: p/x/y/e.json",
        "x.y.Editor in x/y/backend/Editor: p/x/y/backend/Editor/e.json",
    ];
    assert_eq!(shown(dir.path(), &found), expected);
    for (found, expected) in found.iter().zip(expected) {
        let alone = element(dir.path(), "p/", &found.full_name).unwrap();
        assert_eq!(shown(dir.path(), &[alone]), [expected]);
    }
}

#[test]
fn one_element_is_read_without_the_others() {
    let dir = app(&[
        "a/b/c/e.json",
        "dist/x/e.json",
        "a/appData/x/e.json",
        "commons/x/e.json",
        "a/no/x.json",
    ]);
    let read = |name: &str| element(dir.path(), "", &name.parse().unwrap()).is_some();
    for (name, expected) in [
        ("a.b.c", true),
        ("a.appData.x", true),
        ("a.b", false),
        ("a.b.c.d", false),
        ("a.no", false),
        ("dist.x", false),
        ("commons.x", false),
        ("nothing", false),
    ] {
        assert_eq!(read(name), expected, "{name}");
    }
}

#[test]
fn a_part_of_the_app_is_read_with_the_roots_rules() {
    let dir = app(&[
        "a/One/e.json",
        "a/One/backend/e.json",
        "a/One/backend/Two/e.json",
        "a/appData/x/e.json",
        "commons/x/e.json",
        "b/Three/e.json",
    ]);
    for (folder, expected) in [
        ("a", &["a.One", "a.One.Two", "a.appData.x"][..]),
        ("a/One/backend", &["a.One", "a.One.Two"]),
        ("a/One/backend/Two", &["a.One.Two"]),
        ("commons", &[]),
        ("commons/x", &[]),
        ("gone/away", &[]),
        ("", &["a.One", "a.One.Two", "a.appData.x", "b.Three"]),
    ] {
        let (found, findings) = discover_below(dir.path(), &dir.path().join(folder), "");
        let names: Vec<_> = found.iter().map(|found| found.full_name.as_str()).collect();
        assert_eq!((names.as_slice(), findings), (expected, vec![]), "{folder}");
    }
}

#[test]
fn what_looks_like_an_element_is_told() {
    let dir = app(&[
        "storages/MyOss/MyOss.json",
        "storages/Other/config.json",
        "storages/case/Case.json",
        "storages/Real/e.json",
        "storages/Real/data/data.json",
        "storages/Half/backend/e.json",
        "storages/Half/Half.json",
        "top/top.json",
        "a/backend/backend.json",
    ]);
    let (_, findings) = names(dir.path());
    assert_eq!(
        findings,
        [
            "`storages/MyOss` looks like an element and has no `e.json`; create `storages/MyOss/e.json` with a `title` and a `type`"
        ]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_case_only_are_told() {
    let dir = app(&["a/One/e.json", "a/one/e.json", "A/ONE/e.json", "a/Two/e.json"]);
    let (_, findings) = names(dir.path());
    assert_eq!(
        findings,
        [
            "`A.ONE` and `a.One` differ in nothing but case; rename one of the folders: not every file system can hold both",
            "`a.One` and `a.one` differ in nothing but case; rename one of the folders: not every file system can hold both",
        ]
    );
}

/// A folder with everything that is odd, large enough for several threads.
#[cfg(unix)]
fn odd() -> (TempDir, TempDir) {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let (dir, outside) = (tempfile::tempdir().unwrap(), app(&["In/e.json", "In/deep/e.json"]));
    let write = |path: &str, text: &[u8]| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for number in 0..600 {
        write(&format!("n{}/E{number}/e.json", number % 7), OSS.as_bytes());
    }
    for number in 0..40 {
        write(&format!("n1/E1/backend/B{number}/e.json"), OSS.as_bytes());
        write(&format!("n1/E1/frontend/B{number}/e.json"), DISK.as_bytes());
        write(&format!("n2/Broken{number}/e.json"), b"{\"a\": 1");
        write(&format!("n2/bad-name{number}/e.json"), b"{}");
        write(&format!("n3/Like{number}/Like{number}.json"), b"{}");
        write(&format!("n3/Text{number}/e.json"), b"\xff\xfe");
        write(&format!("n4/Mark{number}/e.json"), format!("\u{feff}{OSS}").as_bytes());
        let link = |to: &Path, at: String| symlink(to, dir.path().join(at)).unwrap();
        link(outside.path(), format!("n5/out{number}"));
        link(&dir.path().join("n1"), format!("n5/in{number}"));
        link(Path::new("/no/such/place"), format!("n5/gone{number}"));
    }
    symlink(dir.path(), outside.path().join("back")).unwrap();
    symlink("/no/such/place", dir.path().join("n5/E5/gone")).unwrap();
    fs::create_dir(dir.path().join("n6/Folder")).unwrap();
    fs::create_dir(dir.path().join("n6/Folder/e.json")).unwrap();
    fs::create_dir(dir.path().join("n6/Dangling")).unwrap();
    symlink("/no/such/place", dir.path().join("n6/Dangling/e.json")).unwrap();
    let bytes = dir.path().join(std::ffi::OsStr::from_bytes(b"n6/not\xfftext"));
    fs::create_dir(&bytes).unwrap();
    fs::write(bytes.join("e.json"), "{}").unwrap();
    (dir, outside)
}

#[cfg(unix)]
#[test]
fn it_makes_no_difference_how_many_threads_read() {
    let (dir, _outside) = odd();
    let read = |threads| {
        let walk = Walk::new(dir.path(), "").threads(threads);
        let (found, findings) = assemble(walk.walk(Folder::root(dir.path())));
        let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
        (shown(dir.path(), &found), told)
    };
    let (found, findings) = read(1);
    // Of the elements in the links to one folder, those in the first.
    let linked: Vec<_> = found.iter().filter(|line| line.contains("out")).cloned().collect();
    assert_eq!(
        linked.iter().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(),
        ["n5.out0.In", "n5.out0.In.deep"]
    );
    assert_eq!(found.len(), 600 + 40 + 40 + 40 + 40 + 2 + 1);
    // Names, looks, links out but one, links in, links to nowhere, the way back, three oddities.
    assert_eq!(findings.len(), 40 + 40 + 39 + 40 + 40 + 1 + 3, "{findings:#?}");
    for threads in [2, 3, 8] {
        assert_eq!(read(threads), (found.clone(), findings.clone()), "{threads} threads");
    }
}

#[cfg(unix)]
#[test]
fn of_links_to_one_folder_a_name_and_a_part_find_what_a_walk_does() {
    use std::os::unix::fs::symlink;
    let (dir, outside) = (app(&["a/One/e.json", "b/Two/e.json"]), app(&["In/e.json"]));
    symlink(outside.path(), dir.path().join("a/One/out")).unwrap();
    symlink(outside.path(), dir.path().join("b/out")).unwrap();
    symlink(outside.path(), dir.path().join("z")).unwrap();
    let names = |found: &[Found]| -> Vec<String> {
        found.iter().map(|found| found.full_name.to_string()).collect()
    };
    let (all, findings) = discover(dir.path(), "");
    let all = names(&all);
    assert_eq!(all, ["a.One", "a.One.out.In", "b.Two"]);
    assert_eq!(findings.len(), 2, "{findings:?}");
    for name in ["a.One", "a.One.out.In", "b.Two", "b.out.In", "z.In"] {
        let full_name = name.parse().unwrap();
        let found = element(dir.path(), "", &full_name).is_some();
        assert_eq!(found, all.iter().any(|one| one == name), "{name}");
    }
    for folder in ["a", "a/One", "a/One/out", "b", "b/out", "b/out/In", "z"] {
        let (found, _) = discover_below(dir.path(), &dir.path().join(folder), "");
        let inside = format!("{}.", folder.replace('/', "."));
        let wanted: Vec<_> =
            all.iter().filter(|name| format!("{name}.").starts_with(&inside)).cloned().collect();
        assert_eq!(names(&found), wanted, "{folder}");
    }
}
