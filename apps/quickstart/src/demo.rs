//! What a storage does, with real files from the app's folder.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use jit_app::App;
use jit_storages::{SignOptions, Storages};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) async fn run(app: &App, local: bool, out: &mut impl Write) -> Result<()> {
    let oss = app.get::<Storages>("storages.MyOss").await?;
    // Objects lie in a folder of their own: nothing else of a real bucket is touched.
    let (text_name, image_name) = ("jit-quickstart/example.txt", "jit-quickstart/users/avatar.png");

    writeln!(out, "\nUpload a text and an image:")?;
    let text = read(app, "files/example.txt")?;
    let result = oss.upload_by_file(text_name, text.clone().into(), "text/plain".into()).await?;
    writeln!(out, "Upload successful, URL: {}", result.url)?;
    let image = read(app, "files/avatar.png")?;
    let result = oss.upload_by_file(image_name, image.clone().into(), "image/png".into()).await?;
    writeln!(out, "Upload successful, URL: {}", result.url)?;

    writeln!(out, "\nGet a signed URL, and fetch it without credentials:")?;
    let options = SignOptions::default().with_expires(Duration::from_secs(600));
    let url = oss.get_sign_url(image_name, "image/png", options).await?;
    let place = url.as_str().split('?').next().unwrap_or_default();
    writeln!(out, "{place}?… opens for 600 seconds, to anybody who has the whole URL")?;
    let response = plain_http(local)?.get(url.as_str()).send().await.map_err(hide_url)?;
    let (status, kind) = (response.status(), content_type(&response));
    let fetched = response.bytes().await.map_err(hide_url)?;
    writeln!(out, "GET: {status}, {kind}, {} bytes, {}", fetched.len(), same(&fetched, &image)?)?;

    writeln!(out, "\nGet object information:")?;
    let object = oss.get_object(image_name).await?;
    let kind = object.content_type.as_deref().unwrap_or("no type");
    writeln!(
        out,
        "{}: {} bytes, {kind}, CRC-64 {}",
        object.name,
        object.size,
        shown(object.crc64)
    )?;

    writeln!(out, "\nDownload, and compare with what was uploaded:")?;
    let data = oss.download(text_name).await?;
    writeln!(out, "{text_name}: {} bytes, {}", data.len(), same(&data, &text)?)?;

    writeln!(out, "\nUpload a batch; one name is wrong on purpose:")?;
    let batch = ["jit-quickstart/batch/file1.txt", "/file2.txt", "jit-quickstart/batch/file3.txt"];
    for name in batch {
        match oss.upload_by_file(name, name.into(), "text/plain".into()).await {
            Ok(_) => writeln!(out, "Upload successful: {name}")?,
            Err(error) => writeln!(out, "Upload failed {name}: {error}")?,
        }
    }

    writeln!(out, "\nDelete everything:")?;
    let [first, _, third] = batch;
    for name in [text_name, image_name, first, third] {
        oss.delete(name).await?;
        writeln!(out, "Deleted {name}")?;
    }

    writeln!(out, "\nDownload what is gone:")?;
    match oss.download(text_name).await {
        Ok(_) => Err(format!("{text_name} is still there after it was deleted").into()),
        Err(error) => {
            writeln!(out, "Download failed: {error}")?;
            Ok(())
        }
    }
}

fn read(app: &App, file: &str) -> Result<Vec<u8>> {
    std::fs::read(app.dir().join(file))
        .map_err(|error| format!("cannot read {file}: {error}").into())
}

/// A client that knows nothing of OSS. Loopback is never asked for through a proxy.
fn plain_http(local: bool) -> Result<reqwest::Client> {
    // reqwest leaves the choice of cryptography to the program; only one choice is linked.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder();
    let builder = if local { builder.no_proxy() } else { builder };
    Ok(builder.build()?)
}

/// A signed URL is a permission, and errors end up in logs.
fn hide_url(error: reqwest::Error) -> reqwest::Error {
    error.without_url()
}

fn content_type(response: &reqwest::Response) -> String {
    let value = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    value.unwrap_or("no content type").to_owned()
}

fn same(found: &[u8], expected: &[u8]) -> Result<&'static str> {
    if found == expected {
        Ok("identical")
    } else {
        Err("what came back is not what was uploaded".into())
    }
}

fn shown(crc64: Option<u64>) -> String {
    crc64.map_or_else(|| "unknown".to_owned(), |crc64| crc64.to_string())
}
