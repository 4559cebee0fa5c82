//! `explain`: where everything about an element comes from.

use std::process::ExitCode;

use jit_meta::Filling;

use super::output::{Output, level, table};
use crate::explain::{
    CodeUse, Explanation, Filled, Key, Role, Setting, Source, Standing, Step, VariableUse,
};
use crate::{App, Level, Origin, render, settings};

pub(super) fn run(app: &App, name: &str, out: &mut Output) -> ExitCode {
    let found = match app.explain(name) {
        Ok(found) => found,
        Err(error) => return out.error(&error),
    };
    let written = if out.json {
        out.print_json(&found)
    } else {
        let mut text = text(&found);
        if !found.findings.is_empty() {
            text.push_str("\nFindings\n");
            text.push_str(&render::findings(&found.findings, out.color()));
        }
        out.print(text.as_bytes())
    };
    if settings::has_errors(&found.findings) { ExitCode::FAILURE } else { written }
}

fn text(found: &Explanation) -> String {
    let title = format!(" \"{}\"", found.title);
    let title = if found.title.is_empty() { "" } else { &title };
    let what = found.level.map_or("unreadable", level);
    let mut out = table(&[vec![format!("{}{title}: {what}", found.full_name)]]);
    let definitions = found.definitions.iter().map(|definition| {
        let standing = match definition.standing {
            Standing::InUse => "in use",
            Standing::Overridden => "overridden",
            Standing::Private => "private: only its own app sees it",
        };
        vec![format!("  {}", definition.app), definition.file.clone(), standing.to_owned()]
    });
    section(&mut out, "Definition", definitions.collect());
    section(&mut out, "Type chain", found.chain.iter().flat_map(step_rows).collect());
    if let Some(loading) = &found.loading {
        let row = |name: &str, setting: &Setting, meaning: &str| {
            let at = setting.at.as_deref().unwrap_or("by default");
            vec![format!("  {name}"), meaning.to_owned(), at.to_owned()]
        };
        let time = loading.load_time.value.as_str().unwrap_or("on first use");
        let level = match loading.cache_level.value.as_i64() {
            Some(1) => "1, an instance for each request".to_owned(),
            Some(0) => "0, one instance for the app".to_owned(),
            _ => loading.cache_level.value.to_string(),
        };
        let access = match loading.access.value.as_str().unwrap_or_default() {
            "private" => "private, for its own app",
            "protected" => "protected, not to be overridden",
            "public" => "public, open to overriding",
            other => other,
        };
        let rows = vec![
            row("loaded", &loading.load_time, time),
            row("cacheLevel", &loading.cache_level, &level),
            row("accessModifier", &loading.access, access),
        ];
        section(&mut out, "Loading", rows);
    }
    let mut readers = found.keys.iter().map(|key| &key.readers).filter(|names| !names.is_empty());
    let first = readers.next();
    let is_shared = readers.any(|names| Some(names) != first);
    let (given, free): (Vec<_>, Vec<_>) = found.keys.iter().partition(|key| key.at.is_some());
    let file = found.config_file.as_deref().map(|file| format!("Configuration ({file})"));
    let heading = file.unwrap_or_else(|| "Configuration".to_owned());
    section(&mut out, &heading, given.iter().map(|key| given_row(key, is_shared)).collect());
    let heading = if found.level == Some(Level::Type) {
        "Configuration keys of its instances"
    } else {
        "Configuration keys that are not given"
    };
    section(&mut out, heading, free.iter().map(|key| free_row(key, is_shared)).collect());
    section(&mut out, "Variables", found.variables.iter().map(variable_row).collect());
    out
}

fn section(out: &mut String, heading: &str, rows: Vec<Vec<String>>) {
    if !rows.is_empty() {
        out.push_str(&format!("\n{heading}\n{}", table(&rows)));
    }
}

/// A step, and below it its registrations.
fn step_rows(step: &Step) -> Vec<Vec<String>> {
    let mut places = Vec::new();
    if let Some(file) = &step.file {
        let app = step.app.as_deref().unwrap_or_default();
        places.push(vec![format!("defined by {app}"), file.clone()]);
    }
    places.extend(step.codes.iter().map(code_row));
    if places.is_empty() {
        places.push(vec!["no code is registered for it".to_owned()]);
    }
    let names = std::iter::once(format!("  {}", step.name)).chain(std::iter::repeat(String::new()));
    names.zip(places).map(|(name, place)| [vec![name], place].concat()).collect()
}

