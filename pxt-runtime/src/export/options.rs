//! Where answers are written besides, as it is declared.

use std::fmt;

use crate::store::shown;

/// A table of another database that answers are written to.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct SqlExport {
    /// The database: `postgresql://user:password@host/name`, `mysql://…` or `sqlite://path/to.db`; URLs of SQLAlchemy
    /// (`postgresql+psycopg://…`) are taken too. `${NAME}` stands for a variable of the environment, `${NAME:-other}` for one that may be missing, `$$` for a dollar sign.
    /// [`Debug`](fmt::Debug) shows neither user nor password.
    pub db_connect: String,
    /// The table.
    pub table: String,
    /// The table's schema, if it has one.
    pub db_schema: Option<String>,
    /// How a row is written.
    pub method: ExportMethod,
    /// When it is written.
    pub delivery: Delivery,
}

/// How a row is written to another database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ExportMethod {
    /// As a new row.
    #[default]
    Insert,
    /// Over the row with the same primary key, which has to be there.
    Update,
    /// Over the row with the same primary key, or as a new one.
    Merge,
}

/// When a row is written to another database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Before the request is answered, which fails when it cannot be written; the row of the service stays.
    #[default]
    Request,
    /// Later, as often as it takes: it is queued in the transaction that stores the row of the service.
    Outbox,
}

impl ExportMethod {
    /// The word for it: `insert`, `update` or `merge`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Merge => "merge",
        }
    }

    /// The method of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Insert, Self::Update, Self::Merge].into_iter().find(|method| method.word() == word)
    }
}

impl Delivery {
    /// The word for it: `request` or `outbox`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Outbox => "outbox",
        }
    }
}

impl SqlExport {
    /// Writes to this table of this database.
    pub fn to(db_connect: impl Into<String>, table: impl Into<String>) -> Self {
        Self { db_connect: db_connect.into(), table: table.into(), ..Self::default() }
    }

    /// In this schema of the database.
    #[must_use]
    pub fn db_schema(mut self, schema: impl Into<String>) -> Self {
        self.db_schema = Some(schema.into());
        self
    }

    /// In this manner.
    #[must_use]
    pub fn method(mut self, method: ExportMethod) -> Self {
        self.method = method;
        self
    }

    /// At this time.
    #[must_use]
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }
}

impl fmt::Debug for SqlExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { db_connect, table, db_schema, method, delivery } = self;
        f.debug_struct("SqlExport")
            .field("db_connect", &shown(db_connect))
            .field("table", table)
            .field("db_schema", db_schema)
            .field("method", method)
            .field("delivery", delivery)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for connect in [
            "postgresql+psycopg://ada:s3cret@db.example/films?sslpassword=s3cret",
            "mysql://ada:s3/cr@et:s3cret@db.example/films",
            "ada:s3cret@db.example/films",
        ] {
            let text = format!("{:?}", SqlExport::to(connect, "posters"));
            assert!(!text.contains("s3") && text.contains("\"posters\""), "{text}");
        }
    }
}
