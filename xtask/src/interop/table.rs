//! The table: a cell per case and column, every one filled or failed.

use std::fmt;

use super::driver::{Outcome, Presigned, Report};
use super::plan::{CLIENT_ROWS, COLUMNS, Column, NAMES, Reach, driver_rows, name_row};

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    /// Nothing was reported: a failure.
    Missing,
    Ok,
    /// The SDK rewrites the name after it has signed it, and is refused, as it has to be.
    Refused,
    /// The SDK has no such thing, or its column was left out, for this reason.
    Unable(String),
    Failed(String),
}

pub(crate) struct Table {
    rows: Vec<(String, [Cell; COLUMNS.len()])>,
    /// Reasons that belong to no row.
    others: Vec<String>,
}

impl Table {
    pub(crate) fn new() -> Self {
        let titles = driver_rows().chain(CLIENT_ROWS.map(str::to_owned));
        let rows = titles.map(|title| (title, [const { Cell::Missing }; COLUMNS.len()]));
        Self { rows: rows.collect(), others: Vec::new() }
    }

    /// Enters a driver's report; the URLs it presigned are what is left of it.
    pub(crate) fn enter(&mut self, column: Column, report: Report) -> Vec<Presigned> {
        for (case, result) in report.cases {
            self.set(column, &case, result);
        }
        for name in NAMES {
            if let Reach::Unable(why) = column.reach(name) {
                self.set(column, &name_row(name), Outcome::Unable(why.to_owned()));
            }
        }
        if let Some(crash) = report.crash {
            self.others.push(format!("{}: {crash}", column.title));
        }
        report.presigned
    }

    /// Enters nothing but why.
    pub(crate) fn leave_out(&mut self, column: Column, why: &str) {
        let titles: Vec<_> = self.rows.iter().map(|(title, _)| title.clone()).collect();
        titles.iter().for_each(|title| self.set(column, title, Outcome::Unable(why.to_owned())));
    }

    pub(crate) fn set(&mut self, column: Column, case: &str, outcome: Outcome) {
        let is_refused = |name| name_row(name) == case && column.reach(name) == Reach::Refused;
        let new = match outcome {
            Outcome::Ok if NAMES.into_iter().any(is_refused) => Cell::Refused,
            Outcome::Ok => Cell::Ok,
            Outcome::Unable(why) => Cell::Unable(why),
            Outcome::Failed(why) => Cell::Failed(why),
        };
        let row = self.rows.iter_mut().find(|(title, _)| title == case);
        let number = COLUMNS.iter().position(|known| known.title == column.title);
        match row.zip(number).and_then(|((_, cells), number)| cells.get_mut(number)) {
            Some(cell @ Cell::Missing) => *cell = new,
            Some(_) => self.others.push(format!("{}: `{case}` was reported twice", column.title)),
            None => self.others.push(format!("{}: `{case}` is no row", column.title)),
        }
    }

    /// How many cells there are.
    pub(crate) fn cells(&self) -> usize {
        self.rows.iter().map(|(_, cells)| cells.len()).sum()
    }

