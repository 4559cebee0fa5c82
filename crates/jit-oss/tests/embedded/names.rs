//! Any legal object name survives whatever is done with the object.

use jit_oss::{ListEntry, ObjectId};

use crate::support::{follow, server};

/// Names that something on the way could take for something else.
const ODD: &[&str] = &[
    "a",
    "a/",
    "a//b",
    "a/../b",
    "./a",
    "..",
    ".",
    "a b",
    " a ",
    "a+b",
    "%2F",
    "%",
    "a%zz",
    "?",
    "a?b=c",
    "#",
    "&",
    "a;b",
    "=",
    "\"'<>&",
    "~-._",
    "!*()",
    "@:,$",
    "[]{}|^`",
    "\\a",
    "a\\b",
    "\u{1}",
    "\t",
    "\r\n",
    "\n",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "目录/文件",
    "é",
    "e\u{301}",
    "😀",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "]]>",
    "<!--",
    "&amp;",
    "&#0;",
    "acl",
    "uploads",
    "K",
    "k",
];

fn random_name(random: &mut fastrand::Rng) -> String {
    let length = random.usize(1..40);
    let mut name = String::new();
    while name.len() < length {
        let character = match random.u8(..4) {
            0 => char::from(random.u8(0..128)),
            1 => char::from(random.choice(*b"/%+ ?&=.\\").unwrap()),
            _ => random.char(..),
        };
        name.push(character);
    }
    name
}

fn names() -> Vec<String> {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let odd = ODD.iter().map(|name| (*name).to_owned());
    let longest = ["a".repeat(1023), "/".repeat(1022) + "x", "é".repeat(511), "%".repeat(1023)];
    let random = (0..80).map(|_| random_name(&mut random)).collect::<Vec<_>>();
    let mut names: Vec<_> = odd.chain(longest).chain(random).collect();
    names.retain(|name| jit_oss::check_key(name).is_ok());
    names.sort();
    names.dedup();
    names
}

#[tokio::test]
async fn any_name_survives() {
    let (server, bucket) = server().await;
    let names = names();
    for name in &names {
        let put = bucket.put_object(name, name.clone()).await.unwrap();
        assert!(put.receipt.crc_verified, "{name:?}");
        let head = bucket.head_object(name).await.unwrap();
        assert_eq!((head.size, head.etag), (name.len() as u64, put.etag), "{name:?}");
        let got = bucket.get_object(name).whole().await.unwrap();
        assert!(got.metadata.receipt.crc_verified, "{name:?}");
        assert_eq!(got.data, name.as_bytes(), "{name:?}");
        let copy = bucket.copy_object(name, "copy").await.unwrap();
        assert_eq!(copy.crc64, put.crc64, "{name:?}");
        bucket.copy_object("copy", name).await.unwrap();
        let recipe = bucket.presign_get(name).sign().await.unwrap();
        let (status, body) = follow(&recipe, b"").await;
        assert_eq!((status, body.as_slice()), (200, name.as_bytes()), "{name:?}");
        let recipe = bucket.presign_put(name).sign().await.unwrap();
        assert_eq!(follow(&recipe, name.as_bytes()).await.0, 200, "{name:?}");
    }
    bucket.delete_object("copy").await.unwrap();
    for size in [7, 1000] {
        let listed = bucket.list_objects().page_size(size).entries().all().await.unwrap();
        let listed: Vec<_> = listed.iter().map(ListEntry::name).collect();
        assert_eq!(listed, names, "in byte order, each once");
    }
    let (one_by_one, at_once) = names.split_at(names.len() / 2);
    for name in one_by_one {
        bucket.delete_object(name).await.unwrap();
    }
    let deleted = bucket.delete_objects(at_once.iter().cloned()).await.unwrap();
    let deleted = deleted.all_deleted().unwrap();
    assert_eq!(deleted, at_once.iter().cloned().map(ObjectId::from).collect::<Vec<_>>());
    assert!(bucket.list_objects().entries().next().await.unwrap().is_none());
    server.shutdown().await;
}
