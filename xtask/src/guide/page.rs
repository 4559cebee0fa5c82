//! The blocks of a page, as far as they are to be run.

/// Something that a page asks its reader to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line of the page that it begins in.
    pub(crate) line: usize,
    pub(crate) action: Action,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Write a file.
    Write { path: String, text: String },
    /// Change a file: these lines of it, which are there once, become those.
    Edit { path: String, before: String, after: String },
    /// Type commands, which print something and end well or, where the page says so, badly.
    Run { commands: String, expected: Option<String>, fails: bool },
}

/// A block between fences.
struct Block<'a> {
    line: usize,
    info: &'a str,
    text: String,
    /// Whether it follows the block before it without anything but blank lines between.
    follows: bool,
}

/// The steps of a page.
///
/// A block ```` ```sh ```` is commands, ```` ```sh,fails ```` some that end badly; a ```` ```text ```` directly below is what they
/// print. A block ```` ```diff,file=PATH ```` is a change of that file, one of any other language with `file=PATH` is that
/// file. Every other block is for reading, or for the compiler.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut was_run = false;
    for block in blocks(page) {
        let words: Vec<&str> = block.info.split(',').map(str::trim).collect();
        let path = words.iter().find_map(|word| word.strip_prefix("file="));
        let language = words.first().copied().unwrap_or_default();
        if language == "text" && was_run && block.follows {
            if let Some(Step { action: Action::Run { expected, .. }, .. }) = steps.last_mut() {
                *expected = Some(block.text);
            }
            was_run = false;
            continue;
        }
        was_run = path.is_none() && language == "sh";
        let action = match path {
            Some(path) if language == "diff" => {
                let (before, after) = sides(&block.text);
                Action::Edit { path: path.to_owned(), before, after }
            }
            Some(path) => Action::Write { path: path.to_owned(), text: block.text },
            None if was_run => {
                let fails = words.contains(&"fails");
                Action::Run { commands: block.text, expected: None, fails }
            }
            None => continue,
        };
        steps.push(Step { line: block.line, action });
    }
    steps
}

/// What a diff takes lines from, and what it makes of them.
fn sides(diff: &str) -> (String, String) {
    let side = |other: char| {
        let kept = diff.lines().filter(|line| !line.starts_with(other));
        kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
    };
    (side('+'), side('-'))
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(page.lines());
    let mut follows = false;
    while let Some((line, text)) = lines.next() {
        let Some(info) = text.strip_prefix("```") else {
            follows &= text.trim().is_empty();
            continue;
        };
        let mut inside = String::new();
        for (_, text) in lines.by_ref().take_while(|(_, text)| !text.starts_with("```")) {
            inside.push_str(text);
            inside.push('\n');
        }
        blocks.push(Block { line, info, text: inside, follows });
        follows = true;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_what_it_asks_for() {
        let page = "Type:\n\n```sh\nls\n```\n\n```text\na\n```\n\nor\n\n```text\nnothing\n```\n\
                    ```sh,fails\nfalse\n```\n```rust,file=src/main.rs\nfn main() {}\n```\n```json\n{}\n```\n\
                    ```diff,file=src/main.rs\n-fn main() {}\n+mod a;\n \n```\n";
        let run = |commands: &str, expected: Option<&str>, fails| Action::Run {
            commands: commands.to_owned(),
            expected: expected.map(str::to_owned),
            fails,
        };
        let write =
            Action::Write { path: "src/main.rs".to_owned(), text: "fn main() {}\n".to_owned() };
        let edit = Action::Edit {
            path: "src/main.rs".to_owned(),
            before: "fn main() {}\n\n".to_owned(),
            after: "mod a;\n\n".to_owned(),
        };
        let expected = [
            (3, run("ls\n", Some("a\n"), false)),
            (16, run("false\n", None, true)),
            (19, write),
            (25, edit),
        ];
        assert_eq!(steps(page), expected.map(|(line, action)| Step { line, action }).to_vec());
    }
}
