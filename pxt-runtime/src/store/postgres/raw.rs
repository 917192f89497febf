//! Statements of a program's own, which only read; and those of pxt's own, which may write.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::postgres::{PgConnection, PgRow, PgTypeInfo};
use sqlx::{
    AssertSqlSafe, Column as _, Encode as _, Executor as _, Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _,
    ValueRef as _,
};

use super::bind::{self, Bind};
use super::readers::{Read, Reader, Source};
use super::{Database, control, failure, placeholders};
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::store::fetch::Failed;
use crate::store::script::{self, Answered};
use crate::value::Value;

/// Texts that are kept prepared.
pub(super) const TEXTS: usize = 256;

/// A text as PostgreSQL takes it.
#[derive(Debug)]
pub(super) struct Prepared {
    text: Arc<str>,
    /// Of each kind of value, the type.
    types: Vec<PgTypeInfo>,
    parameters: usize,
}

impl Database {
    /// All rows of a text that was looked at before: of each, the columns of these names.
    pub(in crate::store) async fn sql(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        self.sql_of(Source::Replica, text, values, columns).await
    }

    /// The same, of one of the servers.
    pub(in crate::store) async fn sql_of(
        &self,
        source: Source,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        let script = self.script(text, values)?;
        let read = self.readers.read(source, &script).await;
        let (names, rows) = read.map_err(|failed| failed.told(failure::of_text))?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let place = |(name, ty): &(&str, ColumnType)| Ok((script::position(&names, name)?, *ty));
        let places = columns.iter().map(place).collect::<Result<Vec<_>, StoreError>>()?;
        let row = |row| Answered::of(places.iter().map(|(position, ty)| value(row, *position, *ty)));
        Ok(rows.iter().map(row).collect())
    }

    /// Runs one statement of pxt's own that writes, as a transaction of its own: it is durable when this returns. Answers the rows that it
    /// returns, whose columns are these in this order. When the connection is lost, it may be run twice.
    pub(in crate::store) async fn change(
        &self,
        text: &str,
        values: Vec<Value>,
        columns: &[(&str, ColumnType)],
    ) -> Result<Vec<Answered>, StoreError> {
        let write = self.readers.read(Source::Primary, &Change(self.script(text, values)?)).await;
        let rows = write.map_err(|failed| failed.told(failure::of_text))?;
        let row = |row| Answered::of(columns.iter().enumerate().map(|(position, (_, ty))| value(row, position, *ty)));
        Ok(rows.iter().map(row).collect())
    }

    /// The server's clock, in microseconds since 1970.
    pub(in crate::store) async fn now(&self) -> Result<i64, StoreError> {
        let text = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint) AS \"now\"";
        script::number(self.sql_of(Source::Primary, text, Vec::new(), &[("now", ColumnType::Int)]).await?)
    }

    fn script(&self, text: &str, values: Vec<Value>) -> Result<Script, StoreError> {
        let mut binds = Vec::with_capacity(values.len());
        for (position, value) in values.into_iter().enumerate() {
            binds.push(Bind::bare(value).map_err(|problem| script::wrong_value(position, problem))?);
        }
        let (prepared, kept) = self.prepared(text, &binds);
        if prepared.parameters != binds.len() {
            return Err(script::wrong_count(prepared.parameters, binds.len()));
        }
        Ok(Script { prepared, kept, binds })
    }

    /// A text by what it is and by the types of its values: PostgreSQL prepares it for these, and sqlx takes one text for one
    /// statement.
    fn prepared(&self, text: &str, binds: &[Bind]) -> (Arc<Prepared>, bool) {
        let types: Vec<PgTypeInfo> = binds.iter().filter_map(Bind::produces).collect();
        let mut key = text.as_bytes().to_vec();
        key.push(0);
        let oids = types.iter().map(|ty| ty.oid().map_or(0, |oid| oid.0));
        key.extend(oids.clone().flat_map(u32::to_be_bytes));
        if let Some(known) = self.texts.find(&key) {
            return (known, true);
        }
        let (mut text, parameters) = placeholders::number(text);
        text.push_str("\n--");
        for oid in oids {
            // Writing to a `String` does not fail.
            let _ = write!(text, " {oid}");
        }
        self.texts.keep(&key, Arc::new(Prepared { text: text.into(), types, parameters }))
    }
}

/// A text with its values.
struct Script {
    prepared: Arc<Prepared>,
    kept: bool,
    binds: Vec<Bind>,
}

impl Read for Script {
    /// The names of the columns, and the rows.
    type Answer = (Vec<String>, Vec<PgRow>);

