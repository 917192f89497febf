//! What a route is declared with, one struct a kind: the parameters of the serving guide's router, with its defaults.

use crate::export::SqlExport;

/// A route that stores a row and answers with some of its columns.
///
/// ```
/// use pxt_runtime::route::Insert;
///
/// let route = Insert::at("/generate").inputs(["prompt"]).outputs(["prompt", "result"]);
/// assert_eq!(route.path, "/generate");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Insert {
    /// The path, with its slash.
    pub path: String,
    /// The columns of the request. Default: all that are not computed.
    pub inputs: Option<Vec<String>>,
    /// Media columns that arrive as files; the request is a multipart form then.
    pub uploadfile_inputs: Vec<String>,
    /// The columns of the answer. Default: all.
    pub outputs: Option<Vec<String>>,
    /// Whether the one media column among the outputs is answered as a file.
    pub return_fileresponse: bool,
    /// Where the answer is written besides.
    pub export_sql: Option<SqlExport>,
    /// Whether the answer is a job, which does the work later.
    pub background: bool,
    /// How many of the route's jobs run at once on one node. Default: as many as the service runs.
    pub concurrency: Option<u32>,
}

/// A route that changes a row, found by its primary key, and answers with some of its columns.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Update {
    /// The path, with its slash.
    pub path: String,
    /// The columns that a request may change. Default: all that are neither computed, nor key, nor media.
    pub inputs: Option<Vec<String>>,
    /// The columns of the answer. Default: all.
    pub outputs: Option<Vec<String>>,
    /// Whether the one media column among the outputs is answered as a file.
    pub return_fileresponse: bool,
    /// Where the answer is written besides.
    pub export_sql: Option<SqlExport>,
    /// Whether the answer is a job, which does the work later.
    pub background: bool,
    /// How many of the route's jobs run at once on one node. Default: as many as the service runs.
    pub concurrency: Option<u32>,
}

/// A route that deletes the rows whose columns have the values of the request, and answers with their number.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Delete {
    /// The path, with its slash.
    pub path: String,
    /// The columns of the request. Default: the primary key.
    pub match_columns: Option<Vec<String>>,
    /// Whether the answer is a job, which does the work later.
    pub background: bool,
    /// How many of the route's jobs run at once on one node. Default: as many as the service runs.
    pub concurrency: Option<u32>,
}

/// A route that computes a row without storing it, and answers with some of its columns.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Compute {
    /// The path, with its slash.
    pub path: String,
    /// The columns of the request. Default: all that are not computed.
    pub inputs: Option<Vec<String>>,
    /// Media columns that arrive as files; the request is a multipart form then.
    pub uploadfile_inputs: Vec<String>,
    /// The columns of the answer. Default: all.
    pub outputs: Option<Vec<String>>,
    /// Whether the one media column among the outputs is answered as a file.
    pub return_fileresponse: bool,
    /// Whether the answer is a job, which does the work later.
    pub background: bool,
    /// How many of the route's jobs run at once on one node. Default: as many as the service runs.
    pub concurrency: Option<u32>,
}

/// A route that answers with the rows of a query.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Query {
    /// The path, with its slash.
    pub path: String,
    /// The parameters of the request. Default: all of the query.
    pub inputs: Option<Vec<String>>,
    /// Media parameters that arrive as files; the request is a multipart form then.
    pub uploadfile_inputs: Vec<String>,
    /// Whether there has to be one row, answered without a list: 404 for none, 409 for several.
    pub one_row: bool,
    /// Whether the one media column of the one row is answered as a file.
    pub return_fileresponse: bool,
    /// Whether the answer is a job, which does the work later.
    pub background: bool,
    /// How many of the route's jobs run at once on one node. Default: as many as the service runs.
    pub concurrency: Option<u32>,
    /// How clients ask.
    pub method: Method,
    /// The most rows of one answer. Default: [`Config::max_rows`](crate::Config::max_rows).
    pub max_rows: Option<u64>,
}

/// How a query route is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// With the parameters in the query string.
    Get,
    /// With the parameters in the body.
    #[default]
    Post,
}

impl Method {
    /// The method's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Writes the constructor of an options struct, and a method for each of its optional parts.
macro_rules! options {
    ($name:ident { $($(#[$doc:meta])* $part:ident: $kind:ident,)* }) => {
        impl $name {
            /// A route at this path, with the defaults.
            pub fn at(path: impl Into<String>) -> Self {
                Self { path: path.into(), ..Self::default() }
            }

            $(options!(@$kind $(#[$doc])* $part);)*
        }
    };
    (@list $(#[$doc:meta])* $part:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $part<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
            self.$part = names.into_iter().map(Into::into).collect::<Vec<_>>().into();
            self
        }
    };
    (@flag $(#[$doc:meta])* $part:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $part(mut self, yes: bool) -> Self {
            self.$part = yes;
            self
        }
    };
    (@count $(#[$doc:meta])* $part:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $part(mut self, most: u32) -> Self {
            self.$part = Some(most);
            self
        }
    };
    (@export $(#[$doc:meta])* $part:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $part(mut self, target: SqlExport) -> Self {
            self.$part = Some(target);
            self
        }
    };
}

options!(Insert {
    /// Takes these columns.
    inputs: list,
    /// Takes these media columns as files.
    uploadfile_inputs: list,
    /// Answers with these columns.
    outputs: list,
    /// Answers with the file of the one media column among the outputs.
    return_fileresponse: flag,
    /// Writes the answer to another database too.
    export_sql: export,
    /// Answers with a job.
    background: flag,
    /// Runs at most so many of its jobs at once on one node, at least 1.
    concurrency: count,
});

options!(Update {
    /// Takes these columns, beside the primary key.
    inputs: list,
    /// Answers with these columns.
    outputs: list,
    /// Answers with the file of the one media column among the outputs.
    return_fileresponse: flag,
    /// Writes the answer to another database too.
    export_sql: export,
    /// Answers with a job.
    background: flag,
    /// Runs at most so many of its jobs at once on one node, at least 1.
    concurrency: count,
});

options!(Delete {
    /// Deletes by these columns.
    match_columns: list,
    /// Answers with a job.
    background: flag,
    /// Runs at most so many of its jobs at once on one node, at least 1.
    concurrency: count,
});

options!(Compute {
    /// Takes these columns.
    inputs: list,
    /// Takes these media columns as files.
    uploadfile_inputs: list,
    /// Answers with these columns.
    outputs: list,
    /// Answers with the file of the one media column among the outputs.
    return_fileresponse: flag,
    /// Answers with a job.
    background: flag,
    /// Runs at most so many of its jobs at once on one node, at least 1.
    concurrency: count,
});

options!(Query {
    /// Takes these parameters.
    inputs: list,
    /// Takes these media parameters as files.
    uploadfile_inputs: list,
    /// Answers with the one row there has to be.
    one_row: flag,
    /// Answers with the file of the one row's media column.
    return_fileresponse: flag,
    /// Answers with a job.
    background: flag,
    /// Runs at most so many of its jobs at once on one node, at least 1.
    concurrency: count,
});

impl Query {
    /// Asked by this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// With at most so many rows in one answer.
    #[must_use]
    pub fn max_rows(mut self, most: u64) -> Self {
        self.max_rows = Some(most);
        self
    }
}
