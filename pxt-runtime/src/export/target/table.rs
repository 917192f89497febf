//! A table of a target, as its database describes it, in words that all databases share.

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Server {
    /// MySQL or MariaDB.
    Mysql,
    Postgres,
    Sqlite,
}

/// A table of a target, as its database describes it.
#[derive(Debug)]
pub(crate) struct TargetTable {
    pub(super) server: Server,
    /// As it is said, without quotes: `analytics.generations`.
    pub(super) name: String,
    /// As it is written in statements.
    pub(super) quoted: String,
    pub(super) is_view: bool,
    pub(super) columns: Vec<Column>,
    /// The columns of the primary key, in its order.
    pub(super) key: Vec<String>,
    /// Whether the primary key is looked at only when a transaction ends: no upsert can go by it.
    pub(super) is_deferrable: bool,
    /// The columns of each unique index besides, in their order. Not those of a part of the rows, or of expressions.
    pub(super) unique: Vec<Vec<String>>,
    /// Whether there is a unique index of a part of the rows, of expressions, or of the beginnings of texts.
    pub(super) has_partial: bool,
    /// The most bytes of a statement with its values, if there is a limit.
    pub(super) most_bytes: Option<u64>,
}

/// A column of a target.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: Type,
    /// As the database writes the type.
    pub(super) declared: String,
    /// What a text is cast to where that is needed: the type without its length.
    pub(super) cast: String,
    pub(super) is_nullable: bool,
    pub(super) origin: Origin,
}

/// Where the value of a column comes from when a row does not bring one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// From nowhere: null.
    Row,
    /// A default, or a number that the database gives.
    Default,
    /// The database alone.
    Generated,
}

/// What a column holds, in whatever database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Int {
        low: i128,
        high: i128,
        /// Whether truth values are kept as 0 and 1 by custom.
        may_be_bool: bool,
    },
    /// Decimal numbers: the most digits before the point, if that is all that limits them.
    Numeric(Option<u32>),
    Single,
    Double,
    Text {
        characters: Option<u64>,
        bytes: Option<u64>,
        /// Whether shorter texts are filled up with spaces, or lose those at their end.
        is_padded: bool,
        /// Whether all characters can be kept.
        is_unicode: bool,
    },
    /// Up to so many digits of a second.
    Timestamp(u32),
    Date,
    Uuid,
    /// Up to so many bytes, if there is a limit.
    Bytes(Option<u64>),
    /// Always so many bytes.
    FixedBytes(u64),
    Json,
    /// None that answers are written to, and why, if there is more to say.
    Other(Option<&'static str>),
}

impl TargetTable {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether no two rows have one value in this column.
    pub(super) fn is_unique(&self, column: &str) -> bool {
        [&self.key].into_iter().chain(&self.unique).any(|columns| matches!(&columns[..], [only] if only == column))
    }
}
