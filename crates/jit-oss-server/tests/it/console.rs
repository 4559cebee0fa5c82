//! The pages for people.

use jit_oss_server::OssServer;

use crate::support::{BUCKET, Wire, ask, builder, get, put};

/// What a page must not let through.
const HOSTILE: &str = "d<b>ir/\"><script>alert(1)<!--&amp;\u{202E}'.html";

async fn server() -> OssServer {
    builder().console().start().await.unwrap()
}

/// A page of the console, asked for as a browser does.
fn page(server: &OssServer, path: &str) -> Wire {
    let url = server.console_url().unwrap();
    let target = url.strip_prefix(&server.endpoint().to_string()).unwrap();
    let host = server.address().to_string();
    get("").unsigned().set("host", &host).target(&format!("{target}{path}"))
}

/// The values of an attribute, unescaped.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let before = format!(" {name}=\"");
    let values = html.split(&before).skip(1).filter_map(|part| part.split('"').next());
    values.map(|v| v.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn only_who_knows_its_address_sees_it() {
    let server = server().await;
    let good = page(&server, "");
    assert_eq!(good.send(&server).await.status, 200);
    let short = good.target.strip_suffix('/').unwrap();
    let mut cut = short.to_owned();
    cut.pop();
    for (target, status) in [
        (short, 303),
        (&cut, 403),
        (&format!("{short}x/"), 403),
        ("/-/console/", 403),
        ("/-/console/x/objects", 403),
        (&format!("{}nothing", good.target), 404),
    ] {
        assert_eq!(good.clone().target(target).send(&server).await.status, status, "{target}");
    }
    let post = Wire { method: "POST".to_owned(), ..good.clone() };
    assert_eq!(post.send(&server).await.status, 405);
    // A name that somebody else's server gives this address would be another site to a browser.
    let elsewhere = good.clone().set("host", "my-bucket.oss-cn-hangzhou.aliyuncs.com");
    assert_eq!(elsewhere.send(&server).await.status, 403);
    let none = builder().start().await.unwrap();
    assert!(none.console_url().is_none());
    assert_eq!(good.send(&none).await.status, 404);
    // Its address is not told again.
    let key = good.target.trim_end_matches('/').rsplit('/').next().unwrap();
    let told = format!("{server:?} {:?}", server.requests());
    assert!(told.contains("/-/console/***") && !told.contains(key), "{told}");
}

#[tokio::test]
async fn it_shows_a_folder_at_a_time_and_nothing_unescaped() {
    let server = server().await;
    for key in [HOSTILE, "a.txt", "z/1", "z/2"] {
        assert_eq!(put(key, "12345").v4().send(&server).await.status, 200);
    }
    let reply = page(&server, "").send(&server).await;
    assert!(reply.text().contains(&format!("objects?bucket={BUCKET}&amp;prefix=&amp;after=")));
    assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    let top = page(&server, "objects?bucket=my-bucket").send(&server).await.text();
    let is_folder = |to: &String| to.starts_with("objects") && to.contains("%2F");
    let folders: Vec<_> = attributes(&top, "href").into_iter().filter(is_folder).collect();
    assert_eq!(folders.len(), 2, "{folders:?}");
    let inside = page(&server, &folders[0]).send(&server).await.text();
    for text in [&top, &inside] {
        assert!(!text.contains("<b>") && !text.contains("<script>alert"), "{text}");
        assert!(!text.contains('\u{202E}') || text.contains("value="), "{text}");
    }
    assert!(inside.contains("&lt;script&gt;alert(1)&lt;!--&amp;amp;\\u{202e}&#39;.html"));
    let none = page(&server, "objects?bucket=%3Cscript%3E").send(&server).await;
    assert_eq!((none.status, none.text().contains("There is no such bucket.")), (404, true));
}

#[tokio::test]
async fn its_links_download_and_its_forms_upload() {
    let server = server().await;
    for key in [HOSTILE, "dots/../k"] {
        put(key, "content").v4().send(&server).await;
    }
    let folder = format!("objects?bucket={BUCKET}&prefix={}", jit_oss::escape::query("d<b>ir/"));
    let html = page(&server, &folder).send(&server).await.text();
    let link = attributes(&html, "data-link").remove(0);
    let copied = link.strip_prefix(&server.endpoint().to_string()).unwrap();
    let download = attributes(&html, "href").into_iter().find(|to| to.contains("signature"));
    for (target, disposition) in [(copied, ""), (&*download.unwrap(), "attachment")] {
        let reply = get("").unsigned().target(target).send(&server).await;
        assert_eq!((reply.verdict(), reply.text()), ("200".to_owned(), "content".to_owned()));
        assert_eq!(reply.header("content-disposition"), disposition);
    }
    // A browser would ask for `k`.
    let dots = page(&server, "objects?bucket=my-bucket&prefix=dots/../").send(&server).await.text();
    assert!(attributes(&dots, "data-link").is_empty() && dots.contains("no browser"));

    let names = html.split("name=\"").skip(1).filter_map(|part| part.split('"').next());
    let names: Vec<_> = names.filter(|name| !["viewport", "file"].contains(name)).collect();
    let values = attributes(&html, "value");
    assert_eq!(names.len(), values.len());
    let send = async |replace: Option<(&str, &str)>| {
        let mut body = String::new();
        for (&name, value) in names.iter().zip(&values) {
            let value = replace.filter(|(n, _)| *n == name).map_or(value.as_str(), |(_, v)| v);
            body += &format!(
                "--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        body += "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"new.txt\"\r\n";
        body += "Content-Type: text/plain\r\n\r\nfrom a form\r\n--B--\r\n";
        let form = crate::support::Ask { body: body.into_bytes(), ..ask("POST", "") };
        let form = form.header("content-type", "multipart/form-data; boundary=B").unsigned();
        form.send(&server).await
    };
    let reply = send(None).await;
    assert_eq!(reply.verdict(), "303");
    assert_eq!(get("d<b>ir/new.txt").v4().send(&server).await.text(), "from a form");
    // With a token, too.
    let keys = crate::support::credentials().with_security_token("hush-token");
    let temporary = OssServer::builder().bucket(BUCKET).credentials(keys).console();
    let temporary = temporary.start().await.unwrap();
    let html = page(&temporary, "objects?bucket=my-bucket").send(&temporary).await.text();
    assert!(html.contains("name=\"x-oss-security-token\" value=\"hush-token\""));

    // It leads back to where it came from.
    let back = reply.header("location").strip_prefix(&server.console_url().unwrap()).unwrap();
    let back = page(&server, back).send(&server).await;
    assert!(back.text().contains("Uploaded <bdi>d&lt;b&gt;ir/new.txt</bdi>"), "{}", back.text());
    for changed in [("key", "elsewhere/x"), ("success_action_redirect", "http://evil.example/")] {
        assert_eq!(send(Some(changed)).await.verdict(), "403 AccessDenied", "{changed:?}");
    }
}

#[tokio::test]
async fn it_shows_what_was_refused_and_why() {
    let server = server().await;
    put("k", "x").v4().send(&server).await;
    let tampered = put("k", "y").header("x-oss-meta-a", "1").v4().set("x-oss-meta-a", "<b>");
    assert_eq!(tampered.send(&server).await.status, 403);
    let html = page(&server, "requests").send(&server).await.text();
    assert_eq!(html.matches("<tr class=\"bad\">").count(), 1);
    assert!(html.contains("403 SignatureDoesNotMatch"), "{html}");
    assert!(html.contains("x-oss-meta-a:&lt;b&gt;") && !html.contains("<b>"), "{html}");
    assert!(html.find("403").unwrap() < html.find("<td>200").unwrap(), "the latest is the first");
    assert!(!html.contains("/-/console"), "pages of its own are left out");
}
