//! The files of elements, as `TestApp` writes them.

use std::path::Path;
use std::{fs, io};

use jit_app::is_source_folder;

/// An `e.json`.
pub(crate) fn define(title: &str, type_name: &str) -> String {
    let (title, type_name) = (quoted(title), quoted(type_name));
    format!("{{\n  \"title\": {title},\n  \"type\": {type_name}\n}}\n")
}

/// An `app.json`.
pub(crate) fn manifest(app_id: &str, extends: &[(String, String)]) -> String {
    let parent = |(app_id, version): &(String, String)| {
        format!("{{ \"appId\": {}, \"version\": {} }}", quoted(app_id), quoted(version))
    };
    let app_id = quoted(app_id);
    match extends {
        [] => format!("{{ \"appId\": {app_id} }}\n"),
        _ => {
            let extends: Vec<_> = extends.iter().map(parent).collect();
            format!("{{ \"appId\": {app_id}, \"extends\": [{}] }}\n", extends.join(", "))
        }
    }
}

/// The configuration of a `storages.OssType` whose server is told by variables.
pub(crate) fn oss(bucket: &str) -> String {
    format!(
        r#"{{
  "accessKeyId": "${{OSS_ACCESS_KEY_ID}}",
  "accessKeySecret": "${{OSS_ACCESS_KEY_SECRET}}",
  "endPoint": "${{OSS_ENDPOINT}}",
  "bucketName": {},
  "region": "${{OSS_REGION}}"
}}
"#,
        quoted(bucket)
    )
}

fn quoted(text: &str) -> serde_json::Value {
    text.into()
}

/// Writes a file, folders included.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, bytes)
}

/// Copies what an app is made of.
pub(crate) fn copy(app: &Path, to: &Path) -> io::Result<()> {
    copy_below(app, Path::new(""), to)
}

fn copy_below(app: &Path, folder: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to.join(folder))?;
    for entry in fs::read_dir(app.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            fs::copy(entry.path(), to.join(&path))?;
        } else if is_source_folder(app, &path) {
            copy_below(app, &path, to)?;
        }
    }
    Ok(())
}
