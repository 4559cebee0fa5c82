//! All of it, or nothing: whatever fails, and whenever.

use std::io;

use cargo_jit::{Applier, Kind, Plan, Step};

use crate::support::{Copy, every_kind, instance, wrapping, write};

/// How many steps a plan takes, found by failing one after the other until none is left.
fn fail_each_step(copy: &Copy, plan: &Plan, dies: bool) -> usize {
    use std::cell::Cell;

    thread_local! {
        static LEFT: Cell<usize> = const { Cell::new(0) };
    }
    fn fail(_: &Step) -> io::Result<()> {
        match LEFT.get().checked_sub(1) {
            Some(left) => {
                LEFT.set(left);
                Ok(())
            }
            None => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        }
    }

    let before = copy.files();
    for step in 0.. {
        LEFT.set(step);
        let applier = Applier { before: Some(fail), dies };
        match applier.apply(plan) {
            Ok(()) => return step,
            Err(error) => {
                assert!(error.to_string().contains("permission denied"), "{error}");
                if dies {
                    // What comes next finds what was left, and undoes it before anything else.
                    assert_ne!(copy.files(), before, "nothing was left");
                    let nothing = Plan { root: plan.root.clone(), ..Plan::default() };
                    Applier::default().apply(&nothing).unwrap();
                }
                assert_eq!(copy.files(), before, "step {step}");
            }
        }
    }
    unreachable!("there is a last step");
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    for (name, kind) in every_kind() {
        let copy = Copy::inside();
        let plan = copy.plan(name, kind).unwrap();
        // Each file is written aside, and put into its place.
        assert_eq!(fail_each_step(&copy, &plan, false), 2 * plan.changes.len(), "{name}");
    }
}

#[test]
fn who_is_killed_leaves_nothing_that_the_next_run_does_not_undo() {
    for (name, kind) in every_kind() {
        let copy = Copy::inside();
        let plan = copy.plan(name, kind).unwrap();
        fail_each_step(&copy, &plan, true);
    }
}

#[test]
fn what_is_left_by_others_changes_nothing_outside_and_is_kept_when_it_is_damaged() {
    let copy = Copy::inside();
    let plan = copy.plan("storages.Archive", instance("storages.OssType")).unwrap();
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    let folder = plan.root.join(".cargo-jit");
    let payload = folder.join("0.old");
    let entry = serde_json::json!([{ "path": victim, "old": payload }]).to_string();
    for (journal, told) in [(entry.as_str(), "outside of here"), ("[{", "is damaged")] {
        write(&payload, "payload");
        write(&folder.join("undo.json"), journal);
        let error = Applier::default().apply(&plan).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert!(!victim.exists() && payload.exists());
    }
}

#[cfg(unix)]
#[test]
fn links_that_are_left_by_others_lead_nowhere() {
    use std::os::unix::fs::symlink;

    let copy = Copy::inside();
    let plan = copy.plan("storages.Archive", instance("storages.OssType")).unwrap();
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    write(&victim, "precious");
    let folder = plan.root.join(".cargo-jit");
    let payload = folder.join("0.old");
    write(&payload, "payload");
    symlink(&victim, folder.join("0.again")).unwrap();
    let undone = plan.root.join("nothing");
    let entry = serde_json::json!([{ "path": undone, "old": payload }]).to_string();
    write(&folder.join("undo.json"), &entry);
    Applier::default().apply(&plan).unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");

    let copy = Copy::inside();
    let plan = copy.plan("storages.Archive", instance("storages.OssType")).unwrap();
    let folder = plan.root.join(".cargo-jit");
    std::fs::create_dir(&folder).unwrap();
    let made = outside.path().join("made");
    symlink(&made, folder.join("lock")).unwrap();
    let error = Applier::default().apply(&plan).unwrap_err().to_string();
    assert!(error.contains("`lock` is no file") && !made.exists(), "{error}");
}

#[test]
fn what_is_removed_comes_back_when_that_fails() {
    for dies in [false, true] {
        let copy = Copy::inside();
        copy.make("imRobots.Meta", Kind::Family);
        let plan =
            cargo_jit::removal(&copy.project(), "imRobots.Meta", false, || Ok(copy.catalog()));
        fail_each_step(&copy, &plan.unwrap(), dies);
    }
}

#[test]
fn what_was_written_by_others_since_is_not_undone() {
    fn fail(step: &Step) -> io::Result<()> {
        match step {
            Step::Put(path) if path.ends_with("Cargo.toml") => {
                Err(io::Error::from(io::ErrorKind::PermissionDenied))
            }
            _ => Ok(()),
        }
    }
    let copy = Copy::inside();
    let plan = copy.plan("storages.SmallOssType", wrapping("storages.OssType")).unwrap();
    Applier { before: Some(fail), dies: true }.apply(&plan).unwrap_err();
    let file = copy.app().join("src/small_oss_type.rs");
    write(&file, "// Mine.\n");
    Applier::default().apply(&Plan { root: plan.root.clone(), ..Plan::default() }).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "// Mine.\n");
}

