//! What is shown at start: how to reach the server, ready to paste.

use jit_oss_server::OssServer;
use secrecy::ExposeSecret;

/// The lines after the first. The secret is among them only if it was made up.
pub(crate) fn lines(server: &OssServer, bucket: Option<&str>, made_up: bool) -> Vec<String> {
    let credentials = server.credentials();
    let (id, endpoint) = (credentials.access_key_id(), server.endpoint().to_string());
    let bucket = bucket.unwrap_or("BUCKET");
    let region = server.region();
    let secret = match made_up {
        true => credentials.access_key_secret().expose_secret(),
        false => "SECRET",
    };
    let mut lines = Vec::new();
    if server.address().ip().is_unspecified() {
        let port = server.address().port();
        lines.push(format!("and on every other address of this machine, port {port}"));
    }
    lines.push(format!("access key id: {id}"));
    if made_up {
        lines.push(format!("access key secret: {secret}"));
    }
    lines.extend(server.console_url().map(|url| format!("console: {url}")));
    lines.extend([
        String::new(),
        "ossutil:".to_owned(),
        format!("  ossutil ls oss://{bucket} -e {endpoint} -i {id} -k {secret} --region {region} --addressing-style path"),
        "Python (oss2):".to_owned(),
        "  import oss2".to_owned(),
        format!("  auth = oss2.AuthV4('{id}', '{secret}')"),
        format!("  bucket = oss2.Bucket(auth, '{endpoint}', '{bucket}', region='{region}')"),
        "Node (ali-oss):".to_owned(),
        format!(
            "  new OSS({{ accessKeyId: '{id}', accessKeySecret: '{secret}', bucket: '{bucket}', region: \
             'oss-{region}', endpoint: '{}', authorizationV4: true }})",
            endpoint.replace("127.0.0.1", "localhost")
        ),
        "Rust (jit-oss):".to_owned(),
        format!("  Config::new(\"{endpoint}\".parse()?, Credentials::new(\"{id}\", \"{secret}\")).with_region(\"{region}\")"),
        String::new(),
    ]);
    lines
}
