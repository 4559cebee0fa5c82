use super::*;

/// An app's folder with files, and something beside it that no path may reach.
fn app(files: &[&str]) -> (tempfile::TempDir, AppCode) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("app")).unwrap();
    fs::write(dir.path().join("outside"), "secret").unwrap();
    fs::create_dir(dir.path().join("elsewhere")).unwrap();
    let code = AppCode::new(dir.path().join("app"));
    for file in files {
        code.write(file, format!("of {file}")).unwrap();
    }
    (dir, code)
}

#[track_caller]
fn check<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind, message: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
}

#[test]
fn what_is_written_is_read_with_either_separator() {
    let (_dir, code) = app(&[]);
    code.write("models/A/model.py", "one").unwrap();
    code.write("models\\A\\model.py", b"two").unwrap();
    assert_eq!(code.read_text("./models//A/model.py").unwrap(), "two");
    assert_eq!(code.list_dir("models/A").unwrap(), ["model.py"], "a part was left");
    assert_eq!(code.list_dir("").unwrap(), ["models"]);
    for (path, exists, is_dir, is_file) in [
        ("", true, true, false),
        ("models\\A", true, true, false),
        ("models/A/model.py", true, false, true),
        ("models/B", false, false, false),
        ("../outside", false, false, false),
    ] {
        let found = (code.exists(path), code.is_dir(path), code.is_file(path));
        assert_eq!(found, (exists, is_dir, is_file), "{path}");
    }
}

#[test]
fn parts_that_a_crash_left_are_nowhere_to_be_seen() {
    let (dir, code) = app(&["a/b"]);
    fs::write(dir.path().join("app/a/.jit-part-1"), "half").unwrap();
    assert_eq!(code.list_dir("a").unwrap(), ["b"]);
    assert!(!code.exists("a/.jit-part-1"));
    code.copy_dir("a", "c").unwrap();
    assert!(!dir.path().join("app/c/.jit-part-1").exists());
}

#[test]
fn mistakes_name_the_relative_path_and_what_to_do() {
    let (_dir, code) = app(&["a/file", "b/file"]);
    code.write("latin", [b'a', 0xe9]).unwrap();
    let path_help = "check the path: it is taken exactly as given, case included";
    let missing =
        |doing: &str, path: &str| format!("cannot {doing} `{path}`: it is not there; {path_help}");
    use ErrorKind::{Conflict, InvalidPath, NotFound};
    check(code.read("a/fil"), NotFound, &missing("read", "a/fil"));
    check(code.read("a/file/x"), NotFound, &missing("read", "a/file/x"));
    check(code.list_dir("x"), NotFound, &missing("list", "x"));
    check(code.delete_dir("x"), NotFound, &missing("delete", "x"));
    check(code.delete_file("x/y"), NotFound, &missing("delete", "x/y"));
    check(code.rename("x", "y"), NotFound, &missing("rename", "x"));
    check(code.copy_dir("x", "y"), NotFound, &missing("copy", "x"));
    check(code.read("a"), Conflict, "cannot read `a`: it is a folder; name a file in it");
    check(
        code.write("a", ""),
        Conflict,
        "cannot write `a`: it is a folder, or no regular file; choose another name",
    );
    check(
        code.write("a/file/x", ""),
        Conflict,
        "`a/file` is no folder; choose another path, or delete `a/file`",
    );
    check(
        code.create_dir("a/file"),
        Conflict,
        "`a/file` is no folder; choose another path, or delete `a/file`",
    );
    check(
        code.list_dir("a/file"),
        Conflict,
        "cannot list `a/file` as a folder: it is a file; name a folder",
    );
    check(
        code.delete_dir("a/file"),
        Conflict,
        "cannot delete `a/file` as a folder: it is a file; name a folder",
    );
    check(
        code.delete_file("a"),
        Conflict,
        "cannot delete `a` as a file: it is a folder; delete it as a folder",
    );
    check(
        code.rename("a", "b"),
        Conflict,
        "cannot rename `a` to `b`: that is there already; choose another path, or delete it first",
    );
    check(
        code.copy_dir("a", "b"),
        Conflict,
        "cannot copy `a` to `b`: that is there already; choose another path, or delete it first",
    );
    for (doing, result) in
        [("rename", code.rename("a", "a/b/c")), ("copy", code.copy_dir("a", "a/b/c"))]
    {
        let message = format!(
            "cannot {doing} `a` to `a/b/c`: that is inside it; choose a path outside of it"
        );
        check(result, Conflict, &message);
    }
    check(
        code.copy_dir("", "b/all"),
        Conflict,
        "cannot copy the app's folder to `b/all`: that is inside it; choose a path outside of it",
    );
    check(
        code.read_text("latin"),
        Conflict,
        "cannot read `latin` as text: byte 1 is not UTF-8; read it as bytes, or store it as UTF-8",
    );
    for (doing, result) in [
        ("read", code.read("").map(drop)),
        ("write", code.write(".", "")),
        ("delete", code.delete_dir("")),
        ("delete", code.delete_file("")),
        ("rename", code.rename("", "x")),
        ("rename", code.rename("a", "")),
        ("copy", code.copy_dir("a", "./")),
    ] {
        let message = format!("cannot {doing} the app's folder itself; name something in it");
        check(result, InvalidPath, &message);
    }
    assert!(!code.exists("a/b"), "a refused copy made a folder");
}

