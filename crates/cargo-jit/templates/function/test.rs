    #[tokio::test]
    async fn {{test}}_answers_and_takes_no_empty_text() {
        let call = async |text: &str| {
            app().call(SERVICE, "{{function}}", Args::new().with("text", text)).await
        };
        let answer = call("some text").await.unwrap();
        assert_eq!(answer.as_str(), Some("{{function}}: some text"));
        let error = call(" ").await.unwrap_err();
        assert!(error.to_string().contains("`text` is empty"), "{error}");
    }

