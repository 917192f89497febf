//! What the columns of a text hold: as a declared table says, as the route declares, or as the database does.

use super::{DescribedColumn, Found, FoundColumn, Held, Mistake, Named};
use crate::schema::{ColumnType, Schema, TableDef, did_you_mean};
use crate::store::database::Database;
use crate::store::pieces::{Sort, is_of_word, pieces};
use crate::store::sql::{Dialect, HIDDEN};

/// Judges the columns of a text.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn judge(
    database: &Database,
    schema: &'static Schema,
    found: &Found,
    named: Named<'_>,
) -> Result<Vec<DescribedColumn>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let seen: Vec<&FoundColumn> = found.columns.iter().filter(|column| !column.is_hidden(schema)).collect();
    if seen.is_empty() {
        mistakes.push(Mistake::of_all("the SQL text answers no columns: select some"));
    }
    let adds_nulls = found.adds_nulls || adds_nulls(database.dialect(), named.text);
    let mut columns = Vec::with_capacity(seen.len());
    for (position, column) in seen.iter().enumerate() {
        let name = &column.name;
        if !column.is_named {
            mistakes.push(Mistake::of_all(format!(
                "column {} of the SQL text has no name: write `AS name` behind it",
                position + 1
            )));
        } else if seen[..position].iter().any(|before| before.name == *name) {
            mistakes.push(Mistake::of_all(format!(
                "the SQL text answers two columns `{name}`: name one of them otherwise, by `AS`"
            )));
        } else {
            match column.described(database, schema, named, adds_nulls) {
                Ok(column) => columns.push(column),
                Err(mistake) => mistakes.push(mistake),
            }
        }
    }
    for (name, _) in named.columns.iter().filter(|(name, _)| !seen.iter().any(|column| column.name == *name)) {
        let hint = did_you_mean(name, seen.iter().map(|column| &*column.name));
        mistakes.push(Mistake::of_all(format!(
            "the column `{name}` is declared, and the SQL text does not answer it{hint}"
        )));
    }
    if mistakes.is_empty() { Ok(columns) } else { Err(mistakes) }
}

impl FoundColumn {
    fn table(&self, schema: &'static Schema) -> Option<(&'static TableDef, &str)> {
        let (table, column) = self.origin.as_ref()?;
        Some((schema.table(table)?, column))
    }

    /// Whether it is a column that pxt keeps for itself, which `*` brings along.
    fn is_hidden(&self, schema: &'static Schema) -> bool {
        self.table(schema).is_some_and(|(_, column)| column.starts_with(HIDDEN) && self.name == column)
    }

    fn described(
        &self,
        database: &Database,
        schema: &'static Schema,
        named: Named<'_>,
        adds_nulls: bool,
    ) -> Result<DescribedColumn, Mistake> {
        let reads = |ty: ColumnType| match &self.held {
            Held::Anything => true,
            Held::Type { number, .. } => database.reads(ty, *number),
        };
        let origin = self.table(schema).and_then(|(table, column)| Some((table, table.position(column)?)));
        let column = |ty, nullable, strict| DescribedColumn { name: self.name.clone(), ty, nullable, origin, strict };
        if let Some((_, shape)) = named.columns.iter().find(|(name, shape)| *name == self.name && shape.ty.is_some()) {
            return match (shape.ty, &self.held) {
                (Some(ty), Held::Type { word, .. }) if !reads(ty) => Err(self.unfit(ty, word)),
                (ty, _) => Ok(column(ty, shape.nullable, !shape.nullable)),
            };
        }
        if let Some((table, position)) = origin {
            let def = &table.columns[position];
            if reads(def.ty) {
                return Ok(column(Some(def.ty), def.nullable || adds_nulls, false));
            }
        }
        match &self.held {
            Held::Anything => Ok(column(None, true, false)),
            Held::Type { ty: Some(ty), .. } => Ok(column(Some(*ty), true, false)),
            Held::Type { word, .. } => Err(self.unanswered(word)),
        }
    }

    fn unfit(&self, ty: ColumnType, word: &str) -> Mistake {
        let (name, declared) = (&self.name, ty.word());
        Mistake::of_all(format!(
            "column `{name}` is declared as {declared}, and the SQL text answers {word}: declare it as what it is, or cast it"
        ))
    }

