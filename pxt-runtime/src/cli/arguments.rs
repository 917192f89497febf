//! The command line as clap reads it.

use std::path::PathBuf;

use clap::{ArgAction, ArgGroup, Args, Parser, Subcommand, ValueEnum};

/// Annotated functions over database tables, as HTTP endpoints.
#[derive(Parser)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Arguments {
    /// Whether whoever reads the output is a program.
    pub(super) fn wants_json(&self) -> bool {
        match &self.command {
            Command::Serve(serve) => serve.flags.json,
            Command::Config { command } => matches!(command, Config::Show { json: true, .. }),
            Command::Functions(functions) => functions.json,
            Command::Exports(exports) => exports.json,
        }
    }
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Serves HTTP endpoints: a service of a file, one route alone, or every route of this program.
    Serve(Box<Serve>),
    /// Looks at the configuration, and helps to write it.
    Config {
        #[command(subcommand)]
        command: Config,
    },
    /// Lists the built-in functions, which the computed columns of a file's tables may call.
    Functions(Functions),
    /// Shows what waits to be written to other databases, and tries again or drops what they refuse.
    Exports(Exports),
}

/// Without a command, the targets and how much waits for each.
#[derive(Args)]
pub(super) struct Exports {
    #[command(subcommand)]
    pub(super) command: Option<ExportsCommand>,
    /// The service of the file whose database is looked at.
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) service: Option<String>,
    /// A service file, beside `pxt.toml` and `Cargo.toml` in the working folder [env: PXT_CONFIG].
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Subcommand)]
pub(super) enum ExportsCommand {
    /// Lists rows that wait.
    List {
        #[command(flatten)]
        which: Which,
        /// Only rows behind this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: i64,
        /// How many rows at most.
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        limit: usize,
    },
    /// Tries rows again that their target has refused.
    #[command(group = ArgGroup::new("some").args(["numbers", "target", "failed", "all"]).required(true).multiple(true))]
    Retry {
        #[command(flatten)]
        which: Which,
        /// All of them.
        #[arg(long)]
        all: bool,
    },
    /// Drops rows, which are never exported then.
    #[command(group = ArgGroup::new("some").args(["numbers", "target", "failed", "all"]).required(true).multiple(true))]
    Drop {
        #[command(flatten)]
        which: Which,
        /// All of them.
        #[arg(long)]
        all: bool,
    },
}

/// Which rows are meant: those for which all of this holds.
#[derive(Args)]
pub(super) struct Which {
    /// The numbers of rows, as `list` shows them.
    #[arg(value_name = "NUMBER")]
    pub(super) numbers: Vec<i64>,
    /// The target, as it is shown without a command.
    #[arg(long)]
    pub(super) target: Option<String>,
    /// Only rows that were refused too often.
    #[arg(long)]
    pub(super) failed: bool,
}

