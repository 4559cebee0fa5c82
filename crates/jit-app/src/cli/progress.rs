//! How far a transfer is: in one line of a terminal that is rewritten, in a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jit_storages::Progress;

/// Shows, on standard error, how far the transfers are that a call tells of while it runs. Where that is no terminal,
/// only long ones are worth a word.
pub(super) async fn shown<F: Future>(call: F) -> F::Output {
    let begin = Instant::now();
    let lines = if io::stderr().is_terminal() { Lines::Rewritten } else { Lines::Plain };
    let line = Arc::new(Mutex::new(Line::new(io::stderr(), lines)));
    let told = Arc::clone(&line);
    let progress = Progress::new(move |done, total| {
        let mut line = told.lock().unwrap_or_else(PoisonError::into_inner);
        line.report(done, total, begin.elapsed());
    });
    let answer = progress.around(call).await;
    line.lock().unwrap_or_else(PoisonError::into_inner).end(begin.elapsed());
    answer
}

/// How what is told stands below what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lines {
    /// In its place, as terminals can.
    Rewritten,
    /// In a line of its own, as a file or a log has it.
    Plain,
}

impl Lines {
    /// How long nothing else is told.
    fn pause(self) -> Duration {
        match self {
            Self::Rewritten => Duration::from_millis(100),
            Self::Plain => Duration::from_secs(5),
        }
    }
}

/// The line.
struct Line<W> {
    out: W,
    lines: Lines,
    /// What was told first, and when.
    first: Option<(u64, Duration)>,
    done: u64,
    total: Option<u64>,
    /// When it was written last.
    written: Option<Duration>,
}

impl<W: Write> Line<W> {
    fn new(out: W, lines: Lines) -> Self {
        Self { out, lines, first: None, done: 0, total: None, written: None }
    }

    fn report(&mut self, done: u64, total: Option<u64>, now: Duration) {
        let (_, begin) = *self.first.get_or_insert((done, now));
        (self.done, self.total) = (done, total);
        // On a terminal the first is told at once.
        let last = self.written.or((self.lines == Lines::Plain).then_some(begin));
        if last.is_none_or(|last| now.saturating_sub(last) >= self.lines.pause()) {
            self.written = Some(now);
            let mut text = match total {
                Some(total) => {
                    let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
                    format!("{percent:>3} %  {} of {}", bytes(done), bytes(total))
                }
                None => bytes(done),
            };
            text.extend(self.rate(now).map(|rate| format!("  {rate}")));
            self.write(&text, false);
        }
    }

    /// The last line stays: what was moved, or how far it came.
    fn end(&mut self, now: Duration) {
        let Some((_, begin)) = self.first else { return };
        if self.lines == Lines::Plain && self.written.is_none() {
            return;
        }
        let seconds = now.saturating_sub(begin).as_secs_f64();
        let mut text = match self.total.filter(|total| self.done < *total) {
            Some(total) => format!("stopped after {} of {}", bytes(self.done), bytes(total)),
            None => format!("{} in {seconds:.1} s", bytes(self.done)),
        };
        text.extend(self.rate(now).map(|rate| format!("  {rate}")));
        self.write(&text, true);
    }

    /// Bytes in a second, on average; nothing before there is something to say.
    fn rate(&self, now: Duration) -> Option<String> {
        let (before, begin) = self.first?;
        let elapsed = now.saturating_sub(begin).as_millis();
        let moved = u128::from(self.done.saturating_sub(before)) * 1000;
        let rate = moved.checked_div(elapsed).and_then(|rate| u64::try_from(rate).ok());
        rate.filter(|rate| *rate > 0).map(|rate| format!("{}/s", bytes(rate)))
    }

