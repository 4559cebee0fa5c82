//! What the system reports, told in terms of an app's files: paths of the machine stay out of it.

use std::io;

use jit_meta::{Error, ErrorKind};

use crate::files::reason;

/// Why something could not be done to `what`, which is already quoted.
pub(crate) fn failed(doing: &str, what: &str, error: &io::Error) -> Error {
    use io::ErrorKind as Io;
    let (kind, why, help) = match error.kind() {
        Io::NotFound | Io::NotADirectory => {
            let help = "check the path: it is taken exactly as given, case included";
            (ErrorKind::NotFound, "it is not there".to_owned(), Some(help))
        }
        Io::PermissionDenied | Io::ReadOnlyFilesystem => {
            let help = "check the permissions of the app's folder and what is in it";
            (ErrorKind::Io, "the operating system does not permit it".to_owned(), Some(help))
        }
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => {
            let help = "make room on the disk; what was there before is untouched";
            (ErrorKind::Io, "there is no room for it".to_owned(), Some(help))
        }
        Io::InvalidFilename => {
            let why = "the file system does not take a name like this".to_owned();
            (ErrorKind::InvalidPath, why, Some("choose a shorter name"))
        }
        _ => (ErrorKind::Io, reason(error), None),
    };
    let told = Error::new(kind, format!("cannot {doing} {what}: {why}"));
    help.into_iter().fold(told, Error::with_help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_reports_is_told_in_terms_of_files() {
        use io::ErrorKind as Io;
        for (reported, kind) in [
            (Io::NotFound, ErrorKind::NotFound),
            (Io::NotADirectory, ErrorKind::NotFound),
            (Io::PermissionDenied, ErrorKind::Io),
            (Io::StorageFull, ErrorKind::Io),
            (Io::InvalidFilename, ErrorKind::InvalidPath),
            (Io::Other, ErrorKind::Io),
        ] {
            let error = failed("read", "`a`", &io::Error::from(reported));
            assert_eq!(error.kind(), kind, "{reported}");
        }
    }
}