#[derive(Args)]
pub(super) struct Functions {
    /// The function to show, such as `image.thumbnail`.
    pub(super) name: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Without a name and a command, every route of the program is served.
#[derive(Args)]
pub(super) struct Serve {
    /// The service of the file to serve.
    pub(super) name: Option<String>,
    #[command(subcommand)]
    pub(super) single: Option<Single>,
    #[command(flatten)]
    pub(super) flags: Flags,
}

/// What holds for every way to serve.
#[derive(Args, Clone)]
pub(super) struct Flags {
    /// The address to bind [default: 0.0.0.0].
    #[arg(long, global = true)]
    pub(super) host: Option<String>,
    /// The port to bind; 0 takes a free one [default: 8000].
    #[arg(long, global = true, value_parser = port)]
    pub(super) port: Option<u16>,
    /// What stands before the path of each route: empty, or a path such as `/api`.
    #[arg(long, global = true)]
    pub(super) prefix: Option<String>,
    /// A service file, beside `pxt.toml` and `Cargo.toml` in the working folder [env: PXT_CONFIG].
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Checks all that a start checks, prints what would be served, and changes nothing.
    #[arg(long, global = true)]
    pub(super) dry_run: bool,
    /// Prints JSON: at the start on standard output, errors on standard error.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

fn port(text: &str) -> Result<u16, &'static str> {
    text.parse().map_err(|_| "write a number from 0 to 65535")
}

#[derive(Subcommand)]
pub(super) enum Config {
    /// Shows every setting, its value, and where that comes from.
    Show {
        /// The service whose settings to show.
        name: Option<String>,
        /// A service file, beside `pxt.toml` and `Cargo.toml` in the working folder [env: PXT_CONFIG].
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the JSON schema of a service file, by which editors complete and check it.
    Schema,
    /// Prints a commented service file that is valid as it stands.
    Example,
}

/// One route alone.
#[derive(Subcommand)]
pub(super) enum Single {
    /// Serves one route that stores a row.
    Insert(Insert),
    /// Serves one route that changes a row, found by its primary key.
    Update(Update),
    /// Serves one route that deletes rows.
    Delete(Delete),
    /// Serves one route that answers with the rows of a query.
    Query(Query),
    /// Serves one route that computes a row, and stores nothing.
    Compute(Compute),
}

#[derive(Args)]
pub(super) struct Insert {
    #[command(flatten)]
    pub(super) of: OfTable,
    /// Columns of the request [default: all that are not computed].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) inputs: Option<Vec<String>>,
    /// Media columns that arrive as files, in a multipart form.
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) uploadfile_inputs: Option<Vec<String>>,
    /// Columns of the answer [default: all].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) outputs: Option<Vec<String>>,
    /// Answers with the one media output as a file.
    #[arg(long, conflicts_with = "background")]
    pub(super) return_fileresponse: bool,
    /// Answers with a job, which does the work later.
    #[arg(long)]
    pub(super) background: bool,
    #[command(flatten)]
    pub(super) export: Export,
}

#[derive(Args)]
pub(super) struct Update {
    #[command(flatten)]
    pub(super) of: OfTable,
    /// Columns that a request may change [default: all that are neither computed, nor key, nor media].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) inputs: Option<Vec<String>>,
    /// Columns of the answer [default: all].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) outputs: Option<Vec<String>>,
    /// Answers with the one media output as a file.
    #[arg(long, conflicts_with = "background")]
    pub(super) return_fileresponse: bool,
    /// Answers with a job, which does the work later.
    #[arg(long)]
    pub(super) background: bool,
    #[command(flatten)]
    pub(super) export: Export,
}

#[derive(Args)]
pub(super) struct Delete {
    #[command(flatten)]
    pub(super) of: OfTable,
    /// Columns that rows are found by [default: the primary key].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) match_columns: Option<Vec<String>>,
    /// Answers with a job, which does the work later.
    #[arg(long)]
    pub(super) background: bool,
}

#[derive(Args)]
#[command(group = ArgGroup::new("asked").required(true).args(["query", "table"]))]
pub(super) struct Query {
    /// A function under `#[pxt::query]`, by its module path: `myapp.queries.search`.
    #[arg(long)]
    pub(super) query: Option<String>,
    /// Instead of a function: the table whose rows are answered, found by `--match-columns`.
    #[arg(long, requires = "match_columns")]
    pub(super) table: Option<String>,
    /// Columns that rows are found by.
    #[arg(long, num_args = 1.., value_name = "COLUMN", requires = "table", conflicts_with = "query")]
    pub(super) match_columns: Option<Vec<String>>,
    /// The path, such as `/search`.
    #[arg(long)]
    pub(super) path: String,
    /// Parameters of the request [default: all of the query].
    #[arg(long, num_args = 1.., value_name = "PARAMETER")]
    pub(super) inputs: Option<Vec<String>>,
    /// Media parameters that arrive as files, in a multipart form.
    #[arg(long, num_args = 1.., value_name = "PARAMETER")]
    pub(super) uploadfile_inputs: Option<Vec<String>>,
    /// Answers with the one row there has to be: 404 for none, 409 for several.
    #[arg(long)]
    pub(super) one_row: bool,
    /// Answers with the one media column of the one row as a file.
    #[arg(long, conflicts_with = "background")]
    pub(super) return_fileresponse: bool,
    /// Answers with a job, which does the work later.
    #[arg(long)]
    pub(super) background: bool,
    /// How clients ask.
    #[arg(long, value_enum, default_value_t = Method::Post)]
    pub(super) method: Method,
}

#[derive(Args)]
pub(super) struct Compute {
    #[command(flatten)]
    pub(super) of: OfTable,
    /// Columns of the request [default: all that are not computed].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) inputs: Option<Vec<String>>,
    /// Media columns that arrive as files, in a multipart form.
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) uploadfile_inputs: Option<Vec<String>>,
    /// Columns of the answer [default: all].
    #[arg(long, num_args = 1.., value_name = "COLUMN")]
    pub(super) outputs: Option<Vec<String>>,
    /// Answers with the one media output as a file.
    #[arg(long, conflicts_with = "background")]
    pub(super) return_fileresponse: bool,
    /// Answers with a job, which does the work later.
    #[arg(long)]
    pub(super) background: bool,
}

#[derive(Args)]
pub(super) struct OfTable {
    /// The table: `films.posters` or `films/posters`.
    #[arg(long)]
    pub(super) table: String,
    /// The path, such as `/generate`.
    #[arg(long)]
    pub(super) path: String,
}

/// A table of another database that each answer is written to.
#[derive(Args)]
pub(super) struct Export {
    /// The other database: `postgresql://user:password@host/name`; `${NAME}`, in single quotes, stands for a variable.
    #[arg(long, value_name = "URL", requires = "export_sql_table", conflicts_with = "return_fileresponse")]
    pub(super) export_sql_db_connect: Option<String>,
    /// Its table.
    #[arg(long, value_name = "TABLE", requires = "export_sql_db_connect")]
    pub(super) export_sql_table: Option<String>,
    /// The schema of the table.
    #[arg(long, value_name = "SCHEMA", requires = "export_sql_db_connect")]
    pub(super) export_sql_db_schema: Option<String>,
    /// How a row is written [default: insert].
    #[arg(long, value_name = "METHOD", value_enum, requires = "export_sql_db_connect", action = ArgAction::Set)]
    pub(super) export_sql_method: Option<ExportMethod>,
    /// When it is written: before the request is answered, or later, as often as it takes [default: request].
    #[arg(long, value_name = "DELIVERY", value_enum, requires = "export_sql_db_connect", action = ArgAction::Set)]
    pub(super) export_sql_delivery: Option<Delivery>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Method {
    Get,
    Post,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Delivery {
    Request,
    Outbox,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ExportMethod {
    Insert,
    Update,
    Merge,
}