#[test]
fn files_and_folders_are_moved_copied_and_removed() {
    let (_dir, code) = app(&["a/one", "a/deep/two"]);
    code.copy_dir("a", "new/b").unwrap();
    code.rename("new/b/deep/two", "x/y/two").unwrap();
    assert_eq!(code.read_text("x/y/two").unwrap(), "of a/deep/two");
    assert_eq!(code.list_dir("new/b").unwrap(), ["deep", "one"]);
    assert_eq!(code.list_dir("new/b/deep").unwrap(), Vec::<String>::new());
    code.rename("a", "c").unwrap();
    code.delete_file("c/one").unwrap();
    code.delete_dir("c").unwrap();
    code.create_dir("d/e").unwrap();
    code.create_dir("d/e").unwrap();
    assert_eq!(code.list_dir("").unwrap(), ["d", "new", "x"]);
}

#[test]
fn an_element_is_found_by_any_path_in_it() {
    let (_dir, code) = app(&[
        "models/A/e.json",
        "models/A/backend/model.py",
        "models/A/backend/Inner/e.json",
        "models/A/Editor/e.json",
        "models/A/test/e.json",
        "backend/B/e.json",
        "models/b-c/e.json",
        "commons/x/e.json",
    ]);
    for (path, name) in [
        ("models/A", Some("models.A")),
        ("models\\A\\model.py", Some("models.A")),
        ("models/A/not/there.py", Some("models.A")),
        ("models/A/backend/model.py", Some("models.A")),
        ("models/A/frontend/x/y.ts", Some("models.A")),
        ("models/A/backend/Inner/x.py", Some("models.A.Inner")),
        ("models/A/Editor/x.ts", Some("models.A.Editor")),
        ("models/A/test/x.py", Some("models.A")),
        ("backend/B/x.py", Some("backend.B")),
        ("models", None),
        ("models/__init__.py", None),
        ("models/b-c/x.py", None),
        ("commons/x/y.py", None),
        ("", None),
        ("../app/models/A", None),
    ] {
        let found = code.parse_element_by_path(path);
        assert_eq!(found.as_ref().map(FullName::as_str), name, "{path}");
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn no_link_leads_out() {
        let (dir, code) = app(&["a/file"]);
        let app = dir.path().join("app");
        symlink("../outside", app.join("file")).unwrap();
        symlink("../elsewhere", app.join("folder")).unwrap();
        let fail = |doing: &str, path: &str| {
            format!(
                "cannot {doing} `{path}`: a link on the way leads out of the app's folder; remove the link, or put what it leads to in its place"
            )
        };
        let invalid = ErrorKind::InvalidPath;
        check(code.read("file"), invalid, &fail("read", "file"));
        check(code.write("file", ""), invalid, &fail("write", "file"));
        check(code.list_dir("folder"), invalid, &fail("list", "folder"));
        check(code.write("folder/x", ""), invalid, &fail("write", "folder"));
        check(code.create_dir("folder/x"), invalid, &fail("write", "folder"));
        check(code.delete_file("folder/x"), invalid, &fail("delete", "folder/x"));
        check(code.rename("a", "folder/a"), invalid, &fail("rename", "folder/a"));
        check(code.copy_dir("a", "folder/a"), invalid, &fail("copy", "folder/a"));
        assert!(!code.exists("file") && !code.is_dir("folder"));
        symlink("../../outside", app.join("a/link")).unwrap();
        check(code.copy_dir("a", "b"), invalid, &fail("copy", "a/link"));
        assert_eq!(fs::read_dir(&app).unwrap().count(), 3, "a failed copy left something");
        // A link itself is in the folder: it may go.
        code.delete_file("file").unwrap();
        code.delete_dir("folder").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("outside")).unwrap(), "secret");
        assert!(dir.path().join("elsewhere").is_dir());
        assert_eq!(fs::read_dir(dir.path().join("elsewhere")).unwrap().count(), 0);
    }

    #[test]
    fn links_within_the_folder_are_followed() {
        let (dir, code) = app(&["a/file"]);
        let app = dir.path().join("app");
        symlink("a", app.join("to_a")).unwrap();
        symlink("file", app.join("a/to_file")).unwrap();
        code.write("to_a/to_file", "new").unwrap();
        assert_eq!(code.read_text("a/file").unwrap(), "new");
        assert!(app.join("a/to_file").is_symlink());
        code.copy_dir("to_a", "b").unwrap();
        assert_eq!(code.read_text("b/to_file").unwrap(), "new");
        assert!(!app.join("b/to_file").is_symlink());
        check(
            code.copy_dir("a", "to_a/b"),
            ErrorKind::Conflict,
            "cannot copy `a` to `to_a/b`: that is inside it; choose a path outside of it",
        );
        symlink("..", app.join("a/up")).unwrap();
        check(
            code.copy_dir("a", "c"),
            ErrorKind::Conflict,
            "cannot copy `a/up`: it is a link to a folder; remove it, or copy what is around it",
        );
        symlink("nowhere", app.join("dangling")).unwrap();
        let missing = "cannot write `dangling`: it is not there; check the path: it is taken exactly as given, case included";
        check(code.write("dangling", ""), ErrorKind::NotFound, missing);
        code.rename("to_a", "moved").unwrap();
        assert!(app.join("moved").is_symlink() && app.join("a/file").is_file());
    }

    #[test]
    fn a_file_keeps_its_permissions() {
        let (dir, code) = app(&["run.sh"]);
        let file = dir.path().join("app/run.sh");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o751)).unwrap();
        code.write("run.sh", "new").unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o751);
    }
}

#[test]
fn a_path_may_go_on_where_no_folder_is() {
    let (_dir, code) = app(&["a/B/e.json"]);
    let on = format!("a/B/{}x", "y/".repeat(2000));
    assert_eq!(code.parse_element_by_path(&on).unwrap().as_str(), "a.B");
    assert_eq!(code.parse_element_by_path(&format!("{on}{}", "/y".repeat(100))), None);
}
