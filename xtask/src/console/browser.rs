//! A browser, driven over `WebDriver`: <https://www.w3.org/TR/webdriver2/>.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Result, http, workspace};

/// How long a page may take to become what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// What an element is called in answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Chromium without a window. Dropping it ends it.
pub(crate) struct Browser {
    driver: Child,
    /// `127.0.0.1:PORT`
    address: String,
    session: String,
}

impl Browser {
    /// Starts it, with a folder for what it downloads.
    pub(crate) fn start(downloads: &Path) -> Result<Self> {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let driver = command.spawn().map_err(|error| {
            format!(
                "{}\non Debian: apt-get install chromium chromium-driver",
                workspace::not_started(&command, &error)
            )
        })?;
        let mut browser = Self { driver, address: String::new(), session: String::new() };
        let stdout = browser.driver.stdout.as_mut().ok_or("chromedriver has no output")?;
        let mut lines = BufReader::new(stdout).lines().map_while(|line| line.ok());
        let port = lines.find_map(|line| Some(line.split_once("on port ")?.1.to_owned()));
        // The first line names the port that was asked for: any.
        let port = port.filter(|port| port != "0").or_else(|| {
            lines.find_map(|line| Some(line.split_once("successfully on port ")?.1.to_owned()))
        });
        let port = port.ok_or("chromedriver does not say where it listens")?;
        browser.address = format!("127.0.0.1:{}", port.trim_end_matches('.'));
        let options = json!({
            // It sees nothing but our own server, and root can have no sandbox.
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--window-size=1200,800"],
            "prefs": { "download.default_directory": downloads },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let session = browser.ask("POST", "/session", &wanted)?;
        let id = session.get("sessionId").and_then(Value::as_str);
        browser.session = format!("/session/{}", id.ok_or("the driver made no session")?);
        Ok(browser)
    }

    /// Opens a page.
    pub(crate) fn open(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({ "url": url })).map(drop)
    }

    /// Runs a script in the page, and gives what it returns, once that has come.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// The text of the first element that a CSS selector finds, as it is seen.
    pub(crate) fn text(&self, selector: &str) -> Result<String> {
        let element = self.element(selector)?;
        let text =
            self.ask("GET", &format!("{}/element/{element}/text", self.session), &json!(null))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn click(&self, selector: &str) -> Result<()> {
        let element = self.element(selector)?;
        self.post(&format!("/element/{element}/click"), &json!({})).map(drop)
    }

    /// Chooses a file in a form.
    pub(crate) fn choose(&self, selector: &str, file: &Path) -> Result<()> {
        let element = self.element(selector)?;
        self.post(&format!("/element/{element}/value"), &json!({ "text": file })).map(drop)
    }

    /// What the page looks like, as a PNG in base64.
    pub(crate) fn screenshot(&self) -> Result<String> {
        let image = self.ask("GET", &format!("{}/screenshot", self.session), &json!(null))?;
        Ok(image.as_str().unwrap_or_default().to_owned())
    }

    /// What the browser has complained of since it was asked last.
    pub(crate) fn complaints(&self) -> Result<Vec<String>> {
        let log = self.post("/se/log", &json!({ "type": "browser" }))?;
        let entries = log.as_array().into_iter().flatten();
        let messages = entries.filter_map(|entry| entry.get("message")?.as_str());
        Ok(messages.map(str::to_owned).collect())
    }

    /// The first element of a selector, waiting until there is one.
    fn element(&self, selector: &str) -> Result<String> {
        let wanted = json!({ "using": "css selector", "value": selector });
        wait(|| {
            let found = self.post("/element", &wanted)?;
            let id = found.get(ELEMENT).and_then(Value::as_str);
            Ok(id.ok_or("the driver names no element")?.to_owned())
        })
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.ask("POST", &format!("{}{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let url = format!("http://{}{path}", self.address);
        let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = http::send(&self.address, method, &url, &headers, body.as_bytes())?;
        let mut answer: Value = serde_json::from_slice(&answer)?;
        let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
        if status == 200 {
            return Ok(value);
        }
        let told = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let first = told("message").lines().next().unwrap_or_default();
        Err(format!("the browser answers {}: {first}", told("error")).into())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, and then its driver.
        drop(self.ask("DELETE", &self.session, &json!(null)));
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// Tries until it works, or patience has an end.
pub(crate) fn wait<T>(attempt: impl Fn() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
}
