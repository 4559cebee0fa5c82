//! `cargo xtask fuzz`: the fuzz targets, each for a while.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long each target runs.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// The targets, files of `fuzz/fuzz_targets`; all of them unless given.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

impl Arguments {
    /// For CI: all targets, briefly.
    pub(crate) const BRIEF: Self = Self { seconds: 5, targets: Vec::new() };

    /// For CI: what a server is sent comes from strangers, and is tried for longer.
    pub(crate) fn of_the_server() -> Self {
        let is_of_server = |target: &String| target.starts_with("oss_");
        let targets = targets().unwrap_or_default();
        Self { seconds: 20, targets: targets.into_iter().filter(is_of_server).collect() }
    }
}

/// Builds the targets and runs each, with what earlier runs found and with the corpus.
///
/// # Errors
///
/// When cargo-fuzz is missing, a target does not build, or one finds something.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let known = targets()?;
    let unknown = arguments.targets.iter().find(|target| !known.contains(target));
    if let Some(unknown) = unknown {
        return Err(format!("no target `{unknown}`; there are {}", known.join(", ")).into());
    }
    let chosen = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    check_installed()?;
    // No sanitizer: they need a nightly compiler, and there is no unsafe code of ours for them to watch.
    let mut build = cargo_fuzz();
    workspace::run(build.args(["build", "--sanitizer", "none"]))?;
    let outcomes: Vec<_> =
        chosen.iter().map(|target| fuzz(target, arguments.seconds)).collect::<Result<_>>()?;
    println!("\n{:12} {:>10} {:>10} {:>12}  result", "target", "runs", "coverage", "new coverage");
    let rows = chosen.iter().zip(&outcomes);
    rows.for_each(|(target, outcome)| println!("{target:12} {}", outcome.row()));
    let broken = outcomes.iter().filter(|outcome| outcome.finding.is_some()).count();
    match broken {
        0 => Ok(()),
        _ => Err(format!(
            "{broken} of {} targets found something: run `cargo fuzz run --sanitizer none TARGET FILE` to see \
             it again, mend it, and add the file to fuzz/corpus/TARGET",
            outcomes.len()
        )
        .into()),
    }
}

/// The targets, by name.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(workspace::root().join("fuzz/fuzz_targets"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn cargo_fuzz() -> Command {
    let mut command = workspace::cargo();
    command.arg("fuzz");
    command
}

fn check_installed() -> Result<()> {
    let mut version = cargo_fuzz();
    match workspace::stdout(version.arg("--version")) {
        Ok(_) => Ok(()),
        Err(_) => Err("cargo-fuzz is missing: cargo install cargo-fuzz --locked".into()),
    }
}

/// Runs one target. What it learns is kept in the target directory: the corpus is picked by hand.
fn fuzz(target: &str, seconds: u32) -> Result<Outcome> {
    println!("fuzzing {target} for {seconds} s");
    let learnt = workspace::target_dir()?.join("fuzz-corpus").join(target);
    fs::create_dir_all(&learnt)?;
    let mut command = cargo_fuzz();
    command.args(["run", "--sanitizer", "none", target]).arg(&learnt);
    command.arg(Path::new("fuzz/corpus").join(target)).arg("--");
    // An input that takes longer than 20 s is a finding, too.
    command.args(["-timeout=20", "-max_len=2048", "-print_final_stats=1"]);
    command.arg(format!("-max_total_time={seconds}")).stdout(Stdio::null());
    let output = command.output().map_err(|error| workspace::not_started(&command, &error))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let mut outcome = Outcome::read(&log);
    if !output.status.success() {
        eprintln!("{log}");
        let unknown = || format!("`{}`: {}", workspace::shown(&command), output.status);
        outcome.finding.get_or_insert_with(unknown);
    }
    Ok(outcome)
}

/// What a run of a target came to.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    runs: u64,
    coverage: u64,
    /// How much of the coverage is not that of the inputs it began with.
    new_coverage: u64,
    /// The input that breaks the law.
    finding: Option<String>,
}

impl Outcome {
    /// From what libFuzzer says: `#37 INITED cov: 130 ft: 131 …`, `… Test unit written to FILE`.
    fn read(log: &str) -> Self {
        let after = |line: &str, word: &str| -> Option<String> {
            let mut words = line.split_whitespace().skip_while(|known| *known != word);
            words.nth(1).map(str::to_owned)
        };
        let number = |line: &str, word: &str| after(line, word)?.parse::<u64>().ok();
        let mut outcome = Self::default();
        let mut first = None;
        for line in log.lines() {
            if let Some(coverage) = number(line, "cov:").filter(|_| line.starts_with('#')) {
                // What is said while the corpus is read counts as what it began with.
                if line.split_whitespace().nth(1) == Some("INITED") {
                    first = Some(coverage);
                }
                outcome.coverage = coverage;
            }
            let runs = number(line, "stat::number_of_executed_units:");
            outcome.runs = runs.unwrap_or(outcome.runs);
            if let Some((_, file)) = line.split_once("Test unit written to ") {
                outcome.finding = Some(file.trim().to_owned());
            }
        }
        outcome.new_coverage = outcome.coverage.saturating_sub(first.unwrap_or(outcome.coverage));
        outcome
    }

    fn row(&self) -> String {
        let Self { runs, coverage, new_coverage, finding } = self;
        let result = finding.as_deref().unwrap_or("ok");
        format!("{runs:>10} {coverage:>10} {new_coverage:>12}  {result}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lib_fuzzer_says_is_understood() {
        let log = "INFO: Loaded 1 modules\n\
            #12\tpulse  cov: 90 ft: 100 corp: 3/9b\n\
            #23\tINITED cov: 130 ft: 131 corp: 20/100b exec/s: 0 rss: 27Mb\n\
            #99\tNEW    cov: 140 ft: 200 corp: 21/110b lim: 600\n\
            #127\tDONE   cov: 142 ft: 765 corp: 176/4786b lim: 600 exec/s: 9777\n\
            Done 127 runs in 13 second(s)\n\
            stat::number_of_executed_units: 127\n";
        let expected = Outcome { runs: 127, coverage: 142, new_coverage: 12, finding: None };
        assert_eq!(Outcome::read(log), expected);
        let found = format!("{log}artifact_prefix='a/'; Test unit written to a/crash-1\n");
        assert_eq!(Outcome::read(&found).finding.as_deref(), Some("a/crash-1"));
    }

    #[test]
    fn every_target_has_a_corpus_and_an_entry() {
        let root = workspace::root().join("fuzz");
        let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let targets = targets().unwrap();
        let expected = [
            "app_folder",
            "config",
            "define",
            "full_name",
            "oss_policy",
            "oss_request",
            "oss_xml",
            "selector",
        ];
        assert_eq!(targets, expected);
        for target in targets {
            assert!(
                fs::read_dir(root.join("corpus").join(&target)).unwrap().count() > 0,
                "{target}"
            );
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
        }
    }
}
