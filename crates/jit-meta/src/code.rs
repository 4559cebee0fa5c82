//! The codes of findings: the one place that says what each means.

use std::fmt;

macro_rules! codes {
    ($($name:ident $code:literal $explanation:literal $help:literal)*) => {
        /// The stable code of a finding. The text of each says cause and cure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = concat!("`", $code, "`: ", $explanation, " ", $help)]
                $name,
            )*
        }

        impl Code {
            /// Every code, in the order of their numbers.
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$name),*]
            }

            /// The code as it is printed, `JIT0102`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What findings with this code have in common: one sentence.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => $explanation,)*
                }
            }

            /// What to do about them.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)*
                }
            }
        }
    };
}

codes! {
    NoApp "JIT0001"
        "The folder is no app: `app.json` is missing or cannot be read."
        "Point at the folder that holds it."
    AppJson "JIT0002"
        "`app.json` is not understood."
        "Correct the marked place."
    Unreadable "JIT0003"
        "A folder or file could not be read."
        "Check its permissions; everything else was read."
    InitData "JIT0004"
        "`initData.json` is not understood."
        "Correct the marked place."
    StalePack "JIT0005"
        "The pack of an app's definitions is not that of its folder, or is damaged."
        "Pack it again."
    ElementName "JIT0100"
        "An element's folder has a name that no element can have, or one that differs from another's in nothing but case."
        "Rename the folder."
    ElementSyntax "JIT0101"
        "`e.json` is not valid JSON, not an object, gives a key twice, or is nested too deeply."
        "Correct the marked place."
    UnknownType "JIT0102"
        "No Type with this name is registered, and it looks like a slip."
        "Use the name offered."
    MissingType "JIT0103"
        "`e.json` has no `type`, or an empty one where no Meta is expected."
        "Name the Type that the element is an instance of."
    NotLinked "JIT0104"
        "No code for this Type, or for this service, is linked into the program."
        "Link the crate that registers it."
    FieldValue "JIT0105"
        "A field of `e.json` is missing or misspelt, or has a value of the wrong kind."
        "Correct the marked place."
    TypeCycle "JIT0106"
        "The chain of `type`s comes back to where it began."
        "Break it."
    NoElement "JIT0107"
        "The name an element is asked for by is not there."
        "Use a name that is."
    Protected "JIT0108"
        "An app redefines an element that the app it extends has `protected`."
        "Rename one of them."
    Selector "JIT0109"
        "A selector is not understood."
        "Correct the marked place."
    NoDefine "JIT0110"
        "A folder looks like an element's and has no `e.json`."
        "Create it."
    SplitType "JIT0111"
        "An element has several `e.json`, in its folder, `backend` or `frontend`, and they disagree on its `type`."
        "Correct or remove one."
    NotImplemented "JIT0112"
        "A service declares a function that its code does not have."
        "Implement it, or remove the declaration."
    NotDeclared "JIT0113"
        "The code of a service has a function that its `e.json` does not declare."
        "Declare it in `functionList`."
    RegisteredTwice "JIT0114"
        "There are two codes for one service of an app, or for one of its functions."
        "Remove one."
    NoConfig "JIT0201"
        "The element needs a configuration file and has none."
        "Create it."
    ConfigSyntax "JIT0202"
        "The configuration file is not valid JSON, not an object, gives a key twice, or is nested too deeply."
        "Correct the marked place."
    MissingKey "JIT0203"
        "Required keys are missing."
        "Add them."
    UnknownKey "JIT0204"
        "A key that the Type does not know."
        "Correct or remove it."
    WrongType "JIT0205"
        "A value of the wrong JSON type."
        "Correct it."
    BadValue "JIT0206"
        "A value that the Type cannot accept."
        "Correct it."
    UnsetVariable "JIT0207"
        "A required key is empty because a variable is not set."
        "Set the variable."
    ExposedSecret "JIT0208"
        "A configuration with secrets would be bundled for browsers."
        "Remove `frontBundleEntry`."
    ConfigName "JIT0209"
        "The configuration is in `config.json`, or there are several files that could be it."
        "Keep one, called by the element's own name."
    MalformedPlaceholder "JIT0210"
        "A value looks like a placeholder and is none."
        "Write `${NAME}` or `{{NAME}}`."
    NamedElement "JIT0211"
        "A key names an element that is not there, that is of another family than the Type needs, or that is the element itself."
        "Name an element of that family."
    LiteralSecret "JIT0212"
        "A secret stands in a configuration file, where everybody who has the app's files can read it."
        "Put it into a variable, and `${NAME}` into the file."
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_in_order_and_say_cause_and_cure() {
        let codes: Vec<_> = Code::all().iter().map(|code| code.as_str()).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
        for code in Code::all() {
            for text in [code.explanation(), code.help()] {
                assert!(text.starts_with(char::is_uppercase) || text.starts_with('`'), "{code}");
                assert!(text.ends_with('.'), "{code}: {text}");
            }
        }
    }
}
