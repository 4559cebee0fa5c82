//! What each kind consists of, and that it goes away again.

use std::fs;
use std::path::Path;

use cargo_jit::{Applier, Change, Kind, NewApp, removal};
use expect_test::{Expect, expect};

use crate::support::{Copy, every_kind, instance, wrapping};

#[track_caller]
fn check(name: &str, kind: Kind, expected: Expect) {
    let copy = Copy::inside();
    let plan = copy.make(name, kind);
    let mut text = plan.tree();
    for change in &plan.changes {
        // Code is long, and is built and tested elsewhere; what it says of itself is told here.
        text += &match change {
            Change::Create { path, text } if path.extension().is_some_and(|it| it == "rs") => {
                let says = |line: &&str| line.starts_with("//!") || line.starts_with("register_");
                let lines: Vec<_> = text.lines().filter(says).collect();
                format!("--- {}\n{}\n", plan.shown(path), lines.join("\n"))
            }
            Change::Create { path, text } => format!("--- {}\n{text}", plan.shown(path)),
            _ => String::new(),
        };
    }
    for note in plan.by_hand.iter().map(|it| &it.what).chain(&plan.notes).chain(&plan.next) {
        text += &format!("{note}\n");
    }
    expected.assert_eq(&text);
}

#[test]
fn an_instance() {
    check(
        "storages.Archive",
        instance("storages.OssType"),
        expect![[r#"
              + storages/Archive/e.json
              + storages/Archive/Archive.json
            --- storages/Archive/e.json
            {
              "title": "Archive",
              "type": "storages.OssType",
              "backendBundleEntry": "."
            }
            --- storages/Archive/Archive.json
            {
              "accessKeyId": "${ARCHIVE_ACCESS_KEY_ID}",
              "accessKeySecret": "${ARCHIVE_ACCESS_KEY_SECRET}",
              "endPoint": "oss-cn-hangzhou.aliyuncs.com",
              "bucketName": "my-bucket"
            }
            Set its variables:
              export ARCHIVE_ACCESS_KEY_ID=…  # The access key's id. Text.
              export ARCHIVE_ACCESS_KEY_SECRET=…  # The access key's secret. Text.
            Replace the examples in storages/Archive/Archive.json by your own:
              endPoint: The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
              bucketName: The bucket, 3 to 63 lower-case letters, digits and hyphens.
            It may have more keys: addressing, attemptTimeout, concurrency, connectTimeout, maxAttempts, multipartThreshold, partSize, publicAddressing, publicEndPoint, readTimeout, region, securityToken, signatureVersion.
              cargo run -p shop -- show storages.OssType
            cargo run -p shop -- check
        "#]],
    );
}

#[test]
fn an_example_that_another_element_has_as_well_is_told() {
    let copy = Copy::inside()
        .file(
            "apps/shop/storages/MyFiles/e.json",
            r#"{ "title": "A", "type": "storages.DiskType" }"#,
        )
        .file(
            "apps/shop/storages/MyFiles/MyFiles.json",
            r#"{ "directory": "${A:-appData/files}" }"#,
        );
    let plan = copy.plan("storages.Archive", instance("storages.DiskType")).unwrap();
    let told = "storages/MyFiles/MyFiles.json has \"appData/files\" as well: give each a `directory` of its own.";
    assert!(plan.notes.iter().any(|note| note == told), "{:?}", plan.notes);
}

#[test]
fn an_instance_without_configuration() {
    check(
        "storages.Cache",
        instance("storages.MemoryType"),
        expect![[r#"
          + storages/Cache/e.json
        --- storages/Cache/e.json
        {
          "title": "Cache",
          "type": "storages.MemoryType",
          "backendBundleEntry": "."
        }
        cargo run -p shop -- check
    "#]],
    );
}

#[test]
fn a_type_that_wraps_another() {
    check(
        "storages.SmallOssType",
        wrapping("storages.OssType"),
        expect![[r#"
              + storages/SmallOssType/e.json
              + src/small_oss_type.rs
              ~ Cargo.toml
              ~ src/lib.rs
            --- storages/SmallOssType/e.json
            {
              "title": "SmallOssType",
              "type": "storages.OssType",
              "backendBundleEntry": "."
            }
            --- src/small_oss_type.rs
            //! `storages.SmallOssType`: a `storages.OssType` that takes no file above a size.
            register_type!("storages.SmallOssType" => SmallOssType);
            cargo test -p shop small_oss_type
        "#]],
    );
}

#[test]
fn a_type_that_stands_alone() {
    check(
        "storages.MyType",
        Kind::Alone { meta: "storages.Meta".to_owned() },
        expect![[r#"
              + storages/MyType/e.json
              + src/my_type.rs
              ~ Cargo.toml
              ~ src/lib.rs
            --- storages/MyType/e.json
            {
              "title": "MyType",
              "type": "storages.Meta",
              "backendBundleEntry": "."
            }
            --- src/my_type.rs
            //! `storages.MyType`: files in memory, to begin with.
            register_type!("storages.MyType" => MyType);
            cargo test -p shop my_type
        "#]],
    );
}

#[test]
fn code_in_the_place_of_a_types() {
    check(
        "storages.OssType",
        Kind::Override,
        expect![[r#"
              + src/shop_oss_type.rs
              ~ Cargo.toml
              ~ src/lib.rs
            --- src/shop_oss_type.rs
            //! `storages.OssType` as this app has it: it takes no file above a size.
            register_type!(app "acme.Shop", "storages.OssType" => ShopOssType);
            cargo test -p shop shop_oss_type
        "#]],
    );
}

#[test]
fn a_family() {
    check(
        "imRobots.Meta",
        Kind::Family,
        expect![[r#"
              + imRobots/MyImRobot/e.json
              + imRobots/MyImRobot/MyImRobot.json
              + src/im_robots.rs
              ~ Cargo.toml
              ~ src/lib.rs
            --- imRobots/MyImRobot/e.json
            {
              "title": "My ImRobot",
              "type": "imRobots.NormalType",
              "backendBundleEntry": "."
            }
            --- imRobots/MyImRobot/MyImRobot.json
            {
              "greeting": "Hello"
            }
            --- src/im_robots.rs
            //! The family `imRobots`: what every imrobot offers, and the Type `imRobots.NormalType`.
            register_meta!(ImRobots);
            register_type!("imRobots.NormalType" => NormalType);
            cargo test -p shop im_robots
            cargo run -p shop -- call imRobots.MyImRobot answer question=Anybody?
        "#]],
    );
}

#[test]
fn a_service() {
    check(
        "services.Orders",
        Kind::Service,
        expect![[r#"
              + services/Orders/e.json
              + src/orders.rs
              ~ Cargo.toml
              ~ src/lib.rs
            --- services/Orders/e.json
            {
              "title": "Orders",
              "type": "services.NormalType",
              "backendBundleEntry": ".",
              "functionList": [
                {
                  "name": "greet",
                  "title": "Greet",
                  "returnType": "JitDict",
                  "args": [
                    {
                      "name": "whom",
                      "title": "Whom",
                      "dataType": "Stext",
                      "required": 1
                    }
                  ]
                },
                {
                  "name": "count",
                  "title": "Count",
                  "returnType": "Numeric",
                  "args": []
                }
              ]
            }
            --- src/orders.rs
            //! The service `services.Orders`: what its `e.json` declares, in Rust.
            register_service!(app "acme.Shop", "services.Orders" => Orders);
            cargo test -p shop orders
            cargo run -p shop -- call services.Orders greet whom=Ann
        "#]],
    );
}

#[test]
fn a_service_with_functions_that_somebody_named() {
    let copy = Copy::inside();
    let before = copy.files();
    let plan = copy.service("services.Tickets", &["openTicket", "type"]).unwrap();
    let created = |end: &str| {
        let file = plan.changes.iter().find(|change| change.path().ends_with(end));
        let Some(Change::Create { text, .. }) = file else { unreachable!("{end} is made") };
        text.clone()
    };
    expect![[r#"
        {
          "title": "Tickets",
          "type": "services.NormalType",
          "backendBundleEntry": ".",
          "functionList": [
            {
              "name": "openTicket",
              "title": "Open ticket",
              "returnType": "Ltext",
              "args": [
                {
                  "name": "text",
                  "title": "Text",
                  "dataType": "Ltext",
                  "required": 1
                }
              ]
            },
            {
              "name": "type",
              "title": "Type",
              "returnType": "Ltext",
              "args": [
                {
                  "name": "text",
                  "title": "Text",
                  "dataType": "Ltext",
                  "required": 1
                }
              ]
            }
          ]
        }
    "#]]
    .assert_eq(&created("e.json"));
    expect![[r#"
        //! The service `services.Tickets`: what its `e.json` declares, in Rust.

        use std::sync::Arc;

        use jit_services::{Functions, Result, Service, ServiceContext, register_service};
        use serde::Deserialize;

        /// What the functions share: nothing, to begin with.
        #[derive(Debug)]
        pub(crate) struct Tickets;

        register_service!(app "acme.Shop", "services.Tickets" => Tickets);

        /// The arguments of `openTicket`.
        #[derive(Debug, Deserialize)]
        struct OpenTicketArgs {
            text: String,
        }

        /// The arguments of `type`.
        #[derive(Debug, Deserialize)]
        struct TypeArgs {
            text: String,
        }

        impl Tickets {
            async fn open_ticket(self: Arc<Self>, args: OpenTicketArgs) -> Result<String> {
                let text = args.text.trim();
                if text.is_empty() {
                    return Err("`text` is empty".into());
                }
                Ok(format!("openTicket: {text}"))
            }

            async fn type_(self: Arc<Self>, args: TypeArgs) -> Result<String> {
                let text = args.text.trim();
                if text.is_empty() {
                    return Err("`text` is empty".into());
                }
                Ok(format!("type: {text}"))
            }
        }

        impl Service for Tickets {
            async fn load(_: ServiceContext<'_>) -> Result<Self> {
                // `cx.app().clone()`, kept in the struct, is the way to other elements.
                Ok(Self)
            }

            fn functions() -> Functions<Self> {
                Functions::new()
                    .with("openTicket", Self::open_ticket)
                    .with("type", Self::type_)
            }
        }

        #[cfg(test)]
        mod tests {
            use jit_app::Args;
            use jit_testing::{LoadedApp, TestApp};

            const SERVICE: &str = "services.Tickets";

            /// An app with this service as it is declared: nothing that the real one keeps is touched. An element that it
            /// asks for is added here: `.configured("storages.MyFiles", "storages.MemoryType", "{}")`.
            fn app() -> LoadedApp {
                let define = include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/services/Tickets/e.json"
                ));
                TestApp::called("acme.Shop")
                    .file("services/Tickets/e.json", define)
                    .load()
                    .unwrap()
            }

            #[tokio::test]
            async fn open_ticket_answers_and_takes_no_empty_text() {
                let call = async |text: &str| {
                    app()
                        .call(SERVICE, "openTicket", Args::new().with("text", text))
                        .await
                };
                let answer = call("some text").await.unwrap();
                assert_eq!(answer.as_str(), Some("openTicket: some text"));
                let error = call(" ").await.unwrap_err();
                assert!(error.to_string().contains("`text` is empty"), "{error}");
            }

            #[tokio::test]
            async fn type_answers_and_takes_no_empty_text() {
                let call = async |text: &str| {
                    app()
                        .call(SERVICE, "type", Args::new().with("text", text))
                        .await
                };
                let answer = call("some text").await.unwrap();
                assert_eq!(answer.as_str(), Some("type: some text"));
                let error = call(" ").await.unwrap_err();
                assert!(error.to_string().contains("`text` is empty"), "{error}");
            }
        }
    "#]]
    .assert_eq(&created("tickets.rs"));
    assert_eq!(plan.next[1], "cargo run -p shop -- call services.Tickets openTicket text=hello");
    Applier::default().apply(&plan).unwrap();
    let undo = removal(&copy.project(), "services.Tickets", false, || Ok(copy.catalog()));
    Applier::default().apply(&undo.unwrap()).unwrap();
    assert_eq!(copy.files(), before);
}

#[test]
fn more_functions_of_a_service_are_written_by_hand() {
    let copy = Copy::inside();
    copy.make("services.Orders", Kind::Service);
    let before = copy.files();
    let told = |functions: &[&str]| {
        let plan = copy.service("services.Orders", functions).unwrap();
        assert!(plan.changes.is_empty(), "{}", plan.tree());
        plan.notes.join("\n")
    };
    expect![[r#"
        It is there already, and its code is its author's to change. Add by hand to the `functionList` in services/Orders/e.json:

        {
          "name": "cancel",
          "title": "Cancel",
          "returnType": "Ltext",
          "args": [
            {
              "name": "text",
              "title": "Text",
              "dataType": "Ltext",
              "required": 1
            }
          ]
        }

        to `functions` in src/orders.rs:

        .with("cancel", Self::cancel)

        to the same file:

        /// The arguments of `cancel`.
        #[derive(Debug, Deserialize)]
        struct CancelArgs {
            text: String,
        }

        impl Orders {
            async fn cancel(self: Arc<Self>, args: CancelArgs) -> Result<String> {
                let text = args.text.trim();
                if text.is_empty() {
                    return Err("`text` is empty".into());
                }
                Ok(format!("cancel: {text}"))
            }
        }

        and to its tests:

            #[tokio::test]
            async fn cancel_answers_and_takes_no_empty_text() {
                let call = async |text: &str| {
                    app().call(SERVICE, "cancel", Args::new().with("text", text)).await
                };
                let answer = call("some text").await.unwrap();
                assert_eq!(answer.as_str(), Some("cancel: some text"));
                let error = call(" ").await.unwrap_err();
                assert!(error.to_string().contains("`text` is empty"), "{error}");
            }"#]]
    .assert_eq(&told(&["cancel"]));
    let both = told(&["cancel", "greet"]);
    assert_eq!(
        both,
        format!("It declares `greet` already: that stays as it is.\n{}", told(&["cancel"]))
    );
    let error = copy.service("services.Orders", &["greet", "count"]).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.exit_code()),
        (
            "`services.Orders` declares `greet`, `count` already, in services/Orders/e.json\nhelp: choose another name for the function",
            2
        )
    );
    assert_eq!(copy.files(), before);
}

#[test]
fn what_only_the_program_has_is_told() {
    let copy = Copy::inside();
    fs::remove_file(copy.app().join("src/lib.rs")).unwrap();
    let before = copy.files();
    let plan = copy.make("storages.OssType", Kind::Override);
    assert!(plan.tree().contains("~ src/main.rs"), "{}", plan.tree());
    assert!(plan.notes[0].starts_with("Only this app's own program has it: "), "{:?}", plan.notes);
    let plan = removal(&copy.project(), "storages.OssType", false, || Ok(copy.catalog())).unwrap();
    Applier::default().apply(&plan).unwrap();
    assert_eq!(copy.files(), before);
}

#[test]
fn a_library_that_its_program_does_not_link_is_told() {
    let copy = Copy::inside().file("apps/shop/src/main.rs", "fn main() {}\n");
    let plan = copy.plan("storages.OssType", Kind::Override).unwrap();
    assert!(plan.tree().contains("~ src/lib.rs"), "{}", plan.tree());
    let by_hand: Vec<_> = plan.by_hand.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(by_hand, ["add `use shop as _;`"]);
}

#[test]
fn an_app_that_extends_another_links_its_code() {
    let copy = Copy::inside();
    let apps = copy.root().join("apps");
    let plan = |id: &str| {
        let mut app = NewApp::new("acme.Outlet").unwrap();
        app.extends = vec![(id.to_owned(), None)];
        app.plan(&apps).unwrap()
    };
    let linked = plan("acme.Shop");
    let text = linked.contents();
    assert!(text.contains("\nshop = { path = \"../shop\" }\n"), "{text}");
    assert!(text.contains("extend it.\n\nuse shop as _;\n"), "{text}");
    assert_eq!(linked.notes.len(), 1, "{:?}", linked.notes);
    // What is not found, or has no library, is told.
    let told = "The code of `acme.Base`, if it has any, is not linked: ";
    assert!(plan("acme.Base").notes[1].starts_with(told));
    fs::remove_file(copy.app().join("src/lib.rs")).unwrap();
    assert!(plan("acme.Shop").notes[1].starts_with(&told.replace("Base", "Shop")));
}

#[test]
fn what_is_made_goes_away_again_and_every_byte_is_as_it_was() {
    for copy in [Copy::inside(), Copy::outside()] {
        let before = copy.files();
        for (name, kind) in every_kind() {
            copy.make(name, kind.clone());
            assert_ne!(copy.files(), before, "{name}: nothing was made");
            let catalog = || Ok(copy.catalog());
            let plan = removal(&copy.project(), name, false, catalog).unwrap();
            Applier::default().apply(&plan).unwrap();
            assert_eq!(copy.files(), before, "{kind:?}");
        }
    }
}

#[test]
fn several_are_there_together_and_each_goes_alone() {
    let copy = Copy::inside();
    let before = copy.files();
    let kinds = every_kind();
    for (name, kind) in &kinds {
        copy.make(name, kind.clone());
    }
    let root = fs::read_to_string(copy.app().join("src/lib.rs")).unwrap();
    let modules: Vec<_> = root.lines().filter(|line| line.contains("mod ")).collect();
    assert_eq!(
        modules,
        [
            "pub mod im_robots;",
            "mod my_type;",
            "mod orders;",
            "mod shop_oss_type;",
            "mod small_oss_type;"
        ]
    );
    for (name, _) in &kinds {
        let plan = removal(&copy.project(), name, false, || Ok(copy.catalog())).unwrap();
        Applier::default().apply(&plan).unwrap();
    }
    assert_eq!(copy.files(), before);
}

#[test]
fn what_was_edited_is_kept_unless_somebody_insists() {
    let copy = Copy::inside();
    copy.make("storages.SmallOssType", wrapping("storages.OssType"));
    let file = copy.app().join("src/small_oss_type.rs");
    let edited = fs::read_to_string(&file).unwrap() + "// Mine.\n";
    fs::write(&file, &edited).unwrap();
    let before = copy.files();
    let remove =
        |force| removal(&copy.project(), "storages.SmallOssType", force, || Ok(copy.catalog()));
    let error = remove(false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`storages.SmallOssType` is not removed\nedited since it was made:\n  src/small_oss_type.rs\nhelp: --force removes it all the same"
    );
    assert_eq!(copy.files(), before);
    Applier::default().apply(&remove(true).unwrap()).unwrap();
    assert!(!file.exists());
}

#[test]
fn what_somebody_added_to_the_folder_stays() {
    let copy = Copy::inside();
    copy.make("storages.Cache", instance("storages.MemoryType"));
    let added = copy.app().join("storages/Cache/notes.txt");
    fs::write(&added, "mine").unwrap();
    let plan = removal(&copy.project(), "storages.Cache", false, || Ok(copy.catalog())).unwrap();
    Applier::default().apply(&plan).unwrap();
    assert!(added.is_file());
    assert!(!copy.app().join("storages/Cache/e.json").exists());
}

/// The plan of a new app, its files with their contents but for those that are long.
#[track_caller]
fn check_app(app: &NewApp, here: &Path, expected: Expect) {
    let plan = app.plan(here).unwrap();
    Applier::default().apply(&plan).unwrap();
    let mut text = plan.tree();
    for change in &plan.changes {
        if let Change::Create { path, text: contents } = change
            && path.extension().is_some_and(|it| it == "toml" || it == "json")
        {
            text += &format!("--- {}\n{contents}", plan.shown(path));
        }
    }
    plan.notes.iter().chain(&plan.next).for_each(|line| text += &format!("{line}\n"));
    expected.assert_eq(&text);
}

#[test]
fn a_new_app_that_stands_alone() {
    let here = tempfile::tempdir().unwrap();
    let mut app = NewApp::new("acme.WebShop").unwrap();
    app.title = Some("The \"shop\"".to_owned());
    app.built_in = None;
    app.extends = vec![("acme.Base".to_owned(), Some("1.0.0".to_owned()))];
    check_app(
        &app,
        here.path(),
        expect![[r#"
              + web-shop/Cargo.toml
              + web-shop/README.md
              + web-shop/app.json
              + web-shop/src/lib.rs
              + web-shop/src/main.rs
              + web-shop/storages/MyFiles/MyFiles.json
              + web-shop/storages/MyFiles/e.json
              + web-shop/tests/program.rs
              + web-shop/.gitignore
            --- web-shop/Cargo.toml
            [package]
            name = "web-shop"
            description = "The \"shop\""
            version = "0.1.0"
            edition = "2024"
            publish = false

            [dependencies]
            jit-app = "0.1.0"
            jit-storages = "0.1.0"
            tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

            [workspace]
            --- web-shop/app.json
            {
              "appId": "acme.WebShop",
              "title": "The \"shop\"",
              "version": "0.1.0",
              "extends": [
                {
                  "appId": "acme.Base",
                  "version": "1.0.0"
                }
              ],
              "settings": {
                "defaultElement": {
                  "defaultStorage": "storages.MyFiles"
                }
              }
            }
            --- web-shop/storages/MyFiles/MyFiles.json
            {
              "directory": "${MY_FILES:-appData/files}"
            }
            --- web-shop/storages/MyFiles/e.json
            {
              "title": "My files",
              "type": "storages.DiskType",
              "backendBundleEntry": "."
            }
            It extends `acme.Base`: their folders have to stand beside its own.
            The code of `acme.Base`, if it has any, is not linked: no crate with a library and this `appId` stands beside it.
              Name its crate in Cargo.toml, and write `use that_crate as _;` in src/lib.rs: until then nothing that it overrides is overridden here.
            The framework has to come from the registry, in version 0.1.0; where it is not published, take the folder away and begin again from a checkout of it: --jit DIR.
            cd web-shop
            cargo test
        "#]],
    );
}

#[test]
fn a_new_app_begins_with_the_checkout_that_made_it() {
    let here = tempfile::tempdir().unwrap();
    let text = NewApp::new("acme.Web").unwrap().plan(here.path()).unwrap().contents();
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("jit-app");
    let line = format!("\njit-app = {{ path = \"{}\" }}\n", checkout.display());
    assert!(text.contains(&line), "{text}");
}

#[test]
fn commands_are_typed_as_they_run_where_one_is() {
    let copy = Copy::inside();
    let next = |here: &Path| {
        let project = cargo_jit::Project::find(Some(copy.app()), here).unwrap();
        let request = cargo_jit::Request::new("imRobots.Meta", Kind::Family).unwrap();
        request.plan(&project, Some(&copy.catalog())).unwrap().next.join("\n")
    };
    let root = copy.root().canonicalize().unwrap();
    for (here, cargo) in [
        (copy.app().to_owned(), ["cargo test", "cargo run"].map(str::to_owned)),
        (copy.app().join("src"), ["cargo test", "cargo run"].map(str::to_owned)),
        (root.join("apps"), ["cargo test -p shop", "cargo run -p shop"].map(str::to_owned)),
        (
            root.parent().unwrap().to_owned(),
            ["test", "run"].map(|it| {
                let root = root.file_name().unwrap().to_str().unwrap();
                format!("cargo {it} --manifest-path {root}/apps/shop/Cargo.toml")
            }),
        ),
    ] {
        let [test, run] = cargo;
        assert_eq!(
            next(&here),
            format!("{test} im_robots\n{run} -- call imRobots.MyImRobot answer question=Anybody?")
        );
    }
}

#[test]
fn a_new_app_in_a_workspace() {
    let copy = Copy::inside();
    let mut app = NewApp::new("acme.WebShop").unwrap();
    app.dir = Some("more/web".into());
    check_app(
        &app,
        copy.root(),
        expect![[r#"
              + more/web/Cargo.toml
              + more/web/README.md
              + more/web/app.json
              + more/web/src/lib.rs
              + more/web/src/main.rs
              + more/web/storages/MyFiles/MyFiles.json
              + more/web/storages/MyFiles/e.json
              + more/web/tests/program.rs
              + more/web/.gitignore
              ~ Cargo.toml
            --- more/web/Cargo.toml
            [package]
            name = "web-shop"
            description = "web-shop"
            version = "0.1.0"
            edition = "2024"
            publish = false

            [dependencies]
            jit-app.workspace = true
            jit-storages.workspace = true
            tokio = { workspace = true, features = ["macros", "rt-multi-thread"] }
            --- more/web/app.json
            {
              "appId": "acme.WebShop",
              "title": "WebShop",
              "version": "0.1.0",
              "settings": {
                "defaultElement": {
                  "defaultStorage": "storages.MyFiles"
                }
              }
            }
            --- more/web/storages/MyFiles/MyFiles.json
            {
              "directory": "${MY_FILES:-appData/files}"
            }
            --- more/web/storages/MyFiles/e.json
            {
              "title": "My files",
              "type": "storages.DiskType",
              "backendBundleEntry": "."
            }
            cd more/web
            cargo test
        "#]],
    );
    let root = fs::read_to_string(copy.root().join("Cargo.toml")).unwrap();
    assert!(root.contains("members = [\"apps/*\", \"more/web\"]"), "{root}");
}