fn code_row(code: &CodeUse) -> Vec<String> {
    let role = match code.role {
        Role::Loads => "loads it",
        Role::Inherited => "inherited by what loads it",
        Role::Overridden => "overridden",
        Role::Unused => "has no part, as what stands before it inherits nothing",
        Role::Contract => "the family's contract",
    };
    vec![format!("{role}, {}", owner(code.app)), format!("registered at {}", code.registered)]
}

fn owner(app: Option<&str>) -> String {
    app.map_or("for all apps".to_owned(), |app| format!("for {app}"))
}

fn given_row(key: &Key, is_shared: bool) -> Vec<String> {
    let value = key.value.as_ref().map_or("none".to_owned(), ToString::to_string);
    let mut from = vec![key.at.clone().unwrap_or_default()];
    for text in key.placeholders.iter().map(filled) {
        // A value may name a variable twice.
        if !from.contains(&text) {
            from.push(text);
        }
    }
    if key.source == Source::Schema {
        from.push("the schema's default".to_owned());
    }
    if key.readers.is_empty() {
        from.push("no Type knows this key".to_owned());
    }
    from.extend(readers(key, is_shared));
    vec![format!("  {}", key.name), value, from.join(", ")]
}

/// What a placeholder was filled with; what is written in the file is not repeated, a default may be long.
fn filled(filled: &Filled) -> String {
    let from = match (filled.placeholder.filled, filled.origin) {
        (Filling::Default, _) => "is not set: its `:-` default",
        (Filling::Nothing, _) => "is not set",
        (Filling::Variable, Some(origin)) => origin_text(origin),
        (Filling::Variable, None) => "was set",
    };
    format!("${{{}}} {from}", filled.placeholder.name)
}

fn origin_text(origin: Origin) -> &'static str {
    match origin {
        Origin::Fixed => "set by the program",
        Origin::Environment => "set by the environment",
        Origin::Declared => "set by the default in its declaration",
    }
}

fn free_row(key: &Key, is_shared: bool) -> Vec<String> {
    let mut marks = vec![key.need().to_string()];
    if key.secret {
        marks.push("secret".to_owned());
    }
    marks.extend(key.element_of.as_ref().map(|family| format!("an element of {family}")));
    if let Some(value) = &key.value {
        marks.push(format!("{value} by the schema"));
    }
    marks.extend(readers(key, is_shared));
    vec![format!("  {}", key.name), marks.join(", "), key.description.clone()]
}

/// Who reads a key, where not all keys have the same readers.
fn readers(key: &Key, is_shared: bool) -> Option<String> {
    let names = key.readers.iter().map(|reader| format!("{} {}", reader.name, owner(reader.app)));
    let names: Vec<_> = names.collect();
    (is_shared && !names.is_empty()).then(|| format!("read by {}", names.join(" and ")))
}

fn variable_row(variable: &VariableUse) -> Vec<String> {
    let origin = match variable.origin {
        Some(origin) => origin_text(origin).to_owned(),
        None if variable.required => "not set, and required".to_owned(),
        None => "not set".to_owned(),
    };
    let declared = variable.declared_by.as_ref();
    let declared = declared.map(|element| format!("declared by {element}")).unwrap_or_default();
    vec![format!("  {}", variable.name), origin, declared]
}

