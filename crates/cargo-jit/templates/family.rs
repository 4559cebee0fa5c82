//! The family `{{family}}`: what every {{member}} offers, and the Type `{{family}}.NormalType`.

use std::fmt;
use std::sync::Arc;

use jit_meta::{
    Arg, BoundArgs, DataType, Error, ErrorKind, Function, Instance, LoadContext, Meta, Type, Value,
    async_trait, register_meta, register_type,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// What every {{member}} offers to Rust callers.
#[async_trait]
{{pub}} trait {{Member}}: fmt::Debug + Send + Sync + 'static {
    /// The answer to a question.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadArguments`] when there is no question.
    async fn answer(&self, question: &str) -> Result<String, Error>;
}

/// The family `{{family}}.Meta`.
#[derive(Clone, Copy, Debug)]
{{pub}} struct {{Family}};

register_meta!({{Family}});

/// What may be called by name on every {{member}}.
const FUNCTIONS: &[Function] = &[Function {
    name: "answer",
    title: "Answer",
    args: &[Arg::required("question", "Question", DataType::Stext)],
    return_type: DataType::Stext,
    desc: "The answer to a question.",
}];

impl Meta for {{Family}} {
    const FULL_NAME: &'static str = "{{family}}.Meta";
    type Interface = dyn {{Member}};

    fn functions() -> &'static [Function] {
        FUNCTIONS
    }

    fn into_instance(this: Arc<dyn {{Member}}>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

/// A member behind the door for calls by name.
#[derive(Debug)]
struct ByName(Arc<dyn {{Member}}>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, function: &str, mut args: BoundArgs) -> Result<Value, Error> {
        match function {
            "answer" => self.0.answer(&args.take_string("question")).await.map(Value::String),
            other => {
                let message = format!("`{other}` is declared and not implemented");
                Err(Error::new(ErrorKind::UnknownFunction, message))
            }
        }
    }
}

/// The code behind `{{family}}.NormalType`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NormalType;

register_type!("{{family}}.NormalType" => NormalType);

/// How questions are answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NormalConfig {
    /// How an answer begins.
    #[schemars(length(min = 1), example = &"Hello")]
    greeting: String,
}

#[async_trait]
impl Type for NormalType {
    type Meta = {{Family}};
    type Config = NormalConfig;

    async fn load(
        &self,
        config: NormalConfig,
        _: LoadContext<'_, {{Family}}>,
    ) -> Result<Arc<dyn {{Member}}>, Error> {
        Ok(Arc::new(Normal { greeting: config.greeting }))
    }
}

/// A member of the family.
#[derive(Debug)]
struct Normal {
    greeting: String,
}

#[async_trait]
impl {{Member}} for Normal {
    async fn answer(&self, question: &str) -> Result<String, Error> {
        if question.trim().is_empty() {
            return Err(Error::new(ErrorKind::BadArguments, "there is no question"));
        }
        Ok(format!("{}! You asked: {question}", self.greeting))
    }
}

#[cfg(test)]
mod tests {
    use jit_app::Args;
    use jit_testing::{LoadedApp, TestApp};

    use super::*;

    const TESTED: &str = "{{family}}.Tested";

    /// An app with one {{member}}: nothing that the real one keeps is touched.
    fn app() -> LoadedApp {
        let config = r#"{ "greeting": "Hello" }"#;
        TestApp::new().configured(TESTED, "{{family}}.NormalType", config).load().unwrap()
    }

    #[tokio::test]
    async fn rust_callers_and_calls_by_name_get_the_same_answer() {
        let app = app();
        let member = app.get::<{{Family}}>(TESTED).await.unwrap();
        let answer = member.answer("Who is there?").await.unwrap();
        assert_eq!(answer, "Hello! You asked: Who is there?");
        let args = Args::new().with("question", "Who is there?");
        let by_name = app.call(TESTED, "answer", args).await.unwrap();
        assert_eq!(by_name.as_str(), Some(&*answer));
    }

    #[tokio::test]
    async fn no_question_is_refused() {
        let args = Args::new().with("question", " ");
        let error = app().call(TESTED, "answer", args).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArguments);
    }
}
