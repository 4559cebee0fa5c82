//! The file of all changes, one line each: what was written there happened, and nothing else did.
//!
//! A line is the CRC-64 of the rest in 16 hex digits, a space, and a JSON array of changes that happen
//! together. A line that was cut off, or that holds other bytes than were written, does not count.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_oss::crc64;

use super::index::{Change, Index};
use super::medium::Medium;

/// The journal is written anew when it is this many times what the state needs, and larger than so many
/// bytes.
const SLACK: u64 = 4;
const SMALL: u64 = 16 << 20;

const NOT_UNDONE: &str = "the journal could not be written before";

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Arc<File>,
    length: u64,
    /// How much was written in all, which only grows.
    position: u64,
    /// How long it was when it was last written anew.
    fresh: u64,
    /// Why nothing may be added any more: a write failed and could not be undone, or was not kept.
    broken: Option<&'static str>,
    medium: Arc<Medium>,
}

impl Journal {
    /// Opens or makes the journal, makes its changes in `index`, and says what of it did not count.
    /// `bind` sees each change before it is made.
    pub(super) fn open(
        path: &Path,
        index: &mut Index,
        medium: Arc<Medium>,
        mut bind: impl FnMut(&mut Change),
        warnings: &mut Vec<String>,
    ) -> io::Result<Self> {
        let file =
            File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let (mut line, mut good, mut end, mut number, mut count) = (Vec::new(), 0, 0_u64, 0, 0);
        let (mut damaged, mut freed) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            (end, number) = (end + read as u64, number + 1);
            match decode(&line) {
                Some(changes) => {
                    good = end;
                    for mut change in changes {
                        count += 1;
                        bind(&mut change);
                        index.apply(change, &mut freed);
                        freed.clear();
                    }
                }
                None => damaged.push((number, end)),
            }
        }
        let shown = path.display();
        for (line, _) in damaged.iter().filter(|(_, end)| *end < good) {
            warnings.push(format!("skipped line {line} of {shown}: it is damaged"));
        }
        if good < end {
            // A write that was never acknowledged.
            file.set_len(good)?;
        }
        let mut file = file;
        file.seek(SeekFrom::End(0))?;
        let (path, file) = (path.to_owned(), Arc::new(file));
        let (length, position, fresh) = (good, good, good);
        let mut journal = Self { path, file, length, position, fresh, broken: None, medium };
        if count > 2 * index.size() + 1000 {
            journal.rewrite(index)?;
        }
        Ok(journal)
    }

    /// Adds changes that happen together.
    pub(super) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        if let Some(why) = self.broken {
            return Err(io::Error::other(why));
        }
        let line = encode(changes)?;
        let mut file = self.file.try_clone()?;
        if let Err(error) = self.medium.write(&mut file, &line) {
            let undone = file.set_len(self.length).and_then(|()| file.seek(SeekFrom::End(0)));
            if undone.is_err() {
                self.stop(NOT_UNDONE);
            }
            return Err(error);
        }
        self.length += line.len() as u64;
        self.position += line.len() as u64;
        Ok(())
    }

    /// Writes it anew when most of it is history.
    pub(super) fn tidy(&mut self, index: &Index) -> io::Result<()> {
        if self.length > SMALL.max(SLACK * self.fresh) { self.rewrite(index) } else { Ok(()) }
    }

    /// Writes it anew, on the medium: what it has, and no history.
    pub(super) fn rewrite(&mut self, index: &Index) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&new)?);
        for change in index.changes() {
            file.write_all(&encode(&[change])?)?;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        // Not only for a power cut: the old journal is gone after this.
        file.sync_all()?;
        let length = file.metadata()?.len();
        let parent = self.path.parent().map(File::open).transpose()?;
        fs::rename(&new, &self.path)?;
        // From here on it is the journal, whatever else fails.
        self.length = length;
        self.fresh = length;
        self.file = Arc::new(file);
        if let Some(parent) = parent {
            let synced = parent.sync_all();
            // After a power cut the old one could be there again, without what is written now.
            if synced.is_err() {
                self.stop(NOT_UNDONE);
            }
            synced?;
        }
        Ok(())
    }

    /// Lets nothing be added from now on, for this reason.
    pub(super) fn stop(&mut self, why: &'static str) {
        self.broken.get_or_insert(why);
    }

    /// Where it ends, and the file that has all up to there once it is forced to the medium.
    pub(super) fn end(&self) -> (u64, Arc<File>) {
        (self.position, Arc::clone(&self.file))
    }
}