#[cfg(test)]
#[cfg(feature = "storages")]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::Variables;

    /// What is printed, with lines of source files left out.
    fn shown(config: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("storages/Mine");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(dir.path().join("app.json"), r#"{ "appId": "acme.Shop" }"#).unwrap();
        let define = r#"{ "title": "Mine", "type": "storages.OssType", "accessModifier": "protect",
            "variables": [{ "name": "BUCKET", "value": "my-bucket" }] }"#;
        std::fs::write(folder.join("e.json"), define).unwrap();
        std::fs::write(folder.join("Mine.json"), config).unwrap();
        let variables = Variables::empty().with("SECRET", "hush-hush");
        let app = App::builder(dir.path()).variables(variables).load().unwrap();
        let found = app.explain("storages.Mine").unwrap();
        let text = text(&found) + &render::findings(&found.findings, false);
        assert!(!text.contains("hush"), "{text}");
        let lines = text.lines().map(|line| match line.split_once(".rs:") {
            Some((file, _)) => format!("{file}.rs:LINE"),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    #[test]
    fn everything_about_an_element_is_on_one_page() {
        expect![[r#"
            storages.Mine "Mine": instance

            Definition
              acme.Shop@0.0.0  storages/Mine/e.json  in use

            Type chain
              storages.Mine     defined by acme.Shop@0.0.0           storages/Mine/e.json
              storages.OssType  loads it, for all apps               registered at crates/jit-storages/src/oss.rs:LINE
              storages.Meta     the family's contract, for all apps  registered at crates/jit-storages/src/functions.rs:LINE

            Loading
              loaded          on first use                     by default
              cacheLevel      0, one instance for the app      by default
              accessModifier  protected, not to be overridden  storages/Mine/e.json:1:48

            Configuration (storages/Mine/Mine.json)
              accessKeyId      "***"                           storages/Mine/Mine.json:2:3, ${NO_ID} is not set: its `:-` default
              accessKeySecret  "***"                           storages/Mine/Mine.json:3:3, ${SECRET} set by the program
              endPoint         "oss-cn-hangzhou.aliyuncs.com"  storages/Mine/Mine.json:4:3
              bucketName       "${BUCKET}-${BUCKET}"           storages/Mine/Mine.json:5:3, ${BUCKET} set by the default in its declaration
              region           none                            storages/Mine/Mine.json:6:3, ${REGION} is not set

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
              BUCKET  set by the default in its declaration  declared by storages.Mine
              NO_ID   not set
              REGION  not set
              SECRET  set by the program
        "#]].assert_eq(&shown(
            r#"{
  "accessKeyId": "${NO_ID:-hush}",
  "accessKeySecret": "${SECRET}",
  "endPoint": "oss-cn-hangzhou.aliyuncs.com",
  "bucketName": "${BUCKET}-${BUCKET}",
  "region": "${REGION}"
}"#,
        ));
    }

    #[test]
    fn a_mistake_is_told_below() {
        expect![[r#"
            storages.Mine "Mine": instance

            Definition
              acme.Shop@0.0.0  storages/Mine/e.json  in use

            Type chain
              storages.Mine     defined by acme.Shop@0.0.0           storages/Mine/e.json
              storages.OssType  loads it, for all apps               registered at crates/jit-storages/src/oss.rs:LINE
              storages.Meta     the family's contract, for all apps  registered at crates/jit-storages/src/functions.rs:LINE

            Loading
              loaded          on first use                     by default
              cacheLevel      0, one instance for the app      by default
              accessModifier  protected, not to be overridden  storages/Mine/e.json:1:48

            Configuration (storages/Mine/Mine.json)
              accessKeySecret  "***"  storages/Mine/Mine.json:2:3
              bucketName       none   storages/Mine/Mine.json:3:3, ${NO_BUCKET} is not set
              secretKey        "***"  storages/Mine/Mine.json:4:3, no Type knows this key

            Configuration keys that are not given
              accessKeyId         unless `credentials`, secret  The access key's id. Text.
              credentials         unless `accessKeyId`          Where the access key is found when it does not stand here: `environment`, `profile`, `ecsRamRole` or `oidc`.
              endPoint            required                      The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
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

            Variables
              BUCKET     set by the default in its declaration  declared by storages.Mine
              NO_BUCKET  not set
            error[JIT0203]: missing keys `accessKeyId`, `endPoint`
             --> storages/Mine/Mine.json:1:1
              |
            1 | {
              | ^ required in this object
              |
              = help: add `accessKeyId`: The access key's id. Text.
              = help: add `endPoint`: The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.

            error[JIT0207]: `bucketName` is empty: the variable `NO_BUCKET` is not set
             --> storages/Mine/Mine.json:3:17
              |
            3 |   "bucketName": "${NO_BUCKET}",
              |                 ^^^^^^^^^^^^^^ a value is required
              |
              = help: set `NO_BUCKET` in the environment

            error[JIT0204]: unknown key `secretKey`
             --> storages/Mine/Mine.json:4:3
              |
            4 |   "secretKey": "****"
              |   ^^^^^^^^^^^ this Type has no such key
              |
              = help: its keys are `accessKeyId`, `accessKeySecret`, `credentials`, `endPoint`, `bucketName`, `region`, `securityToken`, `signatureVersion`, `addressing`, `publicEndPoint`, `publicAddressing`, `connectTimeout`, `readTimeout`, `maxAttempts`, `attemptTimeout`, `multipartThreshold`, `partSize`, `concurrency`

            warning[JIT0212]: the secret `accessKeySecret` stands in the file
             --> storages/Mine/Mine.json:2:22
              |
            2 |   "accessKeySecret": "****",
              |                      ^^^^^^ whoever reads the file knows it
              |
              = help: write `${MINE_ACCESS_KEY_SECRET}` in its place, and set that variable
        "#]].assert_eq(&shown(
            r#"{
  "accessKeySecret": "hush",
  "bucketName": "${NO_BUCKET}",
  "secretKey": "hush"
}"#,
        ));
    }
}
