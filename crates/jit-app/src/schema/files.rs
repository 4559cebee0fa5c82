//! The schemas of `e.json` and `app.json`.

use serde_json::{Value as Json, json};

use super::DRAFT;

/// A key that tells editors which schema a file has.
pub(super) fn schema_key() -> Json {
    json!({ "type": "string", "description": "The schema of this file, for editors; otherwise ignored." })
}

/// The schema of `e.json`. `types` are offered; others are allowed, as an app may name Types that are not
/// linked into this program.
pub(super) fn element(types: &[String]) -> Json {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let list = |description: &str, items: Json| json!({ "type": "array", "description": description, "items": items });
    let argument = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": text("The name it is passed by."),
            "title": text("The display name."),
            "dataType": text("The data type, like `Stext`."),
            "value": { "description": "The default value." },
        },
    });
    let function = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": text("The name it is called by."),
            "title": text("The display name."),
            "args": list("Its arguments, in order.", argument.clone()),
            "returnType": text("The data type of its result."),
            "async": flag("Whether it runs in the background."),
            "loginRequired": flag("Whether callers must be logged in; they must unless it says no."),
            "ignoreSign": flag("Whether the request's signature is not checked."),
            "desc": text("What it does."),
        },
    });
    let variable = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": text("The name used in placeholders."),
            "title": text("The display name."),
            "value": { "type": ["string", "null"], "description": "The value used when the environment has none." },
            "required": flag("Whether the app cannot work without a value."),
            "remark": text("What the variable is for."),
        },
    });
    json!({
        "$schema": DRAFT,
        "title": "e.json: an element",
        "type": "object",
        "required": ["title", "type"],
        "properties": {
            "$schema": schema_key(),
            "title": text("The display name."),
            "type": {
                "description": "The full name of the Type this is an instance of, or of the family (Meta) or Type that a Type belongs to; empty for a Meta.",
                "anyOf": [{ "enum": types }, { "type": "string" }],
            },
            "icon": text("The icon."),
            "description": text("What the element is for."),
            "tag": text("Labels, with commas between them."),
            "backendBundleEntry": text("Where its back end is: `.` or `./backend`."),
            "frontBundleEntry": text("Where its front end is: a script or a JSON file. It goes to browsers: never a file with secrets."),
            "frontMobileBundleEntry": text("Where its front end for mobile devices is."),
            "outputName": text("The name of the front end's bundle."),
            "loadTime": {
                "description": "When the front end loads it; on demand unless given.",
                "enum": ["startUp", "afterStartUp"],
            },
            "backendLoadTime": {
                "description": "When the back end loads it; on first use unless given.",
                "enum": ["afterAppInit", "beforeHandleRequest"],
            },
            "cacheLevel": {
                "description": "How long an instance lives: 0, as long as the app; 1, for one request. That of its Type unless given, otherwise 0.",
                "enum": [0, 1],
            },
            "accessModifier": {
                "description": "Who sees it: its own app only (private), the apps that extend it without overriding it (protected), everybody (public). Public unless given.",
                "anyOf": [
                    { "enum": ["private", "protected", "public"] },
                    { "const": "protect", "deprecated": true },
                ],
            },
            "functionList": list("The functions it declares.", function),
            "variables": {
                "description": "The variables it declares, to be set in the app's environment.",
                "anyOf": [{ "type": "array", "items": variable }, { "type": "object", "maxProperties": 0 }],
            },
            "loader": text("The front end's own loader."),
            "targetType": {
                "description": "The Types that an editor is for.",
                "type": ["string", "array"],
                "items": { "type": "string" },
            },
            "sort": { "type": "integer", "description": "Its place among others: the smaller the earlier." },
            "inputArgs": list("What an agent or assistant takes.", argument.clone()),
            "outputArgs": list("What an agent or assistant gives.", argument),
            "eventDescs": list("The events that a service may publish.", json!({ "type": "object" })),
            "platform": text("`PC` or `MOBILE`."),
            "db": text("The database of a model."),
            "path": text("Written by tools."),
            "extendType": text("Written by tools."),
        },
    })
}

/// Real files write flags as 0 and 1, too.
fn flag(description: &str) -> Json {
    json!({ "enum": [true, false, 0, 1], "description": description })
}

/// The schema of `app.json`.
pub(super) fn app() -> Json {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let version = |description: &str| json!({ "type": "string", "pattern": r"^\d+\.\d+\.\d+$", "description": description });
    let id = |description: &str| json!({ "type": "string", "pattern": r"^[^.{}]+\.[^{}]+$", "description": description });
    json!({
        "$schema": DRAFT,
        "title": "app.json: an app",
        "type": "object",
        "required": ["appId"],
        "properties": {
            "$schema": schema_key(),
            "appId": id("The organisation, a dot and the app's name: `org.Name`."),
            "name": text("The internal name; what follows the dot of `appId` unless given."),
            "title": text("The display name; the name unless given."),
            "version": version("The version, like `1.0.0`; that of the folder unless given, otherwise `0.0.0`."),
            "orgId": text("The organisation; it follows from `appId` and must not contradict it."),
            "icon": text("The icon."),
            "theme": text("The colour, like `#3d65fd`."),
            "encrypted": flag("Whether the source is encrypted."),
            "extends": {
                "type": "array",
                "description": "The apps it builds on, the nearest first.",
                "items": {
                    "type": "object",
                    "required": ["appId", "version"],
                    "properties": {
                        "appId": id("The app's id."),
                        "version": version("Exactly this version."),
                    },
                },
            },
            "settings": {
                "type": "object",
                "properties": {
                    "defaultElement": {
                        "type": "object",
                        "description": "The full names of elements that serve where none is named.",
                        "properties": {
                            "defaultStorage": text("The storage."),
                            "defaultDatabase": text("The database."),
                            "defaultCache": text("The cache."),
                            "defaultShell": text("The portal."),
                        },
                        "additionalProperties": { "type": "string" },
                    },
                    "elementSettings": { "type": "object" },
                },
            },
            "files": { "type": "object" },
            "requirements": { "type": "array" },
        },
    })
}