    async fn read(&self, reader: &mut Reader) -> Result<Self::Answer, Failed> {
        control(reader, "BEGIN READ ONLY").await?;
        let answer = self.rows(reader).await;
        // Whatever became of it, and whatever it set.
        control(reader, "ROLLBACK").await?;
        let answer = answer?;
        reader.settle();
        Ok(answer)
    }
}

/// One that writes.
struct Change(Script);

impl Read for Change {
    type Answer = Vec<PgRow>;

    async fn read(&self, reader: &mut Reader) -> Result<Self::Answer, Failed> {
        let (_, rows) = self.0.rows(reader).await?;
        reader.settle();
        Ok(rows)
    }
}

impl Script {
    async fn rows(&self, connection: &mut PgConnection) -> Result<(Vec<String>, Vec<PgRow>), sqlx::Error> {
        let text = || AssertSqlSafe(self.prepared.text.clone());
        let query = sqlx::query_with(text(), bind::arguments(&self.binds)?).persistent(self.kept);
        let rows = query.fetch_all(&mut *connection).await?;
        let names = match rows.first() {
            Some(row) => row.columns().iter().map(|column| column.name().to_owned()).collect(),
            None => {
                let statement = connection.prepare_with(text().into_sql_str(), &self.prepared.types).await?;
                statement.columns().iter().map(|column| column.name().to_owned()).collect()
            }
        };
        Ok((names, rows))
    }
}

/// Strictly by the type that PostgreSQL says. It adds integers up to a `numeric`, which is read as what its value is.
pub(super) fn value(row: &PgRow, position: usize, ty: ColumnType) -> Result<Value, StoreError> {
    let raw = row.try_get_raw(position).map_err(failure::general)?;
    let holds = raw.type_info().name().to_ascii_lowercase();
    let read = match (ty, raw.is_null(), holds.as_str()) {
        (ColumnType::Int | ColumnType::Float, false, "numeric") => raw.as_bytes().ok().and_then(|raw| numeric(raw, ty)),
        _ => bind::read(ty, row, position),
    };
    let name = || row.columns()[position].name();
    read.ok_or_else(|| script::wrong_type(name(), ty, &holds))
}

/// A `numeric` in its binary form: four numbers of two bytes, of which the last tells the digits behind the point, then
/// digits of base 10,000.
fn numeric(bytes: &[u8], ty: ColumnType) -> Option<Value> {
    let mut words = bytes.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (digits, weight, sign, scale) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let negative = match sign {
        0 => "",
        0x4000 => "-",
        // Not a number, or infinite.
        _ => return None,
    };
    let mut text = negative.to_owned();
    let mut exponent = i32::from(weight) * 4;
    let words: Vec<i16> = words.take(usize::try_from(digits).ok()?).collect();
    if ty == ColumnType::Int {
        if scale > 0 && words.len() as i32 > i32::from(weight) + 1 {
            return None;
        }
        let missing = usize::try_from(i32::from(weight) + 1 - words.len() as i32).ok()?;
        for word in words.iter().chain(std::iter::repeat_n(&0, missing)) {
            let _ = write!(text, "{word:04}");
        }
        return text.parse().ok().or_else(|| words.is_empty().then_some(0)).map(Value::Int);
    }
    exponent -= 4 * (words.len() as i32 - 1);
    for word in &words {
        let _ = write!(text, "{word:04}");
    }
    if words.is_empty() {
        return Some(Value::Float(0.0));
    }
    let _ = write!(text, "e{exponent}");
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[i16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn numerics() {
        for (bytes, int, float) in [
            // 0, 12, -120,000,000, 1.5, 0.00001234, 99999999999999999999
            (words(&[0, 0, 0, 0]), Some(0), 0.0),
            (words(&[1, 0, 0, 0, 12]), Some(12), 12.0),
            (words(&[2, 2, 0x4000, 0, 1, 2000]), Some(-120_000_000), -120_000_000.0),
            (words(&[2, 0, 0, 1, 1, 5000]), None, 1.5),
            (words(&[1, -2, 0, 8, 1234]), None, 0.000_012_34),
            (words(&[5, 4, 0, 0, 9999, 9999, 9999, 9999, 9999]), None, 99_999_999_999_999_999_999.0),
            // 2.0, whose digits behind the point are not sent.
            (words(&[1, 0, 0, 1, 2]), Some(2), 2.0),
        ] {
            assert_eq!(numeric(&bytes, ColumnType::Int), int.map(Value::Int), "{bytes:?}");
            assert_eq!(numeric(&bytes, ColumnType::Float), Some(Value::Float(float)), "{bytes:?}");
        }
        // Not a number.
        assert_eq!(numeric(&words(&[0, 0, -0x4000, 0]), ColumnType::Float), None);
    }
}
