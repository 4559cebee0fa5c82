//! The pages: buckets, what is in one, and the latest requests.

use http::StatusCode;
use jit_oss::{Timestamp, escape};

use super::Visit;
use super::grant;
use super::html::Html;
use crate::store::listing::{Listing, Page};

/// How many objects are on a page.
const OBJECTS: usize = 200;
/// How many requests are shown.
const REQUESTS: usize = 200;

/// A page's status, title and content.
pub(super) type Content = (StatusCode, String, Html);

/// A sentence on a page of its own.
pub(super) fn message(text: &str) -> Html {
    let mut html = Html::default();
    html.raw("<p>");
    html.text(text);
    html.raw("</p>\n");
    html
}

/// The buckets there are.
pub(super) fn buckets(visit: Visit<'_>) -> Content {
    let buckets: Vec<_> = visit.state.store.read(|index| {
        let all = index.buckets();
        let made = |created| Timestamp::from_unix(created).iso_extended();
        all.map(|(name, bucket)| (name.clone(), made(bucket.properties.created))).collect()
    });
    let mut html = head("Buckets");
    if buckets.is_empty() {
        html.add(message("There is no bucket yet. Start the server with --bucket NAME, or make one with a client."));
        return (StatusCode::OK, "Buckets".to_owned(), html);
    }
    html.raw("<table id=\"buckets\"><thead><tr><th>Bucket<th>Created</thead><tbody>\n");
    for (name, created) in buckets {
        html.raw("<tr><td>");
        link(&mut html, &objects_link(&name, "", ""), &name);
        html.raw("<td>");
        html.text(&created);
        html.raw("\n");
    }
    html.raw("</table>\n");
    (StatusCode::OK, "Buckets".to_owned(), html)
}

/// What is in a bucket, a folder at a time.
pub(super) fn objects(visit: Visit<'_>) -> Content {
    let (name, prefix, after) =
        (visit.query("bucket"), visit.query("prefix"), visit.query("after"));
    let page = Page { prefix, delimiter: "/", after, max: OBJECTS };
    let listing =
        visit.state.store.read(|index| Some(index.bucket(name).ok()?.list_objects(&page)));
    let mut html = head("Buckets");
    let Some(Listing { items, common_prefixes, next }) = listing else {
        html.add(message("There is no such bucket."));
        return (StatusCode::NOT_FOUND, "Not found".to_owned(), html);
    };
    way(&mut html, name, prefix);
    // What the upload's answer adds when it leads back here.
    let uploaded = visit.query("key");
    if !uploaded.is_empty() {
        html.raw("<p id=\"done\" class=\"good\">Uploaded <bdi>");
        html.text(uploaded);
        html.raw("</bdi>.</p>\n");
    }
    upload(&mut html, visit, name, prefix);
    html.raw("<table id=\"objects\"><thead><tr><th>Name<th>Size<th>Modified<th>Class<th></thead><tbody>\n");
    for folder in &common_prefixes {
        html.raw("<tr class=\"folder\"><td>");
        let shown = folder.strip_prefix(prefix).unwrap_or(folder);
        link(&mut html, &objects_link(name, folder, ""), shown);
        html.raw("<td><td><td><td>\n");
    }
    for (key, version) in &items {
        html.raw("<tr class=\"object\"><td><bdi>");
        html.text(key.strip_prefix(prefix).filter(|rest| !rest.is_empty()).unwrap_or(key));
        html.raw("</bdi><td class=\"number\">");
        html.text(&grouped(version.size));
        html.raw("<td class=\"time\">");
        html.text(&Timestamp::from_unix(version.modified).iso_extended());
        html.raw("<td>");
        html.text(version.attributes.storage_class.name());
        html.raw("<td>");
        offers(&mut html, visit, name, key);
        html.raw("\n");
    }
    html.raw("</table>\n");
    if items.is_empty() && common_prefixes.is_empty() {
        html.add(message("Nothing is here."));
    }
    if let Some(next) = next {
        html.raw("<p>");
        link(&mut html, &objects_link(name, prefix, &next), "Next page");
        html.raw("</p>\n");
    }
    (StatusCode::OK, name.to_owned(), html)
}