    fn unanswered(&self, word: &str) -> Mistake {
        let name = &self.name;
        if word == "numeric" {
            return Mistake::of_all(format!(
                "column `{name}` of the SQL text is numeric, which holds numbers that no float does: declare it as int or float, or \
                 write `CAST({name} AS text) AS {name}`"
            ));
        }
        let how = match word.strip_suffix("[]") {
            Some(_) => format!("to_jsonb({name})"),
            None if word == "timestamp" => format!("{name} AT TIME ZONE 'UTC'"),
            None => format!("CAST({name} AS text)"),
        };
        Mistake::of_all(format!(
            "column `{name}` of the SQL text is of the type {word}, which no answer holds: write `{how} AS {name}`"
        ))
    }
}

/// Words by which rows are made that no table has, or that come with nulls.
const ADDING: [&str; 10] =
    ["LEFT", "RIGHT", "FULL", "UNION", "EXCEPT", "INTERSECT", "VALUES", "ROLLUP", "CUBE", "GROUPING"];

/// Whether a text may answer nulls for columns of tables that have none: it is no plain select.
fn adds_nulls(dialect: Dialect, text: &str) -> bool {
    let mut selects = 0;
    let mut adds = false;
    for word in words(dialect, text) {
        selects += usize::from(word.eq_ignore_ascii_case("SELECT"));
        adds |= ADDING.iter().any(|adding| word.eq_ignore_ascii_case(adding));
    }
    adds || selects != 1
}

/// The words of a text's code.
fn words(dialect: Dialect, text: &str) -> impl Iterator<Item = &str> {
    let code = pieces(dialect, text).into_iter().filter(|piece| piece.sort == Sort::Code);
    code.flat_map(|piece| piece.text.split(|letter: char| !is_of_word(letter))).filter(|word| !word.is_empty())
}

/// Where the only thing stands that a message of the database names: `near "FORM": syntax error`, `no such column: films.x`.
pub(super) fn named_in(told: &str, text: &str, dialect: Dialect) -> Option<usize> {
    let thing = match told.strip_prefix("near \"") {
        Some(rest) => rest.split_once("\":")?.0,
        None => told.split_once("no such ")?.1.split_once(": ")?.1,
    };
    let thing = thing.trim();
    let is_whole =
        |at: usize, code: &str| !code[..at].ends_with(is_of_word) && !code[at + thing.len()..].starts_with(is_of_word);
    let mut places = pieces(dialect, text)
        .into_iter()
        .filter(|piece| matches!(piece.sort, Sort::Code | Sort::Name) && !thing.is_empty())
        .flat_map(|piece| {
            let found = piece.text.match_indices(thing).map(|(at, _)| at).filter(|at| is_whole(*at, piece.text));
            found.map(|at| piece.start + at).collect::<Vec<_>>()
        });
    let first = places.next();
    if places.next().is_some() { None } else { first }
}

/// Where the word, or the one letter, ends that begins here.
pub(super) fn word_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let quoted = rest.strip_prefix('"').and_then(|inside| Some(inside.find('"')? + 2));
    let word = rest.find(|letter: char| !is_of_word(letter)).unwrap_or(rest.len());
    let letter = rest.chars().next().map_or(0, char::len_utf8);
    start + quoted.unwrap_or_else(|| word.max(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_selects_add_no_nulls() {
        for (text, adds) in [
            ("SELECT a FROM t JOIN u ON t.x = u.x WHERE 'LEFT' = b", false),
            ("select a from t left join u on true", true),
            ("SELECT (SELECT a FROM t)", true),
            ("VALUES (1)", true),
            ("SELECT a AS \"UNION\", lefts FROM t", false),
        ] {
            assert_eq!(adds_nulls(Dialect::Sqlite, text), adds, "{text}");
        }
    }

    #[test]
    fn what_a_message_names() {
        fn find<'t>(told: &str, text: &'t str) -> Option<&'t str> {
            named_in(told, text, Dialect::Sqlite).map(|at| &text[at..word_end(text, at)])
        }
        assert_eq!(find("near \"FORM\": syntax error", "SELECT a FORM t"), Some("FORM"));
        assert_eq!(find("no such column: x", "SELECT x, ax, 'x' FROM t"), Some("x"));
        assert_eq!(find("no such column: x", "SELECT x, x FROM t"), None);
        assert_eq!(find("no such table: a.b", "SELECT 1 FROM \"a.b\""), Some("a"));
        assert_eq!(find("something else", "SELECT x"), None);
    }
}