fn encode(changes: &[Change]) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(changes)?;
    let mut line = format!("{:016x} ", crc64::of(&json)).into_bytes();
    line.extend_from_slice(&json);
    line.push(b'\n');
    Ok(line)
}

fn decode(line: &[u8]) -> Option<Vec<Change>> {
    let (sum, json) = line.strip_suffix(b"\n")?.split_at_checked(17)?;
    let sum = u64::from_str_radix(std::str::from_utf8(sum).ok()?.strip_suffix(' ')?, 16).ok()?;
    if crc64::of(json) == sum { serde_json::from_slice(json).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::version::Properties;
    use super::*;

    fn bucket(name: &str) -> Change {
        Change::Bucket { name: name.to_owned(), properties: Properties::default() }
    }

    fn open(path: &Path) -> (Journal, Vec<String>, Vec<String>) {
        let (mut index, mut warnings) = (Index::default(), Vec::new());
        let journal =
            Journal::open(path, &mut index, Arc::default(), |_| {}, &mut warnings).unwrap();
        (journal, index.buckets.into_keys().collect(), warnings)
    }

    #[test]
    fn every_cut_of_the_last_line_takes_all_of_it_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (mut journal, ..) = open(&path);
        journal.append(&[bucket("a-1")]).unwrap();
        let good = journal.length;
        journal.append(&[bucket("b-1"), bucket("c-1")]).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in good as usize..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let (mut journal, buckets, warnings) = open(&path);
            assert_eq!((buckets, warnings), (vec!["a-1".to_owned()], vec![]), "{length}");
            journal.append(&[bucket("d-1")]).unwrap();
            assert_eq!(open(&path).1, ["a-1", "d-1"]);
        }
    }

    #[test]
    fn a_damaged_line_is_skipped_and_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (mut journal, ..) = open(&path);
        for name in ["a-1", "b-1", "c-1"] {
            journal.append(&[bucket(name)]).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("b-1", "b-2")).unwrap();
        let (_, buckets, warnings) = open(&path);
        assert_eq!(buckets, ["a-1", "c-1"]);
        assert!(warnings.len() == 1 && warnings[0].contains("line 2"), "{warnings:?}");
    }

    #[test]
    fn a_full_disk_fails_the_write_and_leaves_what_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (mut journal, ..) = open(&path);
        journal.append(&[bucket("a-1")]).unwrap();
        journal.medium.limit(Some(20));
        let error = journal.append(&[bucket("b-1")]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        journal.medium.limit(None);
        journal.append(&[bucket("c-1")]).unwrap();
        let (_, buckets, warnings) = open(&path);
        assert_eq!((buckets.join(" "), warnings.len()), ("a-1 c-1".to_owned(), 0));
    }

    #[test]
    fn history_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let (mut journal, ..) = open(&path);
        for _ in 0..1500 {
            journal.append(&[bucket("a-1")]).unwrap();
        }
        let before = journal.length;
        let (mut journal, buckets, _) = open(&path);
        assert!(journal.length < before / 1000, "{} {before}", journal.length);
        journal.append(&[bucket("b-1")]).unwrap();
        assert_eq!(
            (buckets, open(&path).1),
            (vec!["a-1".to_owned()], vec!["a-1".into(), "b-1".into()])
        );
    }
}
