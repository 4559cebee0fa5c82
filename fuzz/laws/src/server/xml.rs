//! Bodies that are XML.

use super::{BUCKET, with};

/// Documents that are kept and returned as given.
const DOCUMENTS: [&str; 8] =
    ["cors", "lifecycle", "encryption", "logging", "policy", "referer", "tagging", "website"];

/// A body of any bytes is taken or refused. What is taken and kept as given comes back as it was given, and tags that
/// come back are taken again. The first byte says which operation it is for.
pub fn oss_xml(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    with(true, |server| {
        let xml = "application/xml";
        let ask = |method: &str, target: &str| server.ask(method, target, xml, body);
        let object = format!("/{BUCKET}/k");
        let first = usize::from(*first);
        if let Some(name) = DOCUMENTS.get(first % 16) {
            let target = format!("/{BUCKET}/?{name}");
            if ask("PUT", &target).status == 200 {
                let kept = server.ask("GET", &target, xml, b"");
                assert_eq!(kept.status, 200, "{name}");
                assert!(kept.body == body, "{name} came back otherwise");
            }
            server.ask("DELETE", &target, xml, b"");
            return server.check();
        }
        server.ask("PUT", &object, xml, b"content");
        match first % 16 {
            8 => drop(ask("PUT", &format!("/{BUCKET}/?versioning"))),
            9 => drop(ask("PUT", "/another-bucket/")),
            10 => drop(ask("POST", &format!("/{BUCKET}/?delete"))),
            11 => drop(ask("POST", &format!("{object}?restore"))),
            12 | 13 => {
                let target = format!("{object}?tagging");
                if ask("PUT", &target).status == 200 {
                    let kept = server.ask("GET", &target, xml, b"");
                    let again = server.ask("PUT", &target, xml, &kept.body);
                    let shown = String::from_utf8_lossy(&kept.body);
                    assert_eq!((kept.status, again.status), (200, 200), "{shown}");
                    assert!(server.ask("GET", &target, xml, b"").body == kept.body, "{shown}");
                }
            }
            _ => {
                let begun = server.ask("POST", &format!("{object}?uploads"), xml, b"");
                let text = String::from_utf8_lossy(&begun.body);
                let id = text.split("<UploadId>").nth(1).and_then(|rest| rest.split('<').next());
                let id = id.unwrap_or_else(|| panic!("no upload: {text}"));
                let part = format!("{object}?partNumber=1&uploadId={id}");
                server.ask("PUT", &part, xml, b"part");
                if ask("POST", &format!("{object}?uploadId={id}")).status == 200 {
                    assert_eq!(server.ask("GET", &object, xml, b"").body, b"part");
                } else {
                    server.ask("DELETE", &format!("{object}?uploadId={id}"), xml, b"");
                }
            }
        }
        server.check();
    });
}
