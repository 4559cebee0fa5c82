//! Names.

use jit_meta::{FullName, is_name_segment, nearest};

const KNOWN: [&str; 5] =
    ["storages.OssType", "storages.DiskType", "storages.MyOss", "pages.GridType", "_"];

/// A text is a [`FullName`] when each of its segments is an identifier, and is then that name's text.
pub fn full_name(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let is_name = text.split('.').all(|segment| {
        segment.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && segment.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    match text.parse::<FullName>() {
        Ok(name) => {
            assert!(is_name, "{text:?} is no name");
            assert_eq!((name.to_string().as_str(), name.as_str()), (&*text, &*text));
            assert_eq!(name.to_string().parse().as_ref(), Ok(&name));
            assert_eq!(format!("{name:?}"), format!("{text:?}"));
            assert_eq!(serde_json::to_string(&name).ok(), serde_json::to_string(&text).ok());
            assert!(text.split('.').all(is_name_segment), "{text:?}");
            let namespace = name.namespace().map(|namespace| format!("{namespace}."));
            assert_eq!(namespace.unwrap_or_default() + name.name(), text);
            assert_eq!(Some(name.family()), text.split('.').next());
        }
        Err(error) => {
            assert!(!is_name, "{text:?} is a name: {error}");
            assert!(error.to_string().contains(&*text), "{text:?}: {error}");
        }
    }
    let offered = nearest(&text, KNOWN);
    assert!(offered.len() <= 3 && offered.iter().all(|name| KNOWN.contains(name)), "{offered:?}");
    assert_eq!(offered, nearest(&text, KNOWN.into_iter().rev()), "the order decides");
    if KNOWN.contains(&&*text) {
        assert_eq!(offered.first(), Some(&&*text));
    }
}