/// The latest requests, and why those were refused that were.
pub(super) fn requests(visit: Visit<'_>) -> Content {
    let mut html = head("Requests");
    html.raw(
        "<p>The latest first; those for these pages are left out.</p>\n<table id=\"requests\"><thead>\
         <tr><th>When<th>Status<th>Operation<th>Request<th>Took</thead><tbody>\n",
    );
    for record in visit.state.records.latest(REQUESTS) {
        let is_refused = record.code.is_some() || record.status.is_none();
        html.raw(if is_refused { "<tr class=\"bad\">" } else { "<tr>" });
        html.raw("<td class=\"time\">");
        html.text(&record.time.iso_extended());
        html.raw("<td>");
        html.text(
            &record.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string()),
        );
        if let Some(code) = &record.code {
            html.raw(" ");
            html.text(code);
        }
        html.raw("<td>");
        html.text(&record.operation.map_or_else(String::new, |operation| format!("{operation:?}")));
        html.raw("<td><code>");
        html.text(&format!("{} {}", record.method, record.target));
        html.raw("</code>");
        if let Some(diagnosis) = &record.diagnosis {
            html.raw("<details><summary>Why the signature was refused</summary><pre>");
            html.text(diagnosis);
            html.raw("</pre></details>");
        }
        html.raw("<td class=\"number\">");
        html.text(&format!("{:.1} ms", record.elapsed.as_secs_f64() * 1e3));
        html.raw("\n");
    }
    html.raw("</table>\n");
    (StatusCode::OK, "Requests".to_owned(), html)
}

/// What every page begins with.
fn head(here: &str) -> Html {
    let mut html = Html::default();
    html.raw("<nav>");
    for (to, name) in [("./", "Buckets"), ("requests", "Requests")] {
        if name == here {
            html.raw("<a class=\"here\"");
        } else {
            html.raw("<a");
        }
        html.attribute("href", to);
        html.raw(">");
        html.text(name);
        html.raw("</a>");
    }
    html.raw("</nav>\n");
    html
}

/// The folders from the bucket down to `prefix`, each a link.
fn way(html: &mut Html, bucket: &str, prefix: &str) {
    html.raw("<h1>");
    link(html, &objects_link(bucket, "", ""), bucket);
    let mut end = 0;
    for folder in prefix.split_inclusive('/') {
        end += folder.len();
        html.raw(" / ");
        let to = objects_link(bucket, prefix.get(..end).unwrap_or(prefix), "");
        link(html, &to, folder.strip_suffix('/').unwrap_or(folder));
    }
    html.raw("</h1>\n");
}

/// A form that a browser sends straight to the bucket.
fn upload(html: &mut Html, visit: Visit<'_>, bucket: &str, prefix: &str) {
    let back = format!(
        "http://{}{}{}",
        visit.host,
        visit.console.path(),
        objects_link(bucket, prefix, "")
    );
    html.raw("<form id=\"upload\" method=\"post\" enctype=\"multipart/form-data\"");
    html.attribute("action", &format!("/{bucket}/"));
    html.raw(">");
    for (name, value) in grant::form(visit, bucket, prefix, back) {
        html.raw("<input type=\"hidden\" name=\"");
        html.raw(name);
        html.raw("\"");
        html.attribute("value", &value);
        html.raw(">");
    }
    html.raw("<input type=\"file\" name=\"file\" required> <button>Upload here</button></form>\n");
}

/// What can be done with an object.
fn offers(html: &mut Html, visit: Visit<'_>, bucket: &str, key: &str) {
    let links = [true, false].map(|as_file| grant::download(visit, bucket, key, as_file));
    let [Some(download), Some(link)] = links else {
        html.raw("<small>no browser asks for a name with <code>.</code> or <code>..</code> in it</small>");
        return;
    };
    html.raw("<a class=\"download\" rel=\"noopener\"");
    html.attribute("href", &download);
    html.raw(">Download</a> <button type=\"button\" class=\"copy\"");
    html.attribute("data-link", &format!("http://{}{link}", visit.host));
    html.raw(">Copy link</button>");
}

fn link(html: &mut Html, to: &str, text: &str) {
    html.raw("<a");
    html.attribute("href", to);
    html.raw("><bdi>");
    html.text(text);
    html.raw("</bdi></a>");
}

fn objects_link(bucket: &str, prefix: &str, after: &str) -> String {
    let [bucket, prefix, after] = [bucket, prefix, after].map(escape::query);
    format!("objects?bucket={bucket}&prefix={prefix}&after={after}")
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        for (number, shown) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), shown);
        }
    }
}
