//! Calls by name.

use jit_app::{Args, Error, ErrorKind, Value};

use jit_testing::TestApp;

use crate::support::{element, has, hello};

async fn call(function: &str, args: Args) -> Result<Value, Error> {
    let app = hello("{}").load().unwrap();
    app.call("greeters.Hello", function, args).await
}

async fn text(args: Args) -> String {
    call("greet", args).await.unwrap().as_str().unwrap().to_owned()
}

/// Why the arguments of `greet` are not taken.
async fn refused(args: Args) -> String {
    let error = call("greet", args).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
    error.to_string()
}

#[tokio::test]
async fn function_family() {
    let own = r#""type": "greeters.PoliteType", "functionList": [{ "name": "sing" }]"#;
    let folder = hello("{}").file("greeters/Hello/e.json", element(own));
    let app = folder.load().unwrap();
    let functions = app.get_element("greeters.Hello").await.unwrap().functions().await.unwrap();
    assert_eq!(
        functions.iter().map(|function| function.name.as_str()).collect::<Vec<_>>(),
        ["greet", "echo"]
    );
}

#[tokio::test]
async fn function_unknown() {
    let error = call("gret", Args::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFunction);
    has(&error.to_string(), &["did you mean `greet`?"]);
}

#[tokio::test]
async fn function_arguments() {
    for args in [
        Args::new().push("Bob").push("!"),
        Args::new().push("Bob").with("mark", "!"),
        Args::new().with("mark", "!").with("whom", "Bob"),
    ] {
        assert_eq!(text(args).await, "Hello Bob!");
    }
}

#[tokio::test]
async fn function_undeclared() {
    let told = refused(Args::new().push("Bob").with("makr", "!")).await;
    has(&told, &["has no argument `makr`", "did you mean `mark`?"]);
    has(&refused(Args::new().push("a").push("b").push("c")).await, &["takes 2 arguments"]);
}

#[tokio::test]
async fn function_twice() {
    has(&refused(Args::new().push("Bob").with("whom", "Ann")).await, &["given `whom` twice"]);
}

#[tokio::test]
async fn function_missing() {
    assert_eq!(text(Args::new().push("Bob")).await, "Hello Bob");
    has(&refused(Args::new().with("mark", "!")).await, &["needs `whom`"]);
}

#[tokio::test]
async fn function_kinds() {
    let told = refused(Args::new().push(5).with("mark", true)).await;
    has(&told, &["wants text as `whom`, not a number", "wants text as `mark`, not a boolean"]);
}

#[tokio::test]
async fn function_alias() {
    assert_eq!(text(Args::new().with("name", "Bob")).await, "Hello Bob");
    has(&refused(Args::new().with("name", "Bob").with("whom", "Bob")).await, &["twice"]);
}

#[tokio::test]
async fn function_continuation() {
    let app = TestApp::new().configured("storages.Files", "storages.MemoryType", "{}");
    let app = app.load().unwrap();
    let files = app.get_element("storages.Files").await.unwrap();
    for name in ["a", "b", "c"] {
        let args = Args::new().push(name).push(vec![1]);
        files.call("uploadByFile", args).await.unwrap();
    }
    let functions = files.functions().await.unwrap();
    let list = functions.iter().find(|function| function.name == "list").unwrap();
    let mut paging =
        list.args.iter().filter_map(|arg| Some((&arg.name, arg.continuation.as_ref()?)));
    let (argument, member) = paging.next().unwrap();
    assert_eq!((argument.as_str(), member.as_str()), ("startAfter", "next"));
    let mut next = Value::Null;
    let mut pages = Vec::new();
    loop {
        let args = Args::new().with("limit", 2).with(argument, next);
        let page = files.call("list", args).await.unwrap();
        let Some(Value::List(names)) = page.get("files") else { unreachable!("a list: {page:?}") };
        pages.push(names.len());
        next = page.get(member).cloned().unwrap_or_default();
        if next == Value::Null {
            break;
        }
    }
    assert_eq!(pages, [2, 1]);

    // An element declares it as well.
    let args = r#"[{ "name": "after", "dataType": "Stext", "continuation": "last" }]"#;
    let define = element(&format!(
        r#""type": "greeters.PoliteType", "functionList": [{{ "name": "page", "args": {args} }}]"#
    ));
    let app = hello("{}").file("greeters/Hello/e.json", &define).load().unwrap();
    let define = app.get_element_define("greeters.Hello").unwrap();
    assert_eq!(define.function_list()[0].args[0].continuation.as_deref(), Some("last"));
}

#[tokio::test]
async fn function_bytes() {
    let data = bytes::Bytes::from(vec![0, 159, 146, 150]);
    let back = call("echo", Args::new().push(data.clone())).await.unwrap();
    assert_eq!(back.as_bytes().unwrap().as_ptr(), data.as_ptr(), "copied");
    let error = call("echo", Args::new().push("text")).await.unwrap_err();
    has(&error.to_string(), &["wants bytes as `data`, not text"]);
}

#[test]
fn function_declared() {
    let args = r#"[{ "name": "when", "dataType": "Date", "required": 1 }, { "name": "count", "dataType": "AutoInt", "value": 1 }]"#;
    let functions = format!(r#"[{{ "name": "book", "args": {args} }}]"#);
    let define = element(&format!(r#""type": "greeters.PoliteType", "functionList": {functions}"#));
    let app = hello("{}").file("greeters/Hello/e.json", &define).load().unwrap();
    let define = app.get_element_define("greeters.Hello").unwrap();
    let book = &define.function_list()[0];
    let mut bound = book.check_args(Args::new().push("2026-01-31")).unwrap();
    assert_eq!(
        (bound.take_string("when"), bound.take("count")),
        ("2026-01-31".to_owned(), 1.into())
    );
    let error = book.check_args(Args::new().with("cuont", 2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
    has(&error.to_string(), &["no argument `cuont`", "needs `when`", "did you mean `count`?"]);
    let error = book.check_args(Args::new().push("tomorrow").push(1.5)).unwrap_err();
    has(&error.to_string(), &["as `when`", "as `count`"]);
}
