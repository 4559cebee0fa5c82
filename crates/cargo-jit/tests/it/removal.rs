//! What is not removed, and what is said of it.

use std::fs;

use cargo_jit::{Applier, Error, Kind, NewApp, Plan, Project, removal};
use expect_test::{Expect, expect};
use jit_meta::Catalog;

use crate::support::{Copy, instance, wrapping, write};

fn remove(copy: &Copy, name: &str, force: bool) -> Result<Plan, Error> {
    removal(&copy.project(), name, force, || Ok(copy.catalog()))
}

#[track_caller]
fn refused(copy: &Copy, name: &str, expected: Expect) {
    let before = copy.files();
    expected.assert_eq(&format!("{}\n", remove(copy, name, false).unwrap_err()));
    assert_eq!(copy.files(), before);
}

/// What is left to do by hand, after it was removed in spite of everything.
#[track_caller]
fn insisted(copy: &Copy, name: &str, expected: Expect) {
    let plan = remove(copy, name, true).unwrap();
    Applier::default().apply(&plan).unwrap();
    let step =
        |it: &cargo_jit::ByHand| format!("{}: {} ({})", plan.shown(&it.file), it.what, it.why);
    let told: Vec<_> = plan.by_hand.iter().map(step).chain(plan.notes.clone()).collect();
    expected.assert_eq(&format!("{}\n", told.join("\n")));
}

