//! `opendal`'s OSS service, asked by `tests/interop/remote.py`: a line of JSON for each call, a line for each answer.

use std::error::Error;
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use opendal::services::Oss;
use opendal::{HttpTransporter, OperationContext, Operator};
use opendal_http_transport_reqwest::ReqwestTransport;
use serde_json::{Map, Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The rows that it has nothing for, and what it lacks.
const LACKS: [(&str, &str); 9] = [
    ("content type guessed", "it guesses no content type"),
    ("CRC checked", "it tells no CRC-64"),
    ("append at a wrong position", "it appends where the object ends, and nowhere else"),
    ("multipart aborted", "it lists no parts"),
    ("resumable upload", "it goes on with no upload that another process has begun"),
    ("versioning", "it makes no bucket and changes none"),
    ("tagging", "it has no tags"),
    ("access control", "it has no access control lists"),
    ("symbolic link", "it has no links"),
];

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut operator = None;
    for line in std::io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let answer = match &operator {
            None => {
                operator = Some(operator_of(&question)?);
                let lacks: Map<_, _> =
                    LACKS.into_iter().map(|(row, why)| (row.to_owned(), json!(why))).collect();
                json!({ "result": lacks })
            }
            Some(operator) => match runtime.block_on(call(operator, &question)) {
                Ok(result) => json!({ "result": result }),
                Err(error) => told(&*error),
            },
        };
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{answer}")?;
        stdout.flush()?;
    }
    Ok(())
}

/// In virtual-hosted style: in path style it signs what names a bucket unlike OSS. Names below `localhost` are this
/// machine's, which not every system's resolver knows.
fn operator_of(plan: &Value) -> Result<Operator> {
    let bucket = text(plan, "bucket")?;
    let address: SocketAddr = text(plan, "endpoint")?.trim_start_matches("http://").parse()?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .resolve(&format!("{bucket}.localhost"), address)
        .timeout(Duration::from_secs(20))
        .build()?;
    let context = OperationContext::new()
        .with_http_transport(HttpTransporter::new(ReqwestTransport::new(client)));
    let oss = Oss::default()
        .endpoint(&format!("http://localhost:{}", address.port()))
        .addressing_style("virtual")
        .bucket(bucket)
        .access_key_id(text(plan, "access_key_id")?)
        .access_key_secret(text(plan, "access_key_secret")?);
    Ok(Operator::new(oss)?.with_context(context))
}

async fn call(operator: &Operator, question: &Value) -> Result<Value> {
    let key = || text(question, "key");
    match text(question, "call")? {
        "put" => {
            let mut write = operator.write_with(key()?, bytes(&question["data"])?);
            if let Some(content_type) = question["content_type"].as_str() {
                write = write.content_type(content_type);
            }
            let metadata = question["metadata"].as_object().into_iter().flatten();
            let metadata: Vec<_> = metadata
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect();
            if !metadata.is_empty() {
                write = write.user_metadata(metadata);
            }
            if question["forbid_overwrite"] == true {
                write = write.if_not_exists(true);
            }
            write.await?;
            Ok(Value::Null)
        }
        "get" => {
            let mut read = operator.read_with(key()?);
            if let Some(first) = question["first"].as_u64() {
                read = match question["last"].as_u64() {
                    Some(last) => read.range(first..last + 1),
                    None => read.range(first..),
                };
            }
            Ok(json!(BASE64.encode(read.await?.to_vec())))
        }
        "head" => {
            let found = operator.stat(key()?).await?;
            let metadata: Map<_, _> = found
                .user_metadata()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect();
            Ok(json!({
                "size": found.content_length(),
                "content_type": found.content_type(),
                "metadata": metadata,
                "crc": null,
            }))
        }
        "delete" => Ok(json!(operator.delete(key()?).await?)),
        "delete_many" => {
            let keys: Vec<_> = list(question, "keys")?.iter().filter_map(Value::as_str).collect();
            operator.delete_iter(keys.iter().copied()).await?;
            Ok(json!(keys))
        }
        "list" => {
            let limit = question["page"].as_u64().unwrap_or(100) as usize;
            let is_flat = text(question, "delimiter")?.is_empty();
            let listed =
                operator.list_with(text(question, "prefix")?).limit(limit).recursive(is_flat);
            let (mut objects, mut folders) = (Vec::new(), Vec::new());
            for entry in listed.await? {
                if entry.metadata().is_dir() && !is_flat {
                    folders.push(entry.path().to_owned());
                } else {
                    objects.push(json!([entry.path(), entry.metadata().content_length()]));
                }
            }
            // The prefix itself is listed as a folder of its own.
            folders.retain(|folder| Some(folder.as_str()) != question["prefix"].as_str());
            Ok(json!({ "objects": objects, "folders": folders, "pages": null }))
        }
        "presign" => {
            let life = Duration::from_secs(600);
            let signed = match (text(question, "method")?, question["content_type"].as_str()) {
                ("GET", _) => operator.presign_read(key()?, life).await?,
                (_, Some(content_type)) => {
                    operator.presign_write_with(key()?, life).content_type(content_type).await?
                }
                (_, None) => operator.presign_write(key()?, life).await?,
            };
            // What a client sets by itself, and for the body of its own.
            let own = ["host", "content-length"];
            let headers: Map<_, _> = signed
                .header()
                .iter()
                .filter(|(name, _)| !own.contains(&name.as_str()))
                .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default())))
                .collect();
            Ok(json!({ "url": signed.uri().to_string(), "headers": headers }))
        }
        "copy" => {
            operator.copy(text(question, "source")?, key()?).await?;
            Ok(Value::Null)
        }
        "append" => {
            operator.write_with(key()?, bytes(&question["data"])?).append(true).await?;
            Ok(json!(operator.stat(key()?).await?.content_length()))
        }
        "multipart" => {
            let mut writer = operator.writer_with(key()?).chunk(100 << 10).await?;
            for part in list(question, "parts")? {
                writer.write(bytes(part)?).await?;
            }
            writer.close().await?;
            Ok(Value::Null)
        }
        other => Err(format!("{other} is not asked of this driver").into()),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().ok_or_else(|| format!("{name} is missing").into())
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    value[name].as_array().ok_or_else(|| format!("{name} is missing").into())
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    Ok(BASE64.decode(value.as_str().unwrap_or_default())?)
}

/// An error, with the status and code of OSS: opendal keeps them in its texts.
fn told(error: &(dyn Error + Send + Sync)) -> Value {
    let text = error.to_string();
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
    let status =
        after("status: ").and_then(|rest| rest.get(..3)).and_then(|text| text.parse::<u16>().ok());
    let code = after("OssError { code: \"").and_then(|rest| rest.split('"').next());
    match status {
        Some(status) => json!({ "error": text, "refusal": [status, code] }),
        None => json!({ "error": text }),
    }
}