    /// How much went wrong.
    pub(crate) fn failures(&self) -> usize {
        let bad = |cell: &&Cell| matches!(cell, Cell::Missing | Cell::Failed(_));
        let cells = self.rows.iter().flat_map(|(_, cells)| cells);
        cells.filter(bad).count().saturating_add(self.others.len())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|(title, _)| columns(title)).max().unwrap_or_default();
        write!(f, "{:width$}", "")?;
        for column in COLUMNS {
            write!(f, "  {:10}", column.title)?;
        }
        for (title, cells) in &self.rows {
            write!(f, "\n{title}{:1$}", "", width.saturating_sub(columns(title)))?;
            for cell in cells {
                let shown = match cell {
                    Cell::Ok => "ok",
                    Cell::Refused => "refused*",
                    Cell::Unable(_) => "-",
                    Cell::Missing | Cell::Failed(_) => "FAILED",
                };
                write!(f, "  {shown:10}")?;
            }
        }
        let is_refused = |cell: &Cell| *cell == Cell::Refused;
        if self.rows.iter().any(|(_, cells)| cells.iter().any(is_refused)) {
            write!(
                f,
                "\n\n* This SDK signs the name and then sends it with the dots collapsed, so "
            )?;
            write!(f, "that OSS must refuse it; that it does is what is checked.")?;
        }
        for (number, column) in COLUMNS.iter().enumerate() {
            self.write_unable(f, number, column.title)?;
        }
        let unreported = "nothing was reported";
        for (title, cells) in &self.rows {
            for (cell, column) in cells.iter().zip(COLUMNS) {
                match cell {
                    Cell::Ok | Cell::Refused | Cell::Unable(_) => {}
                    Cell::Missing => write!(f, "\n\n{}, {title}: {unreported}", column.title)?,
                    Cell::Failed(why) => write!(f, "\n\n{}, {title}: {why}", column.title)?,
                }
            }
        }
        self.others.iter().try_for_each(|other| write!(f, "\n\n{other}"))
    }
}

impl Table {
    /// What a column has nothing for: each reason once, with its rows.
    fn write_unable(&self, f: &mut fmt::Formatter<'_>, number: usize, title: &str) -> fmt::Result {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (row, cells) in &self.rows {
            let Some(Cell::Unable(why)) = cells.get(number) else { continue };
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, rows)) => rows.push(row),
                None => reasons.push((why, vec![row])),
            }
        }
        if !reasons.is_empty() {
            write!(f, "\n\n- {title}:")?;
        }
        for (why, rows) in reasons {
            if rows.len() == self.rows.len() {
                write!(f, " {why}")?;
            } else {
                write!(f, "\n  {}: {why}", rows.join(", "))?;
            }
        }
        Ok(())
    }
}

/// How wide a text is on a terminal, as far as the names used here need it.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Table {
        let mut table = Table::new();
        let titles: Vec<String> = table.rows.iter().map(|(title, _)| title.clone()).collect();
        for column in COLUMNS {
            for title in &titles {
                table.set(column, title, Outcome::Ok);
            }
        }
        table
    }

    #[test]
    fn only_a_full_table_is_a_success() {
        let cells = Table::new().cells();
        assert_eq!(cells, 55 * COLUMNS.len(), "the number of cases is known");
        assert_eq!(Table::new().failures(), cells);
        assert_eq!(full().failures(), 0);
    }

    #[test]
    fn what_was_not_asked_for_or_comes_twice_is_a_failure() {
        let [column, ..] = COLUMNS;
        let mut table = full();
        table.set(column, "put", Outcome::Ok);
        assert_eq!(table.failures(), 1);
        table.set(column, "a case nobody knows", Outcome::Ok);
        assert_eq!(table.failures(), 2);
        let report = Report { crash: Some("it broke".to_owned()), ..Report::default() };
        table.enter(column, report);
        assert_eq!(table.failures(), 3);
        assert!(table.to_string().ends_with("oss2 V1: it broke"), "{table}");
    }

    #[test]
    fn what_an_sdk_lacks_is_told_and_no_failure() {
        let [column, other, ..] = COLUMNS;
        let mut table = Table::new();
        let missing = table.failures();
        for row in ["put", "get"] {
            table.set(column, row, Outcome::Unable("it has none".to_owned()));
        }
        table.leave_out(other, "left out");
        let shown = table.to_string();
        assert!(
            shown.contains("- oss2 V1:\n  put, get: it has none\n\n- oss2 V4: left out"),
            "{shown}"
        );
        assert_eq!(table.failures(), missing - 2 - 55);
    }

    #[test]
    fn a_failure_shows_its_reason() {
        let [column, ..] = COLUMNS;
        let mut table = Table::new();
        table.set(column, "put", Outcome::Failed("it said no".to_owned()));
        assert!(table.to_string().contains("oss2 V1, put: it said no"), "{table}");
    }
}
