    async fn {{method}}(self: Arc<Self>, args: {{Arguments}}) -> Result<String> {
        let text = args.text.trim();
        if text.is_empty() {
            return Err("`text` is empty".into());
        }
        Ok(format!("{{function}}: {text}"))
    }