#[track_caller]
fn refuses(copy: &Copy, name: &str, kind: Kind, message: &str) {
    let before = copy.files();
    let plan = copy.plan(name, kind).unwrap();
    let error = Applier::default().apply(&plan).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.exit_code()), (message, 1));
    assert_eq!(copy.files(), before);
}

#[test]
fn nothing_is_overwritten() {
    let taken = "apps/shop/storages/Archive/e.json";
    let copy = Copy::inside().file(taken, r#"{ "title": "x", "type": "storages.DiskType" }"#);
    refuses(
        &copy,
        "storages.Archive",
        instance("storages.OssType"),
        "`storages/Archive/e.json` is there already; nothing was changed\nhelp: choose another name; what was made goes by --remove storages.Archive",
    );
    let copy = Copy::inside().file("apps/shop/src/small_oss_type.rs", "// Mine.\n");
    refuses(
        &copy,
        "storages.SmallOssType",
        wrapping("storages.OssType"),
        "`src/small_oss_type.rs` is there already; nothing was changed\nhelp: choose another name; what was made goes by --remove storages.SmallOssType",
    );
}

#[test]
fn a_file_where_a_folder_has_to_be_and_a_folder_where_a_file_has_to_be_are_told() {
    let copy = Copy::inside().file("apps/shop/storages", "a file");
    refuses(
        &copy,
        "storages.Archive",
        instance("storages.OssType"),
        "nothing was changed:\n  `storages/Archive/e.json` has no place: `storages` is a file\n  `storages/Archive/Archive.json` has no place: `storages` is a file",
    );
    let copy = Copy::inside().file("apps/shop/src/small_oss_type.rs/x", "");
    refuses(
        &copy,
        "storages.SmallOssType",
        wrapping("storages.OssType"),
        "`src/small_oss_type.rs` is there already; nothing was changed",
    );
}

#[test]
fn what_changed_since_it_was_planned_is_left_alone() {
    let copy = Copy::inside();
    let plan = copy.plan("imRobots.Meta", Kind::Family).unwrap();
    write(&copy.app().join("src/lib.rs"), "//! Mine.\n");
    let before = copy.files();
    let error = Applier::default().apply(&plan).unwrap_err().to_string();
    assert_eq!(error, "`src/lib.rs` has just been changed by somebody else; nothing was changed");
    assert_eq!(copy.files(), before);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_what_it_leads_to_is_edited() {
    use std::fs;
    use std::os::unix::fs::symlink;

    let copy = Copy::inside();
    let manifest = copy.app().join("Cargo.toml");
    let real = copy.app().join("manifests/Cargo.toml");
    fs::create_dir(copy.app().join("manifests")).unwrap();
    fs::rename(&manifest, &real).unwrap();
    symlink("manifests/Cargo.toml", &manifest).unwrap();
    let before = copy.files();
    copy.make("imRobots.Meta", Kind::Family);
    assert!(manifest.is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("schemars"));
    let plan = cargo_jit::removal(&copy.project(), "imRobots.Meta", false, || Ok(copy.catalog()));
    fail_each_step(&copy, plan.as_ref().unwrap(), true);
    assert!(manifest.is_symlink());
    assert_eq!(copy.files(), before);

    // Nobody else's files are edited because a link leads to them.
    let others = tempfile::tempdir().unwrap();
    let foreign = others.path().join("Cargo.toml");
    fs::rename(&real, &foreign).unwrap();
    fs::remove_file(&manifest).unwrap();
    symlink(&foreign, &manifest).unwrap();
    let told = format!(
        "`Cargo.toml` is a link to `{}`, outside of the app: make it a file; nothing was changed",
        foreign.display()
    );
    refuses(&copy, "imRobots.Meta", Kind::Family, &told);
}

#[cfg(unix)]
#[test]
fn the_folder_for_what_is_not_finished_is_no_link() {
    let copy = Copy::inside();
    let plan = copy.plan("imRobots.Meta", Kind::Family).unwrap();
    let others = tempfile::tempdir().unwrap();
    write(&others.path().join("theirs"), "kept");
    for target in [others.path().to_owned(), others.path().join("nowhere")] {
        let link = plan.root.join(".cargo-jit");
        std::os::unix::fs::symlink(target, &link).unwrap();
        let error = Applier::default().apply(&plan).unwrap_err().to_string();
        assert!(error.contains("it is there already"), "{error}");
        assert!(others.path().join("theirs").exists() && link.is_symlink());
        std::fs::remove_file(link).unwrap();
    }
}
