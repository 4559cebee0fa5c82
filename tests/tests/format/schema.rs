//! Schemas for editors.

use crate::support::{codes, greet, hello, told};

#[test]
fn schema_files() {
    let schemas = hello("{}").load().unwrap().schemas();
    let names: Vec<_> = schemas.schemas.keys().map(String::as_str).collect();
    let types = ["greeters.PlaceType", "greeters.PoliteType", "greeters.StrictType"];
    assert_eq!(names, ["app", "e", types[0], types[1], types[2]]);
    let hello = ("greeters/Hello/Hello.json".to_owned(), "greeters.PoliteType".to_owned());
    assert_eq!(schemas.configs, [hello]);
    let strict = &schemas.schemas["greeters.StrictType"];
    assert_eq!(strict["required"], serde_json::json!(["word"]), "{strict}");
    // Editors offer the elements that a key may name.
    let next = &strict["properties"]["next"];
    assert_eq!(next["examples"], serde_json::json!(["greeters.Hello"]), "{next}");
}

#[tokio::test]
async fn schema_key() {
    let schema = r#""$schema": "../../x.schema.json""#;
    let define = format!(r#"{{ {schema}, "title": "x", "type": "greeters.PoliteType" }}"#);
    let folder = hello(&format!(r#"{{ {schema}, "word": "Hi" }}"#));
    let folder = folder.file("greeters/Hello/e.json", &define);
    let manifest = format!(r#"{{ {schema}, "appId": "acme.Shop" }}"#);
    let app = folder.file("app.json", &manifest).load().unwrap();
    assert!(codes(&app).is_empty(), "{:?}", told(&app));
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hi Ann");
}