    fn write(&mut self, text: &str, is_last: bool) {
        let written = match self.lines {
            // From the line's beginning, and to its end: what was longer is not to be seen behind it.
            Lines::Rewritten => {
                let end = if is_last { "\n" } else { "" };
                write!(self.out, "\r{text}\x1b[K{end}")
            }
            Lines::Plain => writeln!(self.out, "{}", text.trim_start()),
        };
        // Nobody is left to tell when the terminal has gone.
        drop(written.and_then(|()| self.out.flush()));
    }
}

/// A size as people read it.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let mut size = count as f64 / 1024.0;
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    // What would be rounded to 1024.0 is one of the next.
    while size >= 1023.95
        && let Some(next) = units.next()
    {
        (size, unit) = (size / 1024.0, next);
    }
    format!("{size:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn told(reports: &[(u64, Option<u64>, u64)], end: u64) -> String {
        told_in(Lines::Rewritten, reports, end)
    }

    fn told_in(lines: Lines, reports: &[(u64, Option<u64>, u64)], end: u64) -> String {
        let mut line = Line::new(Vec::new(), lines);
        for &(done, total, now) in reports {
            line.report(done, total, Duration::from_millis(now));
        }
        line.end(Duration::from_millis(end));
        let text = String::from_utf8(line.out).unwrap();
        text.replace('\r', "<").replace("\x1b[K", ">\n")
    }

    #[test]
    fn elsewhere_a_long_transfer_is_a_line_now_and_then_and_a_short_one_none() {
        let total = Some(64 * MIB);
        let reports = [
            (0, total, 0),
            (MIB, total, 4000),
            (16 * MIB, total, 5000),
            (17 * MIB, total, 9000),
            (32 * MIB, total, 10_000),
            (64 * MIB, total, 11_000),
        ];
        expect![[r#"
            25 %  16.0 MiB of 64.0 MiB  3.2 MiB/s
            50 %  32.0 MiB of 64.0 MiB  3.2 MiB/s
            64.0 MiB in 11.0 s  5.8 MiB/s
        "#]]
        .assert_eq(&told_in(Lines::Plain, &reports, 11_000));
        assert_eq!(told_in(Lines::Plain, &reports[..2], 4900), "");
    }

    #[test]
    fn a_transfer_is_one_line_that_is_rewritten_now_and_then() {
        let total = Some(64 * MIB);
        let reports = [
            (0, total, 0),
            (MIB, total, 50),
            (8 * MIB, total, 100),
            (9 * MIB, total, 150),
            (32 * MIB, total, 1000),
            (64 * MIB, total, 1010),
        ];
        expect![[r#"
              <  0 %  0 B of 64.0 MiB>
              < 12 %  8.0 MiB of 64.0 MiB  80.0 MiB/s>
              < 50 %  32.0 MiB of 64.0 MiB  32.0 MiB/s>
              <64.0 MiB in 2.0 s  32.0 MiB/s>

        "#]]
        .assert_eq(&told(&reports, 2000));
    }

    #[test]
    fn what_stops_and_what_is_of_no_known_size_is_told() {
        expect![[r#"
            < 50 %  512 B of 1.0 KiB>
            <stopped after 512 B of 1.0 KiB>

        "#]]
        .assert_eq(&told(&[(512, Some(1024), 0)], 1000));
        expect![[r#"
            <0 B>
            <2.0 MiB  20.0 MiB/s>
            <2.0 MiB in 1.0 s  2.0 MiB/s>

        "#]]
        .assert_eq(&told(&[(0, None, 0), (2 * MIB, None, 100)], 1000));
        expect![[r#"
            <100 %  0 B of 0 B>
            <0 B in 0.0 s>

        "#]]
        .assert_eq(&told(&[(0, Some(0), 0)], 0));
    }

    #[test]
    fn a_call_that_tells_of_no_transfer_leaves_no_line() {
        assert_eq!(told(&[], 1000), "");
    }

    #[test]
    fn sizes_have_the_unit_that_people_expect() {
        for (count, expected) in [
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (MIB - 1, "1.0 MiB"),
            (1536 * MIB, "1.5 GiB"),
            (u64::MAX, "16384.0 PiB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
    }
}
