//! The program as people run it: its output, its command line, its exit codes.

#![cfg(test)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};
use jit_oss_server::OssServer;
use jit_testing::TestApp;
use jit_tests::{SECRET, steady};

const VARIABLES: [&str; 5] =
    ["OSS_ENDPOINT", "OSS_BUCKET", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_REGION"];

/// The program without the variables that would point it to a real bucket.
fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    VARIABLES.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.args(args);
    command
}

/// What a run prints and how it ends, the same from run to run.
fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| steady(std::str::from_utf8(bytes).unwrap());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    for secret in [SECRET, "x-oss-signature=", "Signature="] {
        assert!(!out.contains(secret) && !err.contains(secret), "{secret} is shown:\n{out}{err}");
    }
    let err = if err.is_empty() { String::new() } else { format!("--- stderr\n{err}") };
    format!("{out}{err}--- exit code {}\n", output.status.code().unwrap())
}

#[track_caller]
fn check(args: &[&str], expected: Expect) {
    expected.assert_eq(&shown(&program(args).output().unwrap()));
}

/// An app of its own with one storage that takes its settings from the quickstart's variables.
fn app() -> TestApp {
    let config = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("storages/MyOss/MyOss.json"),
    );
    TestApp::new().configured("storages.MyOss", "storages.OssType", config.unwrap())
}

fn in_app(app: &TestApp, args: &[&str]) -> Command {
    let mut command = program(&["--app", app.path().to_str().unwrap()]);
    command.args(args);
    command
}

