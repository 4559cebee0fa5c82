//! The program as people run it, as far as it needs nothing built.

use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};

use crate::support::{Copy, write};

fn run(copy: &Copy, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-jit"));
    command.args(args).current_dir(copy.app()).stdin(Stdio::null());
    command.output().unwrap()
}

#[track_caller]
fn check(args: &[&str], expected: Expect) {
    let copy = Copy::outside();
    let before = copy.files();
    let output = run(&copy, args);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let code = output.status.code().unwrap();
    expected.assert_eq(&format!("{out}{err}--- exit code {code}\n"));
    assert_eq!(copy.files(), before);
}

#[test]
fn the_help_says_what_there_is() {
    check(
        &["jit", "--help"],
        expect![[r#"
        Makes apps and elements of every kind, tested and linked, and takes them away again

        Usage: cargo jit <COMMAND>

        Commands:
          new-app      Make an app: folder, crate, README, tests, and a storage that keeps files on disk
          new-element  Make an element, with everything that belongs to it: definition, configuration, code, test, dependencies, and the line that links it
          check        Validate every definition and configuration of the app: its program's own `check`
          types        List the families and Types that the app's program links: its own `types`
          completions  Print a script that completes `cargo-jit` in a shell
          help         Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help
          -V, --version  Print version

        Exit codes: 0 done, 1 failed and nothing was changed, 2 the command line is wrong.
        --- exit code 0
    "#]],
    );
    check(
        &["new-element", "--help"],
        expect![[r#"
            Make an element, with everything that belongs to it: definition, configuration, code, test, dependencies, and the line that links it.

            Without --app it is made in the app one is in.

            Usage: cargo jit new-element [OPTIONS] [NAME]

            Arguments:
              [NAME]
                      The element's full name, like `storages.Archive`

            Options:
                  --type <TYPE>
                      An instance of this Type

                  --extends <TYPE>
                      A Type that wraps this one, of the storages

                  --meta <FAMILY>
                      A Type of this family that stands alone: `storages.Meta`

                  --override <TYPE>
                      Code of the app's own in the place of this Type's, of the storages

                  --family
                      A family: interface, function list, one Type, one instance

                  --service
                      A service: functions in Rust, declared in its `e.json`

                  --function <NAME>
                      A function of the service, like `placeOrder`; again for more

                  --remove <NAME>
                      Take away what was made under this name, if it is as it was made and nobody uses it

                  --force
                      With --remove: also what was edited since, and what is used; its users are listed

                  --app <DIR>
                      The app's folder

                  --title <TITLE>
                      What people see

                  --set <KEY=VALUE>
                      A value for a key of the configuration; again for more

                  --dry-run
                      Show what would be written, and write nothing

              -h, --help
                      Print help (see a summary with '-h')

            Examples:
              new-element storages.Archive --type storages.OssType              a storage
              new-element storages.Archive --type storages.OssType --set 'bucketName=${OSS_BUCKET}'
              new-element storages.SmallOssType --extends storages.OssType      a Type that wraps another
              new-element storages.MyType --meta storages.Meta                  a Type that stands alone
              new-element --override storages.OssType                           the app's own code for a Type
              new-element imRobots.Meta --family                                a family of one's own
              new-element services.Orders --service                             functions in Rust
              new-element services.Tickets --service --function open            the same, with a function of this name
              new-element --remove storages.Archive                             away again

            Code for a Type is written for the storages. For one of another family, a family of one's own as well, the same
            options tell step by step what to write by hand.

            The app's program is built for that, as it knows the Types: the first time takes as long as `cargo build`.

            What is secret is never written into a file: it becomes a variable, and its name is printed.

            Exit codes: 0 done, 1 failed and nothing was changed, 2 the command line is wrong.
            --- exit code 0
        "#]],
    );
}

#[test]
fn without_a_terminal_what_is_missing_is_named_and_nothing_is_asked() {
    check(
        &["new-element"],
        expect![[r#"
        error: the element's name is missing
        help: give it first: new-element storages.Archive …
        --- exit code 2
    "#]],
    );
    check(
        &["new-element", "storages.Archive"],
        expect![[r#"
            error: --type is missing
            help: say what it is: --type, --extends, --meta, --override, --family, --service (see --help)
            --- exit code 2
        "#]],
    );
    check(
        &["new-element", "storages.Archive", "--type", "a.B", "--family"],
        expect![[r#"
        error: the argument '--type <TYPE>' cannot be used with '--family'

        Usage: cargo jit new-element --type <TYPE> <NAME>

        For more information, try '--help'.
        --- exit code 2
    "#]],
    );
    check(
        &["new-element", "services.Orders", "--service", "--set", "a=b"],
        expect![[r#"
            error: --set is for what has a configuration: an instance of a Type
            help: say which Type: --type
            --- exit code 2
        "#]],
    );
    check(
        &["new-element", "services.Orders", "--function", "place-order"],
        expect![[r#"
        error: `place-order` is no name of a function
        help: it is letters, digits and `_`, like `placeOrder`, and does not start with a digit
        --- exit code 2
    "#]],
    );
    check(
        &["new-element", "storages.A", "--type", "storages.OssType", "--function", "place"],
        expect![[r#"
            error: the argument '--type <TYPE>' cannot be used with '--function <NAME>'

            Usage: cargo jit new-element --type <TYPE> <NAME>

            For more information, try '--help'.
            --- exit code 2
        "#]],
    );
    check(
        &["elements"],
        expect![[r#"
        error: `elements` is a command of the app's own program
        help: cargo run -- elements
        --- exit code 2
    "#]],
    );
    check(
        &["new-element", "storages.MyType", "--override", "storages.OssType"],
        expect![[r#"
        error: --override takes the place of `storages.OssType`, under that name: `storages.MyType` is one too many
        help: new-element --override storages.OssType; for a Type of another name: --extends storages.OssType
        --- exit code 2
    "#]],
    );
    check(
        &["new-element", "storages.Archive", "--type", "storages.OssType", "--force"],
        expect![[r#"
            error: --force is for --remove
            help: what is made never takes the place of what is there
            --- exit code 2
        "#]],
    );
    check(
        &["new-element", "--remove", "storages.Archive"],
        expect![[r#"
        error: `storages.Archive` is nothing that was made here: no `e.json` and no code of that name
        help: it has to be in the app itself: --app DIR
        --- exit code 1
    "#]],
    );
}

/// What `cargo jit` asks Cargo for; that Cargo ends with 7.
#[cfg(unix)]
fn asked_of_cargo(args: &[&str]) -> (Vec<String>, String, Option<i32>) {
    use std::os::unix::fs::PermissionsExt;

    let copy = Copy::outside();
    let cargo = copy.root().join("cargo");
    write(&cargo, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-jit"));
    command.args(args).current_dir(copy.app()).env("CARGO", &cargo);
    let output = command.output().unwrap();
    let asked = String::from_utf8(output.stdout).unwrap();
    assert!(asked.starts_with("run\n--quiet\n"), "nobody looks on: {asked}");
    let told = String::from_utf8(output.stderr).unwrap();
    let own = asked.lines().skip_while(|line| *line != "--").skip(3).map(str::to_owned).collect();
    (own, told, output.status.code())
}

#[cfg(unix)]
#[test]
fn what_the_program_checks_is_asked_of_it_with_all_that_it_can_be_told() {
    for (args, handed_on) in [
        (&["check"][..], &["check"][..]),
        (&["check", "--json"], &["check", "--json"]),
        (
            &["check", "--allow-unset", "--format", "sarif"],
            &["check", "--format", "sarif", "--allow-unset"],
        ),
        (&["types", "--json"], &["types", "--json"]),
    ] {
        assert_eq!(
            asked_of_cargo(args),
            (
                handed_on.iter().map(|it| (*it).to_owned()).collect(),
                "building `shop`: its program knows the Types\n".to_owned(),
                Some(7)
            )
        );
    }
}

#[test]
fn shells_complete_it() {
    let copy = Copy::outside();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&copy, &["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("new-element"), "{shell}");
    }
}

#[test]
fn a_new_app_is_shown_and_made() {
    let copy = Copy::outside();
    let shown = run(&copy, &["new-app", "acme.Web", "--dry-run"]);
    assert!(shown.status.success(), "{shown:?}");
    assert!(!copy.app().join("web").exists());
    assert!(run(&copy, &["new-app", "acme.Web"]).status.success());
    assert!(copy.app().join("web/src/main.rs").is_file());
    let again = run(&copy, &["new-app", "acme.Web"]);
    assert_eq!(again.status.code(), Some(1));
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(error.contains("`web/Cargo.toml` is there already"), "{error}");
    assert!(error.contains("help: choose another folder: --dir DIR"), "{error}");
}
