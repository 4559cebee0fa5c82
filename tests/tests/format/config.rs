//! Configuration files.

use jit_app::{ErrorKind, Status};
use jit_meta::{MetaEntry, TypeEntry, here};
use jit_storages::Storages;
use jit_storages::memory::MemoryType;
use jit_testing::LoadedApp;

use crate::support::{
    codes, element, greet, has, hello, of, polite, registry, says, shop, told, word,
};

/// An app with `greeters.Hello` of a Type that requires a word.
fn strict(config: &str) -> LoadedApp {
    let define = of("greeters.StrictType");
    shop(&[("greeters/Hello/e.json", &define), ("greeters/Hello/Hello.json", config)])
        .load()
        .unwrap()
}

#[tokio::test]
async fn config_own_name() {
    let folder = hello(&word("Own")).file("greeters/Hello/hello.JSON", "{");
    assert_eq!(greet(&folder.load().unwrap(), "greeters.Hello").await.unwrap(), "Own Ann");
}

#[tokio::test]
async fn config_fallback() {
    let app = shop(&[
        ("greeters/Hello/e.json", &polite()),
        ("greeters/Hello/config.json", &word("Moin")),
    ]);
    let app = app.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Moin Ann");
    assert_eq!(
        (codes(&app), app.check()[0].severity),
        (vec!["JIT0209"], jit_meta::Severity::Warning)
    );
    has(&told(&app)[0], &["rename `greeters/Hello/config.json` to `greeters/Hello/Hello.json`"]);
}

#[tokio::test]
async fn config_both() {
    let folder = hello(&word("Own")).file("greeters/Hello/config.json", word("Other"));
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Own Ann");
    assert_eq!(codes(&app), ["JIT0209"]);
    has(&told(&app)[0], &["`greeters/Hello/config.json` is not read"]);
}

#[tokio::test]
async fn config_backend() {
    let in_backend = |file: &str| {
        shop(&[
            ("greeters/Hello/e.json", &polite()),
            (&format!("greeters/Hello/backend/{file}"), &word("Deep")),
        ])
    };
    for (file, expected) in [("Hello.json", vec![]), ("config.json", vec!["JIT0209"])] {
        let app = in_backend(file).load().unwrap();
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Deep Ann", "{file}");
        assert_eq!(codes(&app), expected);
    }
    let folder = in_backend("Hello.json");
    let app = folder.file("greeters/Hello/config.json", word("Near")).load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Near Ann");
}

#[tokio::test]
async fn config_none() {
    let app = shop(&[
        ("greeters/Hello/e.json", &polite()),
        ("greeters/Must/e.json", &of("greeters.StrictType")),
    ]);
    let app = app.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    let error = app.get_element("greeters.Must").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(codes(&app), ["JIT0201"]);
    has(&app.check()[0].notes.join("; "), &["`word`"]);
}