#[test]
fn what_the_program_links_is_listed_and_what_it_lacks_is_named() {
    let app = app().file("pages/Home/e.json", r#"{ "title": "Home", "type": "pages.GridType" }"#);
    let output = in_app(&app, &["types"]).output().unwrap();
    expect![[r#"
        NAME                 LEVEL   APP  PACKAGE       REGISTERED AT                            ABOUT
        services.Meta        family  all  jit-services  crates/jit-services/src/callable.rs:LINE
        storages.Meta        family  all  jit-storages  crates/jit-storages/src/functions.rs:LINE
        services.NormalType  type    all  jit-services  crates/jit-services/src/normal.rs:LINE     Functions in Rust, declared in the `e.json`: there is nothing to configure.
        storages.DiskType    type    all  jit-storages  crates/jit-storages/src/disk.rs:LINE       A folder of this machine.
        storages.MemoryType  type    all  jit-storages  crates/jit-storages/src/memory.rs:LINE     Files in memory: there is nothing to configure.
        storages.OssType     type    all  jit-storages  crates/jit-storages/src/oss.rs:LINE        A bucket of Alibaba Cloud OSS and how to reach it.

        Elements whose type has no code in this program
          pages.Home  pages.GridType  pages/Home/e.json
        `check` says what to do.
        --- exit code 0
    "#]].assert_eq(&shown(&output));
}

#[test]
fn without_arguments_it_does_what_the_documentation_shows() {
    check(
        &[],
        expect![[r#"
            Using an embedded OSS server at http://127.0.0.1:PORT

            Upload a text and an image:
            Upload successful, URL: http://127.0.0.1:PORT/quickstart/jit-quickstart/example.txt
            Upload successful, URL: http://127.0.0.1:PORT/quickstart/jit-quickstart/users/avatar.png

            Get a signed URL, and fetch it without credentials:
            http://127.0.0.1:PORT/quickstart/jit-quickstart/users/avatar.png?… opens for 600 seconds, to anybody who has the whole URL
            GET: 200 OK, image/png, 391 bytes, identical

            Get object information:
            jit-quickstart/users/avatar.png: 391 bytes, image/png, CRC-64 14786178051657042690

            Download, and compare with what was uploaded:
            jit-quickstart/example.txt: 40 bytes, identical

            Upload a batch; one name is wrong on purpose:
            Upload successful: jit-quickstart/batch/file1.txt
            Upload failed /file2.txt: uploadByFile "/file2.txt" on storages.MyOss (storages.OssType): invalid name: the object name starts with `/`; OSS names have no leading slash
            Upload successful: jit-quickstart/batch/file3.txt

            Delete everything:
            Deleted jit-quickstart/example.txt
            Deleted jit-quickstart/users/avatar.png
            Deleted jit-quickstart/batch/file1.txt
            Deleted jit-quickstart/batch/file3.txt

            Download what is gone:
            Download failed: download "jit-quickstart/example.txt" on storages.MyOss (storages.OssType): not found: NoSuchKey, HTTP 404, EC 0026-00000001, request REQUEST-ID: The specified key does not exist; check the object's name: it is taken exactly as given, case included
            --- exit code 0
        "#]],
    );
}

#[tokio::test]
async fn with_four_variables_it_uses_that_bucket() {
    let server = OssServer::builder().bucket("a-real-one").start().await.unwrap();
    let run = |endpoint: String| {
        let mut command = program(&[]);
        command.envs(server.variables("a-real-one")).env("OSS_ENDPOINT", endpoint);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let output = run(server.endpoint().to_string()).await.unwrap();
    let text = shown(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("Using OSS as the environment says\n"), "{text}");
    let url =
        "Upload successful, URL: http://127.0.0.1:PORT/a-real-one/jit-quickstart/example.txt\n";
    assert!(text.contains(url), "{text}");
    assert!(server.requests().len() > 8, "the bucket was not used");
}

#[test]
fn with_some_of_the_variables_it_names_the_others() {
    let output = program(&[]).env("OSS_BUCKET", "my-bucket").output().unwrap();
    expect![[r#"
        Using OSS as the environment says
        --- stderr
        error[JIT0207]: `accessKeyId` is empty: the variable `OSS_ACCESS_KEY_ID` is not set
         --> storages/MyOss/MyOss.json:2:18
          |
        2 |   "accessKeyId": "${OSS_ACCESS_KEY_ID}",
          |                  ^^^^^^^^^^^^^^^^^^^^^^ a value is required
          |
          = help: set `OSS_ACCESS_KEY_ID` in the environment

        error[JIT0207]: `accessKeySecret` is empty: the variable `OSS_ACCESS_KEY_SECRET` is not set
         --> storages/MyOss/MyOss.json:3:22
          |
        3 |   "accessKeySecret": "${OSS_ACCESS_KEY_SECRET}",
          |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^ a value is required
          |
          = help: set `OSS_ACCESS_KEY_SECRET` in the environment

        error[JIT0207]: `endPoint` is empty: the variable `OSS_ENDPOINT` is not set
         --> storages/MyOss/MyOss.json:4:15
          |
        4 |   "endPoint": "${OSS_ENDPOINT}",
          |               ^^^^^^^^^^^^^^^^^ a value is required
          |
          = help: set `OSS_ENDPOINT` in the environment
        --- exit code 1
    "#]]
    .assert_eq(&shown(&output));
}

#[test]
fn a_check_may_let_variables_be_unset() {
    let run =
        |args: &[&str]| shown(&program(args).env("OSS_BUCKET", "my-bucket").output().unwrap());
    let told = run(&["check"]);
    assert!(told.contains("checked 1 element: 3 errors, 0 warnings\n"), "{told}");
    expect![[r#"
        checked 1 element: 0 errors, 0 warnings; 3 keys without a value
        --- exit code 0
    "#]]
    .assert_eq(&run(&["check", "--allow-unset"]));
}

#[test]
fn elements_are_listed() {
    check(
        &["elements"],
        expect![[r#"
        NAME            TYPE              LEVEL     TITLE                  STATUS
        storages.MyOss  storages.OssType  instance  My Aliyun OSS Storage  ok
        --- exit code 0
    "#]],
    );
    check(
        &["elements", ".storages.DiskType"],
        expect![[r#"
        NAME  TYPE  LEVEL  TITLE  STATUS
        --- exit code 0
    "#]],
    );
    check(
        &["--json", "elements"],
        expect![[r#"
        [
          {
            "fullName": "storages.MyOss",
            "type": "storages.OssType",
            "level": "instance",
            "title": "My Aliyun OSS Storage",
            "status": "ok"
          }
        ]
        --- exit code 0
    "#]],
    );
}

#[test]
fn an_element_is_explained() {
    check(
        &["show", "storages.MyOss"],
        expect![[r#"
            storages.MyOss "My Aliyun OSS Storage"

            Definition (storages/MyOss/e.json)
              title               "My Aliyun OSS Storage"
              type                "storages.OssType"
              backendBundleEntry  "."
              variables           []

            Type chain
              storages.MyOss    storages/MyOss/e.json
              storages.OssType  registered at crates/jit-storages/src/oss.rs:LINE
              storages.Meta     registered at crates/jit-storages/src/functions.rs:LINE

            Configuration keys
              accessKeyId         unless `credentials`, secret  The access key's id. Text.
              accessKeySecret     unless `credentials`, secret  The access key's secret. Text.
              credentials         unless `accessKeyId`          Where the access key is found when it does not stand here: `environment`, `profile`, `ecsRamRole` or `oidc`.
              endPoint            required                      The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
              bucketName          required                      The bucket, 3 to 63 lower-case letters, digits and hyphens.
              region              optional                      The region, like `cn-hangzhou`; derived from `endPoint` unless given.
              securityToken       optional, secret              The session token of temporary credentials. Text; none unless given.
              signatureVersion    optional                      The signature scheme, `v4` or `v1`; `v4` unless given. OSS has closed `v1` to new buckets.
              addressing          optional                      Where the bucket goes in URLs: `virtualHost`, `path` or `cname`; derived from `endPoint` unless given.
              publicEndPoint      optional                      The domain of URLs that are given away; `endPoint` unless given. For an app inside OSS's network, whose `endPoint` is `-internal`.
              publicAddressing    optional                      Where the bucket goes in URLs of `publicEndPoint`: `cname` for a domain that is bound to the bucket; derived unless given.
              connectTimeout      optional                      Seconds that connecting may take, 1 to 600; 5 unless given.
              readTimeout         optional                      Seconds that the server may be silent, 1 to 600; 20 unless given.
              maxAttempts         optional                      Attempts for a request that is safe to repeat, 1 to 10; 3 unless given.
              attemptTimeout      optional                      Seconds that one attempt at a request may take, 1 to 86400; no limit unless given. A part of a large file is a request, and silence has its own limit, `readTimeout`.
              multipartThreshold  optional                      Bytes up to which a file is sent in one request, at most 5 GB; 16777216 (16 MiB) unless given. Larger ones go in parts, in parallel.
              partSize            optional                      Bytes of a part, 102400 (100 KB) to 5368709120 (5 GB); 8388608 (8 MiB) unless given. Parts are larger where 10,000 of them would not suffice.
              concurrency         optional                      Parts of a file that are under way at a time, 1 to 64; 4 unless given.

            Functions
              uploadByFile(name: Stext, data: bytes, contentType?: Stext, options?: JitDict) -> JitDict
                  Stores data under a name; returns url, etag, crc64 and requestId. The MIME type follows from the name's extension unless given. Options, as far as the storage has them: metadata, forbidOverwrite, cacheControl, contentDisposition, storageClass, acl, tags.
              getSignUrl(file: Stext, contentType: Stext, expires: Numeric = 300, method: Stext = "GET") -> Stext
                  A URL that grants reading (GET) or writing (PUT) of one file for a while.
              download(name (or file): Stext) -> bytes
                  The whole file, verified by its checksum where the storage keeps one.
              getObject(name: Stext) -> JitDict
                  What the storage knows of a file: name, size, etag, contentType, lastModified, storageClass, crc64, metadata, versionId.
              delete(name (or file): Stext) -> JitDict
                  Deletes a file; that it was not there is no error.
              exists(name: Stext) -> JitDict
                  Whether there is a file of this name: name, exists.
              list(prefix: Stext = "", delimiter?: Stext, startAfter?: Stext, limit: Numeric = 1000) -> JitDict
                  Files whose names begin with a prefix, in order: files (name, size, etag, lastModified, storageClass), prefixes that end with the delimiter, and next: the startAfter to go on with, null at the end.
              copy(from: Stext, to: Stext) -> JitDict
                  Copies a file within the storage; returns url, etag, crc64 and requestId.
              uploadFile(name: Stext, path: Stext, contentType?: Stext, options?: JitDict, checkpoint?: Stext) -> JitDict
                  Stores a file of this machine, whatever its size; returns url, etag, crc64 and requestId. The MIME type follows from the name's extension unless given. Options as for uploadByFile. With a checkpoint, one that broke off or was killed goes on where it was.
              downloadFile(name: Stext, path: Stext, checkpoint?: Stext) -> JitDict
                  Writes a file to this machine, where it appears when it is complete; returns path and bytes. With a checkpoint, one that broke off or was killed goes on where it was.
              uploadMany(files: JitMap, options?: JitDict) -> JitDict
                  Stores several files of this machine, each under its name; returns succeeded, failed and items (name, url, etag, crc64, requestId, error). None stops the others. The MIME types follow from the names' extensions. Options as for uploadByFile.
              deleteMany(names: JitList) -> JitDict
                  Deletes several files; returns succeeded, failed and items (name, error). None stops the others.
              getUploadUrl(name: Stext, contentType: Stext, expires: Numeric = 300) -> JitDict
                  What a client needs to upload a file without credentials: method, url, headers, expiresAt.
              doctor() -> JitDict
                  Tries the storage step by step, up to the first step that fails; returns failed (0 or 1) and steps (name, milliseconds, found, problem: message and help). What it stores is deleted.
              ramPolicy() -> JitDict
                  The least that Alibaba Cloud's access control has to allow, as the document of a RAM policy: Version and Statement.
            --- exit code 0
        "#]],
    );
}

#[test]
fn every_value_of_an_element_says_where_it_comes_from() {
    check(
        &["explain", "storages.MyOss"],
        expect![[r#"
            storages.MyOss "My Aliyun OSS Storage": instance

            Definition
              jit.Quickstart@0.1.0  storages/MyOss/e.json  in use

            Type chain
              storages.MyOss    defined by jit.Quickstart@0.1.0      storages/MyOss/e.json
              storages.OssType  loads it, for all apps               registered at crates/jit-storages/src/oss.rs:LINE
              storages.Meta     the family's contract, for all apps  registered at crates/jit-storages/src/functions.rs:LINE

            Loading
              loaded          on first use                 by default
              cacheLevel      0, one instance for the app  by default
              accessModifier  public, open to overriding   by default

            Configuration (storages/MyOss/MyOss.json)
              accessKeyId      "***"              storages/MyOss/MyOss.json:2:3, ${OSS_ACCESS_KEY_ID} set by the program
              accessKeySecret  "***"              storages/MyOss/MyOss.json:3:3, ${OSS_ACCESS_KEY_SECRET} set by the program
              endPoint         "${OSS_ENDPOINT}"  storages/MyOss/MyOss.json:4:3, ${OSS_ENDPOINT} set by the program
              bucketName       "${OSS_BUCKET}"    storages/MyOss/MyOss.json:5:3, ${OSS_BUCKET} set by the program
              region           "${OSS_REGION}"    storages/MyOss/MyOss.json:6:3, ${OSS_REGION} set by the program

            Configuration keys that are not given
              credentials         unless `accessKeyId`  Where the access key is found when it does not stand here: `environment`, `profile`, `ecsRamRole` or `oidc`.
              securityToken       optional, secret      The session token of temporary credentials. Text; none unless given.
              signatureVersion    optional              The signature scheme, `v4` or `v1`; `v4` unless given. OSS has closed `v1` to new buckets.
              addressing          optional              Where the bucket goes in URLs: `virtualHost`, `path` or `cname`; derived from `endPoint` unless given.
              publicEndPoint      optional              The domain of URLs that are given away; `endPoint` unless given. For an app inside OSS's network, whose `endPoint` is `-internal`.
              publicAddressing    optional              Where the bucket goes in URLs of `publicEndPoint`: `cname` for a domain that is bound to the bucket; derived unless given.
              connectTimeout      optional              Seconds that connecting may take, 1 to 600; 5 unless given.
              readTimeout         optional              Seconds that the server may be silent, 1 to 600; 20 unless given.
              maxAttempts         optional              Attempts for a request that is safe to repeat, 1 to 10; 3 unless given.
              attemptTimeout      optional              Seconds that one attempt at a request may take, 1 to 86400; no limit unless given. A part of a large file is a request, and silence has its own limit, `readTimeout`.
              multipartThreshold  optional              Bytes up to which a file is sent in one request, at most 5 GB; 16777216 (16 MiB) unless given. Larger ones go in parts, in parallel.
              partSize            optional              Bytes of a part, 102400 (100 KB) to 5368709120 (5 GB); 8388608 (8 MiB) unless given. Parts are larger where 10,000 of them would not suffice.
              concurrency         optional              Parts of a file that are under way at a time, 1 to 64; 4 unless given.

            Variables
              OSS_ACCESS_KEY_ID      set by the program
              OSS_ACCESS_KEY_SECRET  set by the program
              OSS_BUCKET             set by the program
              OSS_ENDPOINT           set by the program
              OSS_REGION             set by the program
            --- exit code 0
        "#]],
    );
}

#[test]
fn the_app_is_drawn() {
    check(
        &["graph"],
        expect![[r#"
            flowchart BT
              subgraph a0["jit.Quickstart@0.1.0"]
                n5["storages.MyOss<br/>My Aliyun OSS Storage"]
              end
              n0{{"services.Meta"}}
              n1("services.NormalType")
              n2("storages.DiskType")
              n3("storages.MemoryType")
              n4{{"storages.Meta"}}
              n6("storages.OssType")
              n1 --> n0
              n2 --> n4
              n3 --> n4
              n5 --> n6
              n6 --> n4
            --- exit code 0
        "#]],
    );
    check(
        &["graph", "storages.MyOss", "--format", "dot"],
        expect![[r#"
        digraph app {
          rankdir=BT;
          node [shape=box];
          subgraph cluster_0 {
            label="jit.Quickstart@0.1.0";
            n1 [label="storages.MyOss\nMy Aliyun OSS Storage"];
          }
          n0 [label="storages.Meta", shape=hexagon];
          n2 [label="storages.OssType", style=rounded];
          n1 -> n2;
          n2 -> n0;
        }
        --- exit code 0
    "#]],
    );
}

#[test]
fn schemas_are_written_for_editors() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("schemas");
    let output = program(&["schema", "--out", out.to_str().unwrap()]).output().unwrap();
    let text = shown(&output).replace(out.to_str().unwrap(), "DIR");
    expect![[r#"
        wrote 7 files to DIR:
          app.schema.json
          e.schema.json
          services.NormalType.schema.json
          storages.DiskType.schema.json
          storages.MemoryType.schema.json
          storages.OssType.schema.json
          vscode-settings.json
        To complete and check an app's files in Visual Studio Code, open the app's folder and put what
        DIR/vscode-settings.json says into its .vscode/settings.json.
        In any editor, a file may name its schema itself, as seen from where the file is; the app ignores
        that key: "$schema": "…/e.schema.json"
        --- exit code 0
    "#]].assert_eq(&text);
    assert!(out.join("storages.OssType.schema.json").is_file());
}

#[test]
fn the_app_is_fine_without_any_variable() {
    check(
        &["check"],
        expect![[r#"
        checked 1 element: 0 errors, 0 warnings
        --- exit code 0
    "#]],
    );
    let output = program(&["check", "--format", "sarif"]).output().unwrap();
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("\"results\": []"), "{log}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_broken_app_fails_the_check() {
    let app = app().file("storages/Two/e.json", "{\n  \"title\": 2\n}\n");
    expect![[r#"
        error[JIT0105]: `title` must be a string
         --> storages/Two/e.json:2:12
          |
        2 |   "title": 2
          |            ^ expected a string, found a number

        error[JIT0103]: `type` is missing
         --> storages/Two/e.json:1:1
          |
        1 | {
          | ^ no `type` in this object
          |
          = help: name the Type this is an instance of: "type": "storages.OssType"

        checked 2 elements: 2 errors, 0 warnings
        --- exit code 1
    "#]]
    .assert_eq(&shown(&in_app(&app, &["check"]).output().unwrap()));
    let text = shown(&in_app(&app, &["check", "--json"]).output().unwrap());
    assert!(
        text.starts_with("{\n  \"$schema\": ") && text.ends_with("--- exit code 1\n"),
        "{text}"
    );
    let (_, results) = text.split_once("\"results\": ").unwrap();
    expect![[r#"
        [
                {
                  "ruleId": "JIT0105",
                  "ruleIndex": 10,
                  "level": "error",
                  "message": {
                    "text": "`title` must be a string: expected a string, found a number"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "storages/Two/e.json"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 12,
                          "endLine": 2,
                          "endColumn": 13
                        }
                      }
                    }
                  ]
                },
                {
                  "ruleId": "JIT0103",
                  "ruleIndex": 8,
                  "level": "error",
                  "message": {
                    "text": "`type` is missing: no `type` in this object\nhelp: name the Type this is an instance of: \"type\": \"storages.OssType\""
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "storages/Two/e.json"
                        },
                        "region": {
                          "startLine": 1,
                          "startColumn": 1,
                          "endLine": 1,
                          "endColumn": 2
                        }
                      }
                    }
                  ]
                }
              ]
            }
          ]
        }
        --- exit code 1
    "#]].assert_eq(results);
}

#[test]
fn an_element_whose_type_is_not_linked_is_shown_as_far_as_it_goes() {
    let define = r#"{ "title": "Home", "type": "pages.GridPageType" }"#;
    let app = app().file("pages/Home/e.json", define);
    expect![[r#"
        pages.Home "Home"

        Definition (pages/Home/e.json)
          title  "Home"
          type   "pages.GridPageType"
        --- stderr
        error[JIT0104]: type `pages.GridPageType` is not linked into this program
         --> pages/Home/e.json:1:28
          |
        1 | { "title": "Home", "type": "pages.GridPageType" }
          |                            ^^^^^^^^^^^^^^^^^^^^ no code is registered for this Type
          |
          = help: link the crate that registers it: name it in Cargo.toml, and write `use that_crate as _;` in main.rs
          = note: nothing is registered under `pages`
        --- exit code 1
    "#]].assert_eq(&shown(&in_app(&app, &["show", "pages.Home"]).output().unwrap()));
}

#[test]
fn a_definition_is_shown_without_what_may_be_secret() {
    let define = r#"{ "title": "Mine", "type": "storages.MemoryType", "apiKey": "hush-1",
        "labels": { "a": ["hush-2", { "hush-3": 4 }] }, "icon": { "a": "hush-5" }, "path": "http://a:hush-6@b/?hush-7",
        "variables": [{ "name": "KEY", "value": "hush-8", "required": 1, "remark": "Why." }],
        "functionList": [{ "name": "f", "args": [{ "name": "x", "dataType": "Stext", "value": "hush-9" }] }] }"#;
    let app = app().file("storages/Mine/e.json", define);
    let text = shown(&in_app(&app, &["show", "storages.Mine"]).output().unwrap());
    let definition = text.split("\n\n").nth(1).unwrap();
    expect![[r#"
        Definition (storages/Mine/e.json)
          title         "Mine"
          type          "storages.MemoryType"
          apiKey        "***"
          labels        "***"
          icon          {"a":"***"}
          path          "http://***@b/?***"
          variables     [{"name":"KEY","value":"***","required":1,"remark":"Why."}]
          functionList  [{"name":"f","args":[{"name":"x","dataType":"Stext","value":"***"}]}]
    "#]]
    .assert_eq(&format!("{definition}\n"));
    for args in [&["show", "storages.Mine"][..], &["--json", "show", "storages.Mine"]] {
        let text = shown(&in_app(&app, args).output().unwrap());
        assert!(text.contains("KEY") && !text.contains("hush"), "{text}");
    }
}

#[test]
fn what_one_call_uploads_the_next_one_downloads() {
    let app = app().file("in.bin", "\u{1}binary\n");
    let path = |name: &str| app.path().join(name).display().to_string();
    let data = format!("data=@{}", path("in.bin"));
    let name = "name=a b/../%2F+é";
    let upload = in_app(&app, &["call", "storages.MyOss", "uploadByFile", name, &data]).output();
    expect![[r#"
        {
          "url": "http://127.0.0.1:PORT/quickstart/a%20b/../%252F%2B%C3%A9",
          "etag": "9102EBA90AA869745F1BBE430284D91E",
          "crc64": "14676731976239162820",
          "requestId": "REQUEST-ID"
        }
        --- exit code 0
    "#]]
    .assert_eq(&shown(&upload.unwrap()));

    let out = path("out.bin");
    let mut download = in_app(&app, &["call", "storages.MyOss", "download", name, "--out", &out]);
    let text = shown(&download.output().unwrap()).replace(&out, "OUT");
    expect![[r#"
        wrote 8 bytes to OUT
        --- exit code 0
    "#]]
    .assert_eq(&text);
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(path("in.bin")).unwrap());

    let args = ["--json", "call", "storages.MyOss", "download", name];
    expect![[r#"
        {
          "bytes": 8,
          "base64": "AWJpbmFyeQo="
        }
        --- exit code 0
    "#]]
    .assert_eq(&shown(&in_app(&app, &args).output().unwrap()));
    let args = ["call", "storages.MyOss", "getObject", name, "--json"];
    let object = shown(&in_app(&app, &args).output().unwrap());
    assert!(object.contains("\"size\": 8,") && object.contains("\"a b/../%2F+é\""), "{object}");
    let args = ["call", "storages.MyOss", "delete", name];
    let deleted = [(); 2].map(|()| shown(&in_app(&app, &args).output().unwrap()));
    expect![[r#"
        {
          "status": "ok"
        }
        --- exit code 0
    "#]]
    .assert_eq(&deleted[0]);
    assert_eq!(deleted[0], deleted[1], "deleting what is gone is no error");
    let args = ["call", "storages.MyOss", "download", name];
    expect![[r#"
        --- stderr
        error: download "a b/../%2F+é" on storages.MyOss (storages.OssType): not found: NoSuchKey, HTTP 404, EC 0026-00000001, request REQUEST-ID: The specified key does not exist; check the object's name: it is taken exactly as given, case included
        --- exit code 1
    "#]].assert_eq(&shown(&in_app(&app, &args).output().unwrap()));
}

#[test]
fn calls_at_the_same_time_wait_for_each_other() {
    let app = app();
    let upload = |n: usize| {
        let name = format!("name=f{n}");
        let mut command =
            in_app(&app, &["call", "storages.MyOss", "uploadByFile", &name, "data=x"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let started: Vec<_> = (0..4).map(upload).collect();
    for child in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_list_is_printed_page_by_page_or_all_at_once() {
    let app = TestApp::new().configured(
        "storages.Files",
        "storages.DiskType",
        r#"{ "directory": "appData/files" }"#,
    );
    for name in ["a.txt", "b b.txt", "c.txt"] {
        let name = format!("name={name}");
        let args = ["call", "storages.Files", "uploadByFile", &name, "data=x"];
        assert!(in_app(&app, &args).output().unwrap().status.success());
    }
    // The names, and what is said beside them.
    let list = |args: &[&str]| {
        let args: Vec<_> = ["call", "storages.Files", "list"].iter().chain(args).copied().collect();
        let output = in_app(&app, &args).output().unwrap();
        let page: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let files = page["files"].as_array().unwrap().iter();
        let names: Vec<_> = files.map(|file| file["name"].as_str().unwrap().to_owned()).collect();
        (names.join(" "), String::from_utf8(output.stderr).unwrap())
    };
    let note = "note: there is more: add 'startAfter=b b.txt' for what comes next, or --all for everything\n";
    assert_eq!(list(&["limit=2"]), ("a.txt b b.txt".to_owned(), note.to_owned()));
    assert_eq!(list(&["limit=2", "startAfter=b b.txt"]), ("c.txt".to_owned(), String::new()));
    let all = ("a.txt b b.txt c.txt".to_owned(), String::new());
    assert_eq!(list(&["limit=1", "--all"]), all);
    assert_eq!(list(&["limit=2", "--json"]).1, "");
    let rest = ("b b.txt c.txt".to_owned(), String::new());
    assert_eq!(list(&["limit=1", "startAfter=a.txt", "--all"]), rest);
    let args = ["call", "storages.Files", "delete", "name=a.txt", "--all"];
    expect![[r#"
        --- stderr
        error: `delete` answers everything at once: leave out --all
        --- exit code 1
    "#]]
    .assert_eq(&shown(&in_app(&app, &args).output().unwrap()));
    assert_eq!(list(&[]).0, all.0, "nothing was deleted");
}

#[test]
fn a_transfer_says_nothing_where_no_terminal_is() {
    let app = TestApp::new().configured(
        "storages.Files",
        "storages.DiskType",
        r#"{ "directory": "appData/files" }"#,
    );
    let path = app.path().join("big.bin");
    std::fs::write(&path, vec![7; 3 << 20]).unwrap();
    let path = format!("path={}", path.display());
    for function in ["uploadFile", "downloadFile"] {
        let args = ["call", "storages.Files", function, "name=big.bin", &path];
        let output = in_app(&app, &args).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn an_argument_is_read_from_standard_input() {
    let app = app();
    let upload = ["call", "storages.MyOss", "uploadByFile", "name=in.txt", "data=@-"];
    let mut command = in_app(&app, &upload);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"from a pipe").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    let output = in_app(&app, &["call", "storages.MyOss", "download", "file=in.txt"]);
    assert_eq!({ output }.output().unwrap().stdout, b"from a pipe");
    let output = in_app(&app, &["call", "storages.MyOss", "uploadByFile", "name=@-", "data=@-"])
        .output()
        .unwrap();
    assert!(shown(&output).contains("standard input can be read once"), "{}", shown(&output));
}

#[test]
fn wrong_calls_say_what_is_right() {
    let app = app();
    for (args, expected) in [
        (
            vec!["storages.MyOs", "download", "name=a"],
            expect![[r#"
                --- stderr
                error[JIT0107]: app `acme.Shop` has no element `storages.MyOs`
                  = help: did you mean `storages.MyOss`?
                --- exit code 1
            "#]],
        ),
        (
            vec!["storages.MyOss", "downlod", "name=a"],
            expect![[r#"
                --- stderr
                error: storages.Meta has no function `downlod`; did you mean `download`? its functions are uploadByFile, getSignUrl, download, getObject, delete, exists, list, copy, uploadFile, downloadFile, uploadMany, deleteMany, getUploadUrl, doctor, ramPolicy
                  = note: this is the element `storages.MyOss` of Type `storages.OssType`
                --- exit code 1
            "#]],
        ),
        (
            vec!["storages.MyOss", "download", "nam=a"],
            expect![[r#"
                --- stderr
                error: `download` has no argument `nam`, and needs `name`; did you mean `name`? its arguments are name (or file)
                  = note: this is the element `storages.MyOss` of Type `storages.OssType`
                --- exit code 1
            "#]],
        ),
        (
            vec!["storages.MyOss", "download", "a"],
            expect![[r#"
                --- stderr
                error: arguments are given by name, like `name=a`, and `a` has none
                  = note: this is the element `storages.MyOss`
                  = note: its function `download` was called
                --- exit code 1
            "#]],
        ),
        (
            vec!["storages.MyOss", "uploadByFile", "name=a", "data=@no/such/file"],
            expect![[r#"
                --- stderr
                error: cannot read `no/such/file` for `data`: no such file or directory
                  = note: this is the element `storages.MyOss`
                  = note: its function `uploadByFile` was called
                --- exit code 1
            "#]],
        ),
        (
            vec!["storages.MyOss", "getSignUrl", "file=a", "contentType=", "expires=soon"],
            expect![[r#"
                --- stderr
                error: `expires` takes a number, not `soon`
                  = note: this is the element `storages.MyOss`
                  = note: its function `getSignUrl` was called
                --- exit code 1
            "#]],
        ),
        (
            vec!["storages.MyOss", "getSignUrl", "file=a", "contentType=", "method=POST"],
            expect![[r#"
                --- stderr
                error: `getSignUrl` wants GET or PUT as `method`, not `POST`
                  = note: this is the element `storages.MyOss` of Type `storages.OssType`
                --- exit code 1
            "#]],
        ),
        (
            vec!["--json", "storages.MyOss", "downlod"],
            expect![[r#"
                {
                  "error": {
                    "kind": "UnknownFunction",
                    "message": "storages.Meta has no function `downlod`; did you mean `download`? its functions are uploadByFile, getSignUrl, download, getObject, delete, exists, list, copy, uploadFile, downloadFile, uploadMany, deleteMany, getUploadUrl, doctor, ramPolicy",
                    "element": "storages.MyOss",
                    "askedBy": [],
                    "type": "storages.OssType",
                    "function": "downlod",
                    "help": [
                      "did you mean `download`?",
                      "its functions are uploadByFile, getSignUrl, download, getObject, delete, exists, list, copy, uploadFile, downloadFile, uploadMany, deleteMany, getUploadUrl, doctor, ramPolicy"
                    ],
                    "findings": [],
                    "storage": null
                  }
                }
                --- exit code 1
            "#]],
        ),
    ] {
        let mut command = in_app(&app, &["call"]);
        expected.assert_eq(&shown(&command.args(&args).output().unwrap()));
    }
}

#[test]
fn a_registered_type_is_shown_without_a_folder() {
    let shown = shown(&program(&["show", "storages.OssType"]).output().unwrap());
    assert!(shown.contains("registered at crates/jit-storages/src/oss.rs:LINE"), "{shown}");
    assert!(shown.contains("accessKeySecret     unless `credentials`, secret"), "{shown}");
}

#[test]
fn a_family_is_shown_with_its_types() {
    let shown = shown(&program(&["show", "storages.Meta"]).output().unwrap());
    assert!(shown.contains("\nTypes\n  storages.DiskType    registered at crates/"), "{shown}");
    assert!(shown.contains("\nFunctions\n  uploadByFile("), "{shown}");
}

#[test]
fn nothing_happens_before_it_is_known_where_the_result_goes() {
    let app = app();
    let run = |args: &[&str]| shown(&in_app(&app, args).output().unwrap());
    run(&["call", "storages.MyOss", "uploadByFile", "name=a", "data=x"]);
    let delete = ["call", "storages.MyOss", "delete", "name=a", "--out", "/no/such/folder/x"];
    expect![[r#"
        --- stderr
        error: cannot write `/no/such/folder/x`: there is no folder `/no/such/folder`; make it first
        --- exit code 1
    "#]]
    .assert_eq(&run(&delete));
    let still_there = run(&["call", "storages.MyOss", "download", "name=a"]);
    assert!(still_there.starts_with("x"), "{still_there}");
}

#[test]
fn nothing_is_written_for_an_app_or_an_element_that_is_not_there() {
    let app = app();
    let folder = app.path().join("no-app");
    std::fs::create_dir(&folder).unwrap();
    let at = folder.to_str().unwrap();
    program(&["--app", at, "call", "storages.MyOss", "delete", "name=a"]).output().unwrap();
    in_app(&app, &["call", "storages.Nope", "delete", "name=a"]).output().unwrap();
    in_app(&app, &["check"]).output().unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert!(!app.path().join("appData").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::Stdio;
    for args in [vec![], vec!["elements"], vec!["show", "storages.MyOss"]] {
        let mut child =
            program(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
        assert!(output.status.success(), "{args:?}");
    }
}

#[test]
fn a_failure_has_one_form_in_json() {
    let app = app();
    for (args, expected) in [
        (
            vec!["--json", "elemets"],
            expect![[r#"
                {
                  "error": {
                    "kind": "Usage",
                    "message": "unrecognized subcommand 'elemets'",
                    "element": null,
                    "askedBy": [],
                    "type": null,
                    "function": null,
                    "help": [
                      "tip: a similar subcommand exists: 'elements'",
                      "Usage: quickstart [OPTIONS] [COMMAND]",
                      "For more information, try '--help'."
                    ],
                    "findings": [],
                    "storage": null
                  }
                }
                --- exit code 2
            "#]],
        ),
        (
            vec!["--json", "show", "storages.OsType"],
            expect![[r#"
                {
                  "error": {
                    "kind": "NotFound",
                    "message": "app `acme.Shop` has no element `storages.OsType`; did you mean `storages.OssType`?",
                    "element": null,
                    "askedBy": [],
                    "type": null,
                    "function": null,
                    "help": [
                      "did you mean `storages.OssType`?"
                    ],
                    "findings": [
                      {
                        "code": "JIT0107",
                        "severity": "error",
                        "message": "app `acme.Shop` has no element `storages.OsType`",
                        "place": null,
                        "help": [
                          "did you mean `storages.OssType`?"
                        ],
                        "notes": []
                      }
                    ],
                    "storage": null
                  }
                }
                --- exit code 1
            "#]],
        ),
        (
            vec!["--json", "call", "storages.MyOss", "delete", "name=a", "--out", "/no/such/x"],
            expect![[r#"
                {
                  "error": {
                    "kind": "Command",
                    "message": "cannot write `/no/such/x`: there is no folder `/no/such`; make it first",
                    "element": null,
                    "askedBy": [],
                    "type": null,
                    "function": null,
                    "help": [],
                    "findings": [],
                    "storage": null
                  }
                }
                --- exit code 1
            "#]],
        ),
    ] {
        expected.assert_eq(&shown(&in_app(&app, &args).output().unwrap()));
    }
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    check(
        &["elemets"],
        expect![[r#"
        --- stderr
        error: unrecognized subcommand 'elemets'

          tip: a similar subcommand exists: 'elements'

        Usage: quickstart [OPTIONS] [COMMAND]

        For more information, try '--help'.
        --- exit code 2
    "#]],
    );
    check(
        &["--app", "/no/such/folder", "check"],
        expect![[r#"
            --- stderr
            error[JIT0001]: `/no/such/folder` is not a folder
              = help: an app is a folder with an `app.json`: give the path of one
            --- exit code 1
        "#]],
    );
}

#[test]
fn show_prints_the_keys_that_the_documentation_lists() {
    let readme = include_str!("../../../crates/jit-storages/README.md");
    let (_, region) = readme.split_once("<!-- generated: storages.OssType -->").unwrap();
    let (table, _) = region.split_once("```").unwrap();
    let listed: Vec<_> = table.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    let shown = program(&["show", "storages.OssType"]).output().unwrap().stdout;
    let shown = String::from_utf8(shown).unwrap();
    let (_, keys) = shown.split_once("Configuration keys\n").unwrap();
    let (keys, _) = keys.split_once("\n\n").unwrap();
    assert_eq!(keys.lines().count(), listed.len(), "{keys}");
    for (row, listed) in keys.lines().zip(listed) {
        let (name, _) = listed.split_once('`').unwrap();
        assert!(row.starts_with(&format!("  {name} ")), "{row}");
        assert_eq!(row.contains("required"), listed.contains("| required |"), "{row}");
        assert_eq!(row.contains("secret"), listed.contains(", secret |"), "{row}");
    }
}

#[test]
fn a_call_that_fails_for_some_files_fails() {
    let app = app();
    let run = |names: &str| {
        let mut command = in_app(&app, &["call", "storages.MyOss", "deleteMany"]);
        let output = command.arg(format!("names={names}")).output().unwrap();
        (output.status.code(), shown(&output).contains(r#""failed": 1"#))
    };
    assert_eq!(run(r#"["a", "b"]"#), (Some(0), false));
    assert_eq!(run(r#"["a", "/b"]"#), (Some(1), true));
}

/// Without how long each step took.
fn timeless(output: &Output) -> String {
    let without_time = |line: &str| {
        let Some((before, after)) = line.split_once(" ms  ") else { return format!("{line}\n") };
        let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
        format!("{} TIME  {after}\n", before.trim_end())
    };
    shown(output).lines().map(without_time).collect()
}

#[tokio::test]
async fn a_storage_is_looked_at_step_by_step() {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let look = |more: &'static [&str], secret: Option<&str>| {
        let mut command = program(&["doctor", "storages.MyOss"]);
        command.args(more).envs(server.variables("my-bucket"));
        secret.map(|secret| command.env("OSS_ACCESS_KEY_SECRET", secret));
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    expect![[r#"
        ok      config TIME  storages.OssType
        ok      dns TIME  127.0.0.1:PORT is 127.0.0.1
        ok      connect TIME  OSS answers, request REQUEST-ID
        ok      clock TIME  right
        ok      credentials TIME  good for my-bucket, from the configuration
        ok      put TIME  256 bytes, checksum confirmed
        ok      get TIME  256 bytes, the same
        ok      list TIME  1 file found
        ok      copy TIME  the same
        ok      sign TIME  a URL to read
        ok      presign TIME  a signed URL opens without credentials
        ok      delete TIME  2 files gone
        --- exit code 0
    "#]]
    .assert_eq(&timeless(&look(&[], None).await.unwrap()));
    expect![[r#"
        ok      config TIME  storages.OssType
        ok      dns TIME  127.0.0.1:PORT is 127.0.0.1
        ok      connect TIME  OSS answers, request REQUEST-ID
        ok      clock TIME  right
        FAILED  credentials TIME  credentials refused: SignatureDoesNotMatch, HTTP 403, EC 0002-00000040, request REQUEST-ID: The request signature we calculated does not match the signature you provided. Check your key and signing method; check the access key's secret
        --- exit code 1
    "#]].assert_eq(&timeless(&look(&[], Some(SECRET)).await.unwrap()));

    let output = look(&["--json"], Some(SECRET)).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["failed"], 1);
    let steps = found["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["config", "dns", "connect", "clock", "credentials"]);
    assert_eq!(steps[0]["found"], "storages.OssType");
    assert_eq!(steps[4]["problem"]["help"], "check the access key's secret");
    let output = look(&["--json"], None).await.unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &found["failed"]), (Some(0), &0.into()));
}

#[test]
fn a_look_begins_with_the_configuration() {
    let app = app();
    let look = |name: &str| {
        let mut command = in_app(&app, &["doctor", name]);
        timeless(&command.env("OSS_BUCKET", "my-bucket").output().unwrap())
    };
    expect![[r#"
        FAILED  config TIME  storages/MyOss/MyOss.json:2:18: `accessKeyId` is empty: the variable `OSS_ACCESS_KEY_ID` is not set; set `OSS_ACCESS_KEY_ID` in the environment | storages/MyOss/MyOss.json:3:22: `accessKeySecret` is empty: the variable `OSS_ACCESS_KEY_SECRET` is not set; set `OSS_ACCESS_KEY_SECRET` in the environment | storages/MyOss/MyOss.json:4:15: `endPoint` is empty: the variable `OSS_ENDPOINT` is not set; set `OSS_ENDPOINT` in the environment
        --- exit code 1
    "#]].assert_eq(&look("storages.MyOss"));
    expect![[r#"
        FAILED  config TIME  app `acme.Shop` has no element `storages.MyOs`; did you mean `storages.MyOss`?
        --- exit code 1
    "#]].assert_eq(&look("storages.MyOs"));
}

#[test]
fn a_look_works_without_an_account() {
    let app = app();
    let output = in_app(&app, &["doctor", "storages.MyOss"]).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(shown(&output).lines().filter(|line| line.starts_with("ok  ")).count(), 12);
}