#[test]
fn an_element_that_others_name_stays() {
    let app = r#"{
  "appId": "acme.Shop",
  "settings": { "defaultElement": { "defaultStorage": "storages.Cache" } }
}"#;
    let main = "fn main() {}\n\n// \"storages.Cache\"\nconst A: &str = \"storages.Cache\";\nconst B: &str = \"storages.Cache\";\n";
    let copy = Copy::inside()
        .file("apps/shop/app.json", app)
        .file("apps/shop/bots/Log/Log.json", "{\n  \"storage\": \"${LOG:-storages.Cache}\"\n}\n")
        .file(
            "apps/shop/bots/Log/e.json",
            "{ \"title\": \"Into storages.Cache\", \"type\": \"bots.NormalType\" }\n",
        )
        .file("apps/shop/appData/kept.json", "\"storages.Cache\"")
        .file("apps/shop/src/main.rs", main);
    copy.make("storages.Cache", instance("storages.MemoryType"));
    refused(
        &copy,
        "storages.Cache",
        expect![[r#"
            `storages.Cache` is not removed
            used by:
              app.json:3 names `storages.Cache`
              bots/Log/Log.json:2 names `storages.Cache`
              src/main.rs:4 names `storages.Cache` (and 1 more line)
            help: change what uses it first; --force removes it all the same, and lists that as left to do
        "#]],
    );
    insisted(
        &copy,
        "storages.Cache",
        expect![[r#"
            app.json: change line 3, which names `storages.Cache` (`storages.Cache` is gone)
            bots/Log/Log.json: change line 2, which names `storages.Cache` (`storages.Cache` is gone)
            src/main.rs: change line 4, which names `storages.Cache`, and 1 more (`storages.Cache` is gone)
        "#]],
    );
    assert!(!copy.app().join("storages").exists());
}

#[test]
fn a_type_with_instances_stays() {
    let copy = Copy::inside();
    copy.make("storages.SmallOssType", wrapping("storages.OssType"));
    let define = "{\n  \"title\": \"Small\",\n  \"type\": \"storages.SmallOssType\"\n}\n";
    write(&copy.app().join("storages/Small/e.json"), define);
    refused(
        &copy,
        "storages.SmallOssType",
        expect![[r#"
            `storages.SmallOssType` is not removed
            used by:
              storages/Small/e.json:3 names `storages.SmallOssType`
            help: change what uses it first; --force removes it all the same, and lists that as left to do
        "#]],
    );
}

#[test]
fn a_family_with_types_stays() {
    let copy = Copy::inside();
    copy.make("imRobots.Meta", Kind::Family);
    let code = "use crate::im_robots::{ImRobot, ImRobots};\n\nregister_type!(\"imRobots.EchoType\" => EchoType);\n";
    write(&copy.app().join("src/echo_type.rs"), code);
    write(
        &copy.app().join("imRobots/Echo/e.json"),
        r#"{ "title": "Echo", "type": "imRobots.EchoType" }"#,
    );
    let root = copy.app().join("src/lib.rs");
    let used = "\nmod a;\n\nfn robots() -> im_robots::ImRobots {\n    im_robots::ImRobots\n}\n";
    let text = fs::read_to_string(&root).unwrap() + used;
    fs::write(&root, text).unwrap();
    write(&copy.app().join("tests/robots.rs"), "use shop::im_robots::ImRobots;\n");
    refused(
        &copy,
        "imRobots.Meta",
        expect![[r#"
            `imRobots.Meta` is not removed
            used by:
              imRobots/Echo/e.json:1 names `imRobots.EchoType`
              src/echo_type.rs:1 uses the module `im_robots` (and 1 more line)
              src/lib.rs:7 uses the module `im_robots` (and 1 more line)
              tests/robots.rs:1 uses the module `im_robots`
            help: change what uses it first; --force removes it all the same, and lists that as left to do
        "#]],
    );
    insisted(
        &copy,
        "imRobots.Meta",
        expect![[r#"
            imRobots/Echo/e.json: change line 1, which names `imRobots.EchoType` (`imRobots.Meta` is gone)
            src/echo_type.rs: change line 1, which uses the module `im_robots`, and 1 more (`imRobots.Meta` is gone)
            src/lib.rs: change line 6, which uses the module `im_robots`, and 1 more (`imRobots.Meta` is gone)
            tests/robots.rs: change line 1, which uses the module `im_robots` (`imRobots.Meta` is gone)
        "#]],
    );
    // Lines are told as they are by now.
    let root = fs::read_to_string(root).unwrap();
    assert!(root.lines().nth(5).is_some_and(|line| line.contains("im_robots::")), "{root}");
}

#[test]
fn what_was_edited_and_is_used_is_told_at_once() {
    let copy = Copy::inside();
    copy.make("storages.Archive", instance("storages.DiskType"));
    write(&copy.app().join("storages/Archive/Archive.json"), "{ \"directory\": \"mine\" }\n");
    write(&copy.app().join("src/main.rs"), "const A: &str = \"storages.Archive\";\n");
    refused(
        &copy,
        "storages.Archive",
        expect![[r#"
        `storages.Archive` is not removed
        edited since it was made:
          storages/Archive/Archive.json
        used by:
          src/main.rs:1 names `storages.Archive`
        help: change what uses it first; --force removes it all the same, and lists that as left to do
    "#]],
    );
}

#[test]
fn an_instance_goes_whatever_becomes_of_its_type() {
    fn broken() -> Result<Catalog, Error> {
        Err(Error::new("the program of `shop` does not tell its Types\nerror[E0308]"))
    }
    let copy = Copy::inside();
    let before = copy.files();
    let define = r#"{ "title": "My ImRobot", "type": "imRobots.NormalType" }"#;
    let folder = copy.app().join("imRobots/MyImRobot");
    write(&folder.join("e.json"), define);
    write(&folder.join("MyImRobot.json"), "{}");
    refused(
        &copy,
        "imRobots.MyImRobot",
        expect![[r#"
        `imRobots.MyImRobot` is not removed
        edited since it was made:
          imRobots/MyImRobot/e.json
        nobody knows whether this was edited, as no Type is called `imRobots.NormalType`:
          imRobots/MyImRobot/MyImRobot.json
        help: --force removes it all the same
    "#]],
    );
    let told = removal(&copy.project(), "imRobots.MyImRobot", false, broken).unwrap_err();
    assert!(
        told.to_string().contains("as the program of `shop` does not tell its Types:\n"),
        "{told}"
    );
    // Nobody is asked where somebody insists.
    let plan = removal(&copy.project(), "imRobots.MyImRobot", true, broken).unwrap();
    Applier::default().apply(&plan).unwrap();
    assert_eq!(copy.files(), before);
    // Nor where there is nothing to compare but the definition.
    copy.make("storages.Cache", instance("storages.MemoryType"));
    let plan = removal(&copy.project(), "storages.Cache", false, broken).unwrap();
    Applier::default().apply(&plan).unwrap();
    assert_eq!(copy.files(), before);
    // And one that cannot be read goes as well.
    write(&folder.join("e.json"), "{ broken");
    write(&folder.join("MyImRobot.json"), "{}");
    refused(
        &copy,
        "imRobots.MyImRobot",
        expect![[r#"
        `imRobots.MyImRobot` is not removed
        edited since it was made:
          imRobots/MyImRobot/e.json
        nobody knows whether this was edited, as its `e.json` names no Type:
          imRobots/MyImRobot/MyImRobot.json
        help: --force removes it all the same
    "#]],
    );
    Applier::default().apply(&remove(&copy, "imRobots.MyImRobot", true).unwrap()).unwrap();
    assert_eq!(copy.files(), before);
}

#[test]
fn what_came_with_the_app_goes_as_it_came() {
    let here = tempfile::tempdir().unwrap();
    let plan = NewApp::new("acme.Shop").unwrap().plan(here.path()).unwrap();
    Applier::default().apply(&plan).unwrap();
    let shop = here.path().join("shop");
    let project = Project::find(Some(&shop), here.path()).unwrap();
    let unasked = || unreachable!("it is known as it was made");
    let error = removal(&project, "storages.MyFiles", false, unasked).unwrap_err();
    expect![[r#"
        `storages.MyFiles` is not removed
        used by:
          app.json:7 names `storages.MyFiles`
          src/main.rs:37 names `storages.MyFiles`
          tests/program.rs:29 names `storages.MyFiles`
        help: change what uses it first; --force removes it all the same, and lists that as left to do"#]].assert_eq(&error.to_string());
}

#[test]
fn whom_an_override_served_is_told() {
    let copy = Copy::inside();
    copy.make("storages.OssType", Kind::Override);
    copy.make("storages.MyOss", instance("storages.OssType"));
    let plan = remove(&copy, "storages.OssType", false).unwrap();
    assert_eq!(
        plan.notes,
        [
            "From now on these are loaded without it; their configurations may have keys of it:\n  storages/MyOss/e.json"
        ]
    );
}

#[test]
fn what_somebody_wrote_is_not_taken_for_something_that_was_made() {
    let copy = Copy::inside();
    copy.make("imRobots.Meta", Kind::Family);
    write(
        &copy.app().join("src/echo_type.rs"),
        "//! Echo.\n\nregister_type!(\"imRobots.EchoType\" => EchoType);\n",
    );
    refused(
        &copy,
        "imRobots.EchoType",
        expect![[r#"
        `imRobots.EchoType` was not made by itself: its code is at src/echo_type.rs:3
        help: take it out there by hand; before that, the elements that have it as their `type`: `--remove` takes them
    "#]],
    );
    refused(
        &copy,
        "imRobots.NormalType",
        expect![[r#"
        `imRobots.NormalType` was not made by itself: its code is at src/im_robots.rs:77
        help: take it out there by hand; before that, the elements that have it as their `type`: `--remove` takes them
    "#]],
    );
    refused(
        &copy,
        "imRobots.Nope",
        expect![[r#"
        `imRobots.Nope` is nothing that was made here: no `e.json` and no code of that name
        help: it has to be in the app itself: --app DIR
    "#]],
    );
    refused(
        &copy,
        "imRobots.MyImRobott",
        expect![[r#"
        `imRobots.MyImRobott` is nothing that was made here: no `e.json` and no code of that name
        help: did you mean `imRobots.MyImRobot`?
    "#]],
    );
    refused(
        &copy,
        "robots.Meta",
        expect![[r#"
        `robots.Meta` is nothing that was made here: no `e.json` and no code of that name
        help: it has to be in the app itself: --app DIR
    "#]],
    );
}
