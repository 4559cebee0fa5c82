/// The arguments of `{{function}}`.
#[derive(Debug, Deserialize)]
struct {{Arguments}} {
    text: String,
}