#[test]
fn config_unknown_key() {
    let app = hello(r#"{ "wrod": "x" }"#).load().unwrap();
    assert_eq!(codes(&app), ["JIT0204"]);
    has(&told(&app)[0], &["greeters/Hello/Hello.json:1:", "did you mean `word`?"]);
}

#[test]
fn config_all_at_once() {
    let app = strict(r#"{ "token": 5, "wrod": "x" }"#);
    assert_eq!(codes(&app), ["JIT0203", "JIT0205", "JIT0204", "JIT0212"]);
    let define = r#"{ "title": "x", "type": "storages.OssType" }"#;
    let config = r#"{ "accessKeyId": "id", "endPoint": "http://h/path", "bucketName": "B!", "maxAttempts": 99 }"#;
    let linked = jit_testing::TestApp::new().file("s/X/e.json", define);
    let app = linked.file("s/X/X.json", config).load().unwrap();
    let codes = codes(&app);
    assert!(codes.contains(&"JIT0203") && codes.contains(&"JIT0206"), "{:?}", told(&app));
}

#[test]
fn config_masked() {
    let app = strict(r#"{ "word": 5, "token": "hush-hush", "tokne": "hush-too" }"#);
    assert_eq!(codes(&app), ["JIT0205", "JIT0204", "JIT0212"]);
    let text = jit_app::render::findings(&app.check(), false);
    assert!(!text.contains("hush"), "{text}");
}

#[test]
fn config_exposed() {
    let front = |entry: &str| {
        element(&format!(r#""type": "greeters.PoliteType", "frontBundleEntry": "{entry}""#))
    };
    for (entry, expected) in [
        ("./Hello.json", vec!["JIT0208"]),
        ("Hello.json", vec!["JIT0208"]),
        (".", vec!["JIT0208"]),
        ("*.json", vec!["JIT0208"]),
        ("../Hello/Hello.json", vec!["JIT0208"]),
        ("a/../Hello.json", vec!["JIT0208"]),
        (r".\\Hello.json", vec!["JIT0208"]),
        ("backend", vec!["JIT0208", "JIT0209"]),
        ("", vec![]),
        ("./index.ts", vec![]),
    ] {
        let folder = hello("{}");
        let folder = match entry {
            "backend" => folder.file("greeters/Hello/backend/Hello.json", "{}"),
            _ => folder,
        };
        let folder = folder.file("greeters/Hello/e.json", front(entry));
        assert_eq!(codes(&folder.load().unwrap()), expected, "{entry}");
    }
    // It hides nothing else that is wrong.
    let folder = hello(r#"{ "wrod": "x" }"#).file("greeters/Hello/e.json", front("."));
    assert_eq!(codes(&folder.load().unwrap()), ["JIT0208", "JIT0204"]);
    let list = element(r#""type": "greeters.PoliteType", "frontBundleEntry": ["./Hello.json"]"#);
    let folder = hello("{}").file("greeters/Hello/e.json", &list);
    assert_eq!(codes(&folder.load().unwrap()), ["JIT0105"]);
    // What holds no secrets may be bundled.
    let disk = r#"{ "title": "x", "type": "storages.DiskType", "frontBundleEntry": "./X.json" }"#;
    let folder = jit_testing::TestApp::new().file("s/X/e.json", disk);
    let folder = folder.file("s/X/X.json", r#"{ "directory": "x" }"#);
    assert!(codes(&folder.load().unwrap()).is_empty());
}

#[tokio::test]
async fn config_placeholders() {
    for (text, expected) in [
        ("{{WORD}}", "Ahoy Ann"),
        ("${WORD}", "Ahoy Ann"),
        ("${WORD:-Hi}", "Ahoy Ann"),
        ("a{{WORD}}b${WORD}c", "aAhoybAhoyc Ann"),
    ] {
        assert_eq!(says(&word(text)).await.unwrap(), expected, "{text}");
    }
    assert_eq!(
        says(r#"{ "{{NO:-}}word": "x" }"#).await.unwrap_err().kind(),
        ErrorKind::InvalidConfig
    );
    assert_eq!(says(r#"{ "${KEY:-word}": "x" }"#).await.unwrap(), "x Ann", "in a key");
}

#[tokio::test]
async fn config_unset() {
    for (text, expected) in [
        ("a${NO}b", "ab Ann"),
        ("a{{NO}}b", "ab Ann"),
        ("${NO:-Hi}", "Hi Ann"),
        ("a${NO:-}b", "ab Ann"),
        ("${NO:-a:-b}", "a:-b Ann"),
    ] {
        assert_eq!(says(&word(text)).await.unwrap(), expected, "{text}");
    }
}

#[tokio::test]
async fn config_in_strings() {
    for value in ["say \"hi\"", "a\nb\tc", "back\\slash", "}{", "123", "é\u{1}"] {
        let app = hello(&word("${V}")).variable("V", value).load().unwrap();
        let text = greet(&app, "greeters.Hello").await.unwrap();
        assert_eq!(text, format!("{value} Ann"), "{value:?}");
    }
}

#[test]
fn config_names_element() {
    let told_of = |next: &str| {
        let config = format!(r#"{{ "word": "x", "next": "{next}" }}"#);
        let define = of("greeters.StrictType");
        let app = hello("{}").configured("storages.Files", "storages.MemoryType", "{}");
        let app = app.file("greeters/A/e.json", &define).file("greeters/A/A.json", &config);
        let mut registry = registry();
        registry.add_meta(MetaEntry::new::<Storages>(here!())).unwrap();
        registry.add(TypeEntry::new(None, "storages.MemoryType", &MemoryType, here!())).unwrap();
        let app = app.registry(registry).variable("HI", "greeters.Helo").load().unwrap();
        let told = told(&app);
        assert!(app.elements().iter().all(|element| {
            element.full_name.as_str() != "greeters.A"
                || (element.status == Status::Invalid) != told.is_empty()
        }));
        told.join("\n")
    };
    assert_eq!(told_of("greeters.Hello"), "");
    assert_eq!(told_of("${NO}"), "");
    for (next, parts) in [
        ("greeters.Helo", &["names `greeters.Helo`", "did you mean `greeters.Hello`?"][..]),
        ("${HI}", &["names `${HI}`", "did you mean `greeters.Hello`?"]),
        ("x.Y", &["no such element", "the app's element of `greeters.Meta` is `greeters.Hello`"]),
        ("greeters.A", &["this element itself", "`greeters.Hello`"]),
        ("storages.Files", &["of family `storages.Meta`, not of `greeters.Meta`"]),
        ("greeters.PoliteType", &["no such element", "is `greeters.Hello`"]),
    ] {
        let told = told_of(next);
        has(&told, &["JIT0211", "greeters/A/A.json:1:24", "`next` names"]);
        has(&told, parts);
    }
}

#[test]
fn config_literal_secret() {
    let warned = |config: &str| {
        let app = hello(config).variable("TOKEN", "hush").load().unwrap();
        assert!(!jit_app::render::findings(&app.check(), false).contains("hush"));
        told(&app).join("\n")
    };
    let told = warned(r#"{ "token": "hush" }"#);
    has(&told, &["JIT0212", "greeters/Hello/Hello.json:1:12", "`token`", "`${HELLO_TOKEN}`"]);
    for config in [r#"{ "token": "${TOKEN}" }"#, r#"{ "token": "" }"#, r#"{ "word": "hush" }"#] {
        assert_eq!(warned(config), "", "{config}");
    }
}

#[tokio::test]
async fn config_outside_strings() {
    let config = r#"{ "word": ${V}, "times": ${TIMES} }"#;
    let app = hello(config).variable("V", "\"Hi\"").variable("TIMES", "2").load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hi Hi Ann");
    let unset = says(r#"{ "times": ${NO}, "word": "a" }"#).await.unwrap_err();
    has(&unset.to_string(), &["not valid JSON"]);
    let quoted = hello(r#"{ "times": "${TIMES}" }"#).variable("TIMES", "2").load().unwrap();
    assert_eq!(codes(&quoted), ["JIT0205"], "text stays text");
}

#[tokio::test]
async fn config_once() {
    let app = hello(&word("${A}")).variable("A", "${B} {{B}}").variable("B", "no").load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "${B} {{B}} Ann");
}

#[tokio::test]
async fn config_other_text() {
    for text in ["cost $5", "a ${A B} b", "x {{ WORD }}", "{WORD}", "a$WORD", "$${}"] {
        assert_eq!(says(&word(text)).await.unwrap(), format!("{text} Ann"));
    }
    for text in ["${WORD", "{{ WORD }}", "$WORD", "${A B}"] {
        let app = hello(&word(text)).variable("WORD", "x").load().unwrap();
        assert_eq!(codes(&app), ["JIT0210"], "{text}");
    }
}

#[test]
fn config_no_nesting() {
    for text in ["${REG:-${WORD}}", "a ${REG:-{{WORD}}} b", "${WORD:-${REG:-x}}"] {
        for config in [word(text), format!(r#"{{ "times": {text} }}"#)] {
            let app = hello(&config).variable("WORD", "x").load().unwrap();
            assert_eq!(codes(&app), ["JIT0210"], "{config}");
            has(&told(&app)[0], &["defaults do not nest"]);
        }
    }
    let app = hello(r#"{ "token": "${SK:-${TOKEN:-hush}}", "wrod": "x" }"#).load().unwrap();
    assert_eq!(codes(&app), ["JIT0210", "JIT0204"]);
    assert!(!jit_app::render::findings(&app.check(), false).contains("hush"));
}

#[tokio::test]
async fn config_optional_empty() {
    assert_eq!(says(r#"{ "word": "${NO}", "times": "{{NO}}" }"#).await.unwrap(), "Hello Ann");
}

#[test]
fn config_required_empty() {
    for text in ["${NO}", "{{NO}}", "${NO}${NO}"] {
        let app = strict(&word(text));
        assert_eq!(codes(&app), ["JIT0207"], "{text}");
        has(&told(&app)[0], &["`word`", "`NO`"]);
    }
}
