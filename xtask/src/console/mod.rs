//! `cargo xtask console`: the server's console, used with Chromium as a person does.

mod browser;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::sign::{self, v4};
use jit_oss::{Bucket, Client, Config, Credentials, Timestamp};
use serde_json::{Value, json};

use crate::interop::server::{BUCKET, REGION, Server};
use crate::{Result, http, workspace};
use browser::{Browser, wait};

/// What to keep.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Folder for a picture of each page.
    #[arg(long, value_name = "DIR")]
    screenshots: Option<PathBuf>,
}

/// A name that would do something to a page that lets it through.
const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&amp;.txt";
/// What a person uploads.
const UPLOAD: &str = "a b+c é.txt";
const CONTENT: &str = "uploaded by a person\n";

/// Goes through all that the console offers.
///
/// # Errors
///
/// What is not as it should be, or that there is no browser.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let program = workspace::build_program("jit-oss-server")?;
    let server = Server::start(&program, &["--console"])?;
    let folder = tempfile::tempdir()?;
    let downloads = folder.path().join("downloads");
    fs::create_dir(&downloads)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(prepare(&server))?;
    let browser = Browser::start(&downloads)?;
    let visit =
        Visit { browser: &browser, server: &server, screenshots: arguments.screenshots.as_deref() };
    let steps: [(&str, &dyn Fn() -> Result<()>); 6] = [
        ("buckets and folders are links", &|| visit.browse()),
        ("a file is uploaded into the folder that is shown", &|| visit.upload(folder.path())),
        ("it is downloaded", &|| visit.download(&downloads)),
        ("a copied link works for who has nothing else", &|| visit.copy()),
        ("a hostile name does nothing but be read", &|| visit.hostile()),
        ("a refused request is shown with what was signed", &|| visit.requests()),
    ];
    for (what, step) in steps {
        step().map_err(|error| format!("{what}: {error}"))?;
        println!("ok: {what}");
    }
    runtime.block_on(other_origin(&visit))?;
    println!(
        "ok: a page of another origin uploads with a presigned URL, once the bucket allows it"
    );
    Ok(())
}

fn bucket(server: &Server, secret: &str) -> Result<Bucket> {
    let credentials = Credentials::new(server.access_key_id.clone(), secret.to_owned());
    let config = Config::new(server.endpoint.parse()?, credentials).with_region(REGION);
    Ok(Client::new(config)?.bucket(BUCKET)?)
}

/// Puts objects to be looked at, and makes a request that is refused.
async fn prepare(server: &Server) -> Result<()> {
    let own = bucket(server, &server.access_key_secret)?;
    for key in ["folder/one.txt".to_owned(), format!("hostile/{HOSTILE}")] {
        own.put_object(&key, "x").await?;
    }
    let stranger = bucket(server, "another-secret")?;
    match stranger.put_object("folder/refused.txt", "x").await {
        Err(_) => Ok(()),
        Ok(_) => Err("a wrong secret was let through".into()),
    }
}

struct Visit<'a> {
    browser: &'a Browser,
    server: &'a Server,
    screenshots: Option<&'a Path>,
}

