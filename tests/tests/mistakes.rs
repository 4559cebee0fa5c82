//! Mistakes in an app's files: the exact text people see, as the command line renders it.

#![cfg(test)]

use expect_test::{Expect, expect};
use jit_app::{App, Error, render};
use jit_meta::Registry;
use jit_testing::TestApp;
use jit_tests::SECRET;

const CONFIG: &str = r#"{
  "accessKeyId": "id",
  "accessKeySecret": "hush-0123456789-secret",
  "endPoint": "oss-cn-hangzhou.aliyuncs.com",
  "bucketName": "my-bucket"
}
"#;

fn rendered(error: &Error) -> String {
    let text = render::error(error, false);
    for shown in [&text, &error.to_string(), &format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "the secret is shown: {shown}");
    }
    text
}

/// What `get_element` says, which is also what `check` says of the app.
#[track_caller]
fn check(app: TestApp, expected: Expect) {
    let loaded = app.load().unwrap();
    let error = block_on(loaded.get_element("storages.MyOss")).unwrap_err();
    let text = rendered(&error);
    expected.assert_eq(&text);
    let checked = render::findings(&loaded.check(), false);
    assert!(checked.contains(&text), "check says something else:\n{checked}");
}

#[track_caller]
fn check_config(config: &str, expected: Expect) {
    check(TestApp::new().configured("storages.MyOss", "storages.OssType", config), expected);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn no_app_json() {
    let dir = tempfile::tempdir().unwrap();
    let error = App::load(dir.path()).unwrap_err();
    let text = rendered(&error).replace(&dir.path().display().to_string(), "FOLDER");
    expect![[r#"
        error[JIT0001]: `FOLDER` has no `app.json`
          = help: an app is a folder with an `app.json`: give the path of one
    "#]]
    .assert_eq(&text);
}

#[test]
fn app_json_with_a_mistake() {
    let app = TestApp::new().file("app.json", "{\n  \"appid\": \"acme.Shop\"\n}\n");
    expect![[r#"
        error[JIT0002]: `appId` is missing
         --> app.json:2:3
          |
        2 |   "appid": "*********"
          |   ^^^^^^^
          |
          = help: did you mean `appId` where it says `appid`?
    "#]]
    .assert_eq(&rendered(&app.load().unwrap_err()));
    let app = app.file("app.json", "{\n  \"appId\": \"Shop\"\n}\n");
    expect![[r#"
        error[JIT0002]: `Shop` is not an app id
         --> app.json:2:12
          |
        2 |   "appId": "Shop"
          |            ^^^^^^
          |
          = help: an app id is the organisation, a dot and the app's name: `org.Name`
    "#]]
    .assert_eq(&rendered(&app.load().unwrap_err()));
}

#[track_caller]
fn check_define(define: &str, expected: Expect) {
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG);
    check(app.file("storages/MyOss/e.json", define), expected);
}

#[test]
fn define_with_a_syntax_error() {
    check_define(
        "{\n  \"title\": \"x\",\n  \"type\": \"storages.OssType\",\n}\n",
        expect![[r#"
        error[JIT0101]: this is not valid JSON
         --> storages/MyOss/e.json:4:1
          |
        4 | }
          | ^ trailing comma
          |
          = help: `e.json` holds one JSON object: double quotes, no trailing comma, no comments
    "#]],
    );
}

#[test]
fn define_with_a_secret_where_none_belongs() {
    check_define(
        "{ \"title\": \"x\", \"type\": \"storages.OosType\", \"accessKeySecret\": \"hush-0123456789-secret\" }",
        expect![[r#"
            error[JIT0102]: unknown type `storages.OosType`
             --> storages/MyOss/e.json:1:25
              |
            1 | { "title": "x", "type": "storages.OosType", "accessKeySecret": "**********************" }
              |                         ^^^^^^^^^^^^^^^^^^ no Type with this name is registered
              |
              = help: did you mean `storages.OssType`?
              = note: registered under `storages`: DiskType, MemoryType, OssType
        "#]],
    );
}

#[test]
fn define_with_a_misspelt_access() {
    check_define(
        "{ \"title\": \"x\", \"type\": \"storages.OssType\", \"accessModifier\": \"privat\" }",
        expect![[r#"
            error[JIT0105]: `accessModifier` must be `private`, `protected` or `public`
             --> storages/MyOss/e.json:1:63
              |
            1 | { "title": "x", "type": "storages.OssType", "accessModifier": "privat" }
              |                                                               ^^^^^^^^
              |
              = help: did you mean `private`?
        "#]],
    );
}

#[test]
fn define_without_a_type() {
    check_define(
        "{\n  \"title\": \"x\"\n}\n",
        expect![[r#"
        error[JIT0103]: `type` is missing
         --> storages/MyOss/e.json:1:1
          |
        1 | {
          | ^ no `type` in this object
          |
          = help: name the Type this is an instance of: "type": "storages.OssType"
    "#]],
    );
}

#[test]
fn define_with_a_misspelt_type() {
    check_define(
        "{\n  \"title\": \"x\",\n  \"type\": \"storages.OosType\"\n}\n",
        expect![[r#"
        error[JIT0102]: unknown type `storages.OosType`
         --> storages/MyOss/e.json:3:11
          |
        3 |   "type": "storages.OosType"
          |           ^^^^^^^^^^^^^^^^^^ no Type with this name is registered
          |
          = help: did you mean `storages.OssType`?
          = note: registered under `storages`: DiskType, MemoryType, OssType
    "#]],
    );
}

#[test]
fn a_type_that_is_not_linked() {
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG);
    let define = "{\n  \"title\": \"x\",\n  \"type\": \"models.NormalType\"\n}\n";
    let app = app.file("storages/MyOss/e.json", define).load().unwrap();
    let error = block_on(app.get_element("storages.MyOss")).unwrap_err();
    expect![[r#"
        error[JIT0104]: type `models.NormalType` is not linked into this program
         --> storages/MyOss/e.json:3:11
          |
        3 |   "type": "models.NormalType"
          |           ^^^^^^^^^^^^^^^^^^^ no code is registered for this Type
          |
          = help: link the crate that registers it: name it in Cargo.toml, and write `use that_crate as _;` in main.rs
          = note: nothing is registered under `models`
    "#]].assert_eq(&rendered(&error));
    // An app may hold Types that this program does not know: listing and checking it is no failure.
    expect![[r#"
        warning[JIT0104]: type `models.NormalType` is not linked into this program
         --> storages/MyOss/e.json:3:11
          |
        3 |   "type": "models.NormalType"
          |           ^^^^^^^^^^^^^^^^^^^ no code is registered for this Type
          |
          = help: link the crate that registers it: name it in Cargo.toml, and write `use that_crate as _;` in main.rs
          = note: nothing is registered under `models`
    "#]].assert_eq(&render::findings(&app.check(), false));
}

#[test]
fn nothing_registered_at_all() {
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG);
    let app = App::builder(app.path()).registry(Registry::empty()).load().unwrap();
    let error = block_on(app.get_element("storages.MyOss")).unwrap_err();
    expect![[r#"
        error[JIT0104]: type `storages.OssType` is not linked into this program
         --> storages/MyOss/e.json:3:11
          |
        3 |   "type": "storages.OssType"
          |           ^^^^^^^^^^^^^^^^^^ no code is registered for this Type
          |
          = help: link the crate that registers it: name it in Cargo.toml, and write `use that_crate as _;` in main.rs
          = note: nothing is registered under `storages`
    "#]].assert_eq(&rendered(&error));
}

#[test]
fn an_element_that_is_not_there() {
    let app =
        TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG).load().unwrap();
    for (name, expected) in [
        (
            "storages.MyOs",
            expect![[r#"
                error[JIT0107]: app `acme.Shop` has no element `storages.MyOs`
                  = help: did you mean `storages.MyOss`?
            "#]],
        ),
        (
            "pages.Home",
            expect![[r#"
                error[JIT0107]: app `acme.Shop` has no element `pages.Home`
                  = help: its elements are `storages.MyOss`
            "#]],
        ),
        (
            "",
            expect![[r#"
                error[JIT0107]: app `acme.Shop` has no element ``
                  = help: its elements are `storages.MyOss`
            "#]],
        ),
    ] {
        let error = block_on(app.get_element(name)).unwrap_err();
        expected.assert_eq(&rendered(&error));
    }
}

#[test]
fn config_that_is_missing() {
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG);
    std::fs::remove_file(app.path().join("storages/MyOss/MyOss.json")).unwrap();
    check(
        app,
        expect![[r#"
            error[JIT0201]: `storages/MyOss/MyOss.json` is missing
             --> storages/MyOss/e.json:3:11
              |
            3 |   "type": "storages.OssType"
              |           ^^^^^^^^^^^^^^^^^^ this Type needs a configuration
              |
              = help: create `storages/MyOss/MyOss.json` with the keys below
              = note: add `accessKeyId`: The access key's id. Text.
              = note: add `accessKeySecret`: The access key's secret. Text.
              = note: or, in place of that, add `credentials`: Where the access key is found when it does not stand here: `environment`, `profile`, `ecsRamRole` or `oidc`.
              = note: add `endPoint`: The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
              = note: add `bucketName`: The bucket, 3 to 63 lower-case letters, digits and hyphens.
        "#]],
    );
}

#[test]
fn config_that_is_no_file() {
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG);
    let path = app.path().join("storages/MyOss/MyOss.json");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(path).unwrap();
    check(
        app,
        expect![[r#"
        error[JIT0003]: cannot read `storages/MyOss/MyOss.json`: it is not a regular file
          = help: an app's files are UTF-8 text, readable, of at most 16 MiB
    "#]],
    );
}

#[test]
fn types_that_name_each_other() {
    let define = |name: &str| format!("{{\n  \"title\": \"x\",\n  \"type\": \"{name}\"\n}}\n");
    let app = TestApp::new().configured("storages.MyOss", "storages.OssType", CONFIG);
    let app = app.file("storages/MyOss/e.json", define("storages.A"));
    let app = app.file("storages/A/e.json", define("storages.B"));
    check(
        app.file("storages/B/e.json", define("storages.A")),
        expect![[r#"
            error[JIT0106]: the types form a cycle: `storages.A` → `storages.B` → `storages.A`
             --> storages/A/e.json:3:11
              |
            3 |   "type": "storages.B"
              |           ^^^^^^^^^^^^ it may be broken here
              |
              = help: end it in a Type that is registered
        "#]],
    );
}

#[test]
fn config_with_missing_keys() {
    check_config(
        "{\n  \"accessKeyId\": \"id\",\n  \"bucketName\": \"my-bucket\"\n}\n",
        expect![[r#"
            error[JIT0203]: missing keys `accessKeySecret`, `endPoint`
             --> storages/MyOss/MyOss.json:1:1
              |
            1 | {
              | ^ required in this object
              |
              = help: add `accessKeySecret`: The access key's secret. Text.
              = help: add `endPoint`: The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
        "#]],
    );
}

#[test]
fn config_with_a_misspelt_key() {
    check_config(
        &CONFIG.replace("accessKeySecret", "accesKeySecret"),
        expect![[r#"
            error[JIT0203]: missing key `accessKeySecret`
             --> storages/MyOss/MyOss.json:1:1
              |
            1 | {
              | ^ required in this object
              |
              = help: add `accessKeySecret`: The access key's secret. Text.

            error[JIT0204]: unknown key `accesKeySecret`
             --> storages/MyOss/MyOss.json:3:3
              |
            3 |   "accesKeySecret": "**********************",
              |   ^^^^^^^^^^^^^^^^ this Type has no such key
              |
              = help: did you mean `accessKeySecret`?
        "#]],
    );
}

#[test]
fn config_with_an_unknown_key() {
    check_config(
        &CONFIG.replace("{\n", "{\n  \"password\": \"hush-0123456789-secret\",\n"),
        expect![[r#"
            error[JIT0204]: unknown key `password`
             --> storages/MyOss/MyOss.json:2:3
              |
            2 |   "password": "**********************",
              |   ^^^^^^^^^^ this Type has no such key
              |
              = help: its keys are `accessKeyId`, `accessKeySecret`, `credentials`, `endPoint`, `bucketName`, `region`, `securityToken`, `signatureVersion`, `addressing`, `publicEndPoint`, `publicAddressing`, `connectTimeout`, `readTimeout`, `maxAttempts`, `attemptTimeout`, `multipartThreshold`, `partSize`, `concurrency`
        "#]],
    );
}

#[test]
fn config_with_a_wrong_json_type() {
    check_config(
        &CONFIG.replace("\"my-bucket\"", "[\"my-bucket\"]"),
        expect![[r#"
        error[JIT0205]: `bucketName` must be a string
         --> storages/MyOss/MyOss.json:5:17
          |
        5 |   "bucketName": ["my-bucket"]
          |                 ^^^^^^^^^^^^^ this is an array
    "#]],
    );
}

#[test]
fn config_with_a_syntax_error() {
    check_config(
        &CONFIG.replace("secret\",", "secret\""),
        expect![[r#"
            error[JIT0202]: this is not valid JSON
             --> storages/MyOss/MyOss.json:4:3
              |
            4 |   "endPoint": "oss-cn-hangzhou.aliyuncs.com",
              |   ^ expected `,` or `}`
              |
              = help: the file holds one JSON object: double quotes, no trailing comma, no comments
        "#]],
    );
}

#[test]
fn config_with_a_variable_that_is_not_set() {
    check_config(
        &CONFIG.replace(SECRET, "${OSS_ACCESS_KEY_SECRET}"),
        expect![[r#"
        error[JIT0207]: `accessKeySecret` is empty: the variable `OSS_ACCESS_KEY_SECRET` is not set
         --> storages/MyOss/MyOss.json:3:22
          |
        3 |   "accessKeySecret": "${OSS_ACCESS_KEY_SECRET}",
          |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^ a value is required
          |
          = help: set `OSS_ACCESS_KEY_SECRET` in the environment
    "#]],
    );
}

#[test]
fn endpoint_with_a_path() {
    check_config(
        &CONFIG.replace("aliyuncs.com", "aliyuncs.com/my-bucket"),
        expect![[r#"
        error[JIT0206]: the endpoint has a path, `/my-bucket`
         --> storages/MyOss/MyOss.json:4:15
          |
        4 |   "endPoint": "oss-cn-hangzhou.aliyuncs.com/my-bucket",
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: give the domain only, like `oss-cn-hangzhou.aliyuncs.com`; the bucket goes into `bucketName`
    "#]],
    );
}

#[test]
fn endpoint_with_the_bucket_in_front() {
    check_config(
        &CONFIG.replace("oss-cn", "my-bucket.oss-cn"),
        expect![[r#"
        error[JIT0206]: the endpoint has a bucket, `my-bucket`, in front of `oss-cn-hangzhou.aliyuncs.com`
         --> storages/MyOss/MyOss.json:4:15
          |
        4 |   "endPoint": "my-bucket.oss-cn-hangzhou.aliyuncs.com",
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write "endPoint": "oss-cn-hangzhou.aliyuncs.com" and "bucketName": "my-bucket"
    "#]],
    );
}

#[test]
fn region_neither_given_nor_derivable() {
    check_config(
        &CONFIG.replace("oss-cn-hangzhou.aliyuncs.com", "http://127.0.0.1:9000"),
        expect![[r#"
            error[JIT0206]: the region is not given and cannot be derived from the endpoint `127.0.0.1`
             --> storages/MyOss/MyOss.json:4:15
              |
            4 |   "endPoint": "http://127.0.0.1:9000",
              |               ^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: give the bucket's region: "region": "cn-hangzhou"
        "#]],
    );
}

#[test]
fn region_of_a_variable_that_is_not_set() {
    let region = "\"region\": \"${OSS_REGION}\",\n  \"bucketName\"";
    let config = CONFIG.replace("oss-cn-hangzhou.aliyuncs.com", "${OSS_ENDPOINT}");
    let app = TestApp::new().variable("OSS_ENDPOINT", "http://127.0.0.1:9000");
    let config = config.replace("\"bucketName\"", region);
    check(
        app.configured("storages.MyOss", "storages.OssType", &config),
        expect![[r#"
        error[JIT0206]: the region is not given and cannot be derived from the endpoint `127.0.0.1`
         --> storages/MyOss/MyOss.json:5:13
          |
        5 |   "region": "${OSS_REGION}",
          |             ^^^^^^^^^^^^^^^
          |
          = help: set `OSS_REGION`
          = help: give the bucket's region: "region": "cn-hangzhou"
    "#]],
    );
}

#[test]
fn endpoint_that_is_nearly_one_of_oss() {
    check_config(
        &CONFIG.replace("aliyuncs.com", "aliyun.com"),
        expect![[r#"
        error[JIT0206]: the region is not given and cannot be derived from the endpoint `oss-cn-hangzhou.aliyun.com`
         --> storages/MyOss/MyOss.json:4:15
          |
        4 |   "endPoint": "oss-cn-hangzhou.aliyun.com",
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: did you mean `oss-cn-hangzhou.aliyuncs.com`?
    "#]],
    );
}

#[test]
fn region_that_contradicts_the_endpoint() {
    let region = "\"region\": \"cn-beijing\",\n  \"bucketName\"";
    check_config(
        &CONFIG.replace("\"bucketName\"", region),
        expect![[r#"
        error[JIT0206]: the region is `cn-beijing`, but the endpoint is that of `cn-hangzhou`
         --> storages/MyOss/MyOss.json:5:13
          |
        5 |   "region": "cn-beijing",
          |             ^^^^^^^^^^^^
          |
          = help: leave `region` out, or give the endpoint of that region
    "#]],
    );
}

#[test]
fn secret_with_a_line_break() {
    check_config(
        &CONFIG.replace("secret\",", "secret\\n\","),
        expect![[r#"
        error[JIT0206]: the access key secret has a space at an end, a line break or another character that no key has
         --> storages/MyOss/MyOss.json:3:22
          |
        3 |   "accessKeySecret": "************************",
          |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: paste it again without spaces or line breaks
    "#]],
    );
}

#[test]
fn mistakes_of_every_stage_are_told_in_one_run() {
    let config =
        CONFIG.replace("my-bucket\"", "My_Bucket\", \"maxAttempts\": 99, \"regoin\": \"x\"");
    check_config(
        &config.replace("oss-cn", "my-bucket.oss-cn"),
        expect![[r#"
        error[JIT0206]: the endpoint has a bucket, `my-bucket`, in front of `oss-cn-hangzhou.aliyuncs.com`
         --> storages/MyOss/MyOss.json:4:15
          |
        4 |   "endPoint": "my-bucket.oss-cn-hangzhou.aliyuncs.com",
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write "endPoint": "oss-cn-hangzhou.aliyuncs.com" and "bucketName": "my-bucket"

        error[JIT0206]: `My_Bucket` is not a bucket name: 3 to 63 lower-case letters, digits and hyphens, no hyphen at either end
         --> storages/MyOss/MyOss.json:5:17
          |
        5 |   "bucketName": "My_Bucket", "maxAttempts": 99, "regoin": "*"
          |                 ^^^^^^^^^^^

        error[JIT0206]: `maxAttempts` must be from 1 to 10
         --> storages/MyOss/MyOss.json:5:45
          |
        5 |   "bucketName": "My_Bucket", "maxAttempts": 99, "regoin": "*"
          |                                             ^^

        error[JIT0204]: unknown key `regoin`
         --> storages/MyOss/MyOss.json:5:49
          |
        5 |   "bucketName": "My_Bucket", "maxAttempts": 99, "regoin": "*"
          |                                                 ^^^^^^^^ this Type has no such key
          |
          = help: did you mean `region`?
    "#]],
    );
}

#[test]
fn bucket_with_a_wrong_name() {
    check_config(
        &CONFIG.replace("my-bucket", "My_Bucket"),
        expect![[r#"
        error[JIT0206]: `My_Bucket` is not a bucket name: 3 to 63 lower-case letters, digits and hyphens, no hyphen at either end
         --> storages/MyOss/MyOss.json:5:17
          |
        5 |   "bucketName": "My_Bucket"
          |                 ^^^^^^^^^^^
    "#]],
    );
}

#[test]
fn config_that_would_reach_browsers() {
    check_define(
        "{\n  \"title\": \"x\",\n  \"type\": \"storages.OssType\",\n  \"frontBundleEntry\": \"./MyOss.json\"\n}\n",
        expect![[r#"
            error[JIT0208]: `frontBundleEntry` would carry the secrets of `MyOss.json` into browsers
             --> storages/MyOss/e.json:4:3
              |
            4 |   "frontBundleEntry": "./MyOss.json"
              |   ^^^^^^^^^^^^^^^^^^
              |
              = help: remove `frontBundleEntry`, or name a file that is for browsers
        "#]],
    );
}

#[test]
fn every_mistake_of_an_app_is_told_in_one_run() {
    let app = TestApp::new()
        .configured("storages.MyOss", "storages.OssType", "{}")
        .file("storages/Broken/e.json", "{")
        .file("storages/my-oss/e.json", "{}")
        .file("pages/Home/e.json", r#"{ "title": "Home", "type": "pages.GridPageType" }"#);
    let loaded = app.load().unwrap();
    let found: Vec<_> = loaded.check().iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(found, ["JIT0100", "JIT0104", "JIT0101", "JIT0203", "JIT0203"]);
}

#[test]
fn public_endpoint_of_another_region() {
    check_config(
        &CONFIG.replace("\n}", ",\n  \"publicEndPoint\": \"oss-cn-beijing.aliyuncs.com\"\n}"),
        expect![[r#"
            error[JIT0206]: the region is `cn-hangzhou`, but the public endpoint is that of `cn-beijing`
             --> storages/MyOss/MyOss.json:6:21
              |
            6 |   "publicEndPoint": "oss-cn-beijing.aliyuncs.com"
              |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: give the public endpoint of the same region, or leave it out
        "#]],
    );
}

#[test]
fn public_addressing_without_an_endpoint() {
    check_config(
        &CONFIG.replace("\n}", ",\n  \"publicAddressing\": \"cname\"\n}"),
        expect![[r#"
            error[JIT0206]: there is no `publicEndPoint`
             --> storages/MyOss/MyOss.json:6:23
              |
            6 |   "publicAddressing": "cname"
              |                       ^^^^^^^
              |
              = help: give `publicEndPoint`, or leave this out
        "#]],
    );
}