impl Visit<'_> {
    fn open(&self, page: &str) -> Result<()> {
        let console = self.server.console.as_ref().ok_or("the server shows no console")?;
        self.browser.open(&format!("{console}{page}"))
    }

    /// What is done on every page once it is there.
    fn seen(&self, name: &str) -> Result<()> {
        if let Some(folder) = self.screenshots {
            let image = self.browser.screenshot()?;
            fs::create_dir_all(folder)?;
            fs::write(folder.join(format!("{name}.png")), BASE64.decode(image)?)?;
        }
        let blocked =
            |text: &&String| text.contains("Content Security Policy") || text.contains("Uncaught");
        match self.browser.complaints()?.iter().find(blocked) {
            Some(complaint) => Err(format!("the browser complains: {complaint}").into()),
            None => Ok(()),
        }
    }

    fn browse(&self) -> Result<()> {
        self.open("")?;
        self.seen("buckets")?;
        self.browser.click("#buckets a")?;
        expect("heading", &self.browser.text("h1")?, BUCKET)?;
        self.browser.click("tr.folder a")?;
        wait(|| expect("heading", &self.browser.text("h1")?, &format!("{BUCKET} / folder")))?;
        expect("object", &self.browser.text("tr.object td")?, "one.txt")
    }

    fn upload(&self, folder: &Path) -> Result<()> {
        let file = folder.join(UPLOAD);
        fs::write(&file, CONTENT)?;
        self.browser.choose("#upload input[type=file]", &file)?;
        self.browser.click("#upload button")?;
        let done = self.browser.text("#done")?;
        expect("what is said", &done, &format!("Uploaded folder/{UPLOAD}."))?;
        expect("object", &self.browser.text("tr.object td")?, UPLOAD)?;
        expect("heading", &self.browser.text("h1")?, &format!("{BUCKET} / folder"))?;
        self.seen("objects")
    }

    fn download(&self, downloads: &Path) -> Result<()> {
        self.browser.click("tr.object a.download")?;
        let content = wait(|| Ok(fs::read_to_string(downloads.join(UPLOAD))?))?;
        expect("file", &content, CONTENT)
    }

    fn copy(&self) -> Result<()> {
        self.browser.click("tr.object button.copy")?;
        wait(|| expect("button", &self.browser.text("tr.object button.copy")?, "Copied"))?;
        let link =
            self.browser.run("return document.querySelector('button.copy').dataset.link", &[])?;
        let link = link.as_str().ok_or("the button has no link")?;
        let address = self.server.endpoint.trim_start_matches("http://");
        let (status, body) = http::send(address, "GET", link, &[], b"")?;
        expect(
            "answer",
            &format!("{status} {}", String::from_utf8_lossy(&body)),
            &format!("200 {CONTENT}"),
        )
    }

    fn hostile(&self) -> Result<()> {
        self.open(&format!("objects?bucket={BUCKET}&prefix=hostile/"))?;
        // An open dialog would make this an error.
        expect("object", &self.browser.text("tr.object td")?, HOSTILE)?;
        let images = self.browser.run("return document.images.length", &[])?;
        expect("images", &images.to_string(), "0")?;
        self.seen("hostile")
    }

    fn requests(&self) -> Result<()> {
        self.open("requests")?;
        let status = self.browser.text("tr.bad td:nth-child(2)")?;
        expect("status", &status, "403 SignatureDoesNotMatch")?;
        self.browser.click("tr.bad summary")?;
        let told = self.browser.text("tr.bad pre")?;
        if !told.contains("--- signed here:\nPUT\n/interop/folder/refused.txt\n") {
            return Err(format!("the canonical form is not shown, but {told:?}").into());
        }
        self.seen("requests")
    }
}

/// Uploads from a page of another origin, which CORS rules have to allow.
async fn other_origin(visit: &Visit<'_>) -> Result<()> {
    let bucket = bucket(visit.server, &visit.server.access_key_secret)?;
    let put = bucket.presign_put("from-a-page.txt").expires_in(Duration::from_secs(600));
    let url = put.sign().await?.as_str().to_owned();
    // The same server by another name is another origin; this page of it has no policy of its own.
    let page = format!("{}/-/health", visit.server.endpoint.replace("127.0.0.1", "localhost"));
    visit.browser.open(&page)?;
    let send = || {
        // Bytes: a text would be sent with a type, which was not signed.
        let script = "const body = new TextEncoder().encode('from a page');\
                      return fetch(arguments[0], { method: 'PUT', body })\
                      .then((reply) => reply.status, (error) => error.name)";
        visit.browser.run(script, &[json!(url)])
    };
    expect("before it is allowed", &send()?.to_string(), "\"TypeError\"")?;
    let origin = page.trim_end_matches("/-/health");
    let rules = format!(
        "<CORSConfiguration><CORSRule><AllowedOrigin>{origin}</AllowedOrigin>\
         <AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>"
    );
    put_cors(visit.server, &rules)?;
    expect("once it is allowed", &send()?.to_string(), &Value::from(200).to_string())?;
    let body = bucket.get_object("from-a-page.txt").bytes().await?;
    expect("object", &String::from_utf8_lossy(&body), "from a page")
}

/// Lets a bucket be used from other origins. Our client has no such operation.
fn put_cors(server: &Server, rules: &str) -> Result<()> {
    let credentials =
        Credentials::new(server.access_key_id.clone(), server.access_key_secret.clone());
    let time = Timestamp::now();
    let key = &v4::SigningKey::of_day(&server.access_key_secret, time, REGION, "oss");
    let context = v4::Context { credentials: &credentials, key, time, additional_headers: &[] };
    let query = [("cors", "")];
    let request = sign::Request {
        method: "PUT",
        bucket: Some(BUCKET),
        key: None,
        query: &query,
        headers: &[],
    };
    let signed = v4::sign_header(&request, &context, None);
    let headers: Vec<_> =
        signed.added().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let address = server.endpoint.trim_start_matches("http://");
    let url = format!("{}/{BUCKET}/?cors", server.endpoint);
    let (status, body) = http::send(address, "PUT", &url, &headers, rules.as_bytes())?;
    expect("answer", &format!("{status} {}", String::from_utf8_lossy(&body)), "200 ")
}

fn expect(what: &str, found: &str, expected: &str) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(format!("the {what} is {found:?}, not {expected:?}").into())
}
