//! What can go wrong with a request of each route: the codes of all problems, and when they occur.
//!
//! A route documents exactly the statuses that it can answer. The list is held against the source by a test.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::export::Delivery;
use crate::route::{Action, Asked, Endpoint, Method, RowAnswer};

/// What decides on a route's failures.
#[derive(Default)]
struct Facts {
    /// It is asked with a body.
    body: bool,
    /// It reads text that is percent-encoded.
    encoded: bool,
    /// Rows are read or written.
    store: bool,
    insert: bool,
    update: bool,
    delete: bool,
    /// It deletes rows by other columns than the key.
    many_go: bool,
    /// It may be asked to change a row in one version alone.
    versions: bool,
    media: bool,
    /// Computed columns are.
    computes: bool,
    /// A function makes the answer.
    decorated: bool,
    /// A function finds the rows.
    query: bool,
    /// An SQL text does, with values of the request.
    computing: bool,
    one_row: bool,
    /// There may be several rows where one is asked for.
    several: bool,
    /// The answer is a file.
    file: bool,
    /// In parts, if the client wants.
    ranges: bool,
    /// The answer is written to another database first.
    exports: bool,
    /// It is queued to be written there.
    queues_export: bool,
    /// A job does the work, and here is only what is refused before.
    submits: bool,
    /// It is about one job.
    job: bool,
    /// It cancels one.
    cancels: bool,
}

/// A problem: its status and code, when it occurs, and what it means.
struct Failure {
    status: u16,
    code: &'static str,
    occurs: fn(&Facts) -> bool,
    meaning: &'static str,
}

/// One line a code.
macro_rules! failures {
    ($($status:literal $code:literal if $facts:ident: $occurs:expr; $meaning:literal)*) => {
        static FAILURES: &[Failure] = &[
            $(Failure { status: $status, code: $code, occurs: |$facts| $occurs, meaning: $meaning },)*
        ];
    };
}

failures! {
    400 "malformed_body" if it: it.body; "The body cannot be read: it is not what its content type says, not UTF-8, has a key twice, or broke off."
    400 "no_single_row" if it: it.many_go; "`If-Match` names the version of one row, and the route deletes all that match."
    400 "malformed_request" if it: it.encoded; "The query string or the form is not UTF-8 once its percent-encoding is undone."
    403 "cross_origin" if it: it.body || it.submits || it.cancels; "A page of another origin asks, and the service does not list its origin."
    404 "row_not_found" if it: it.update || it.one_row; "There is no such row."
    404 "job_not_found" if it: it.job; "There is no such job. Finished ones are kept for some time only."
    404 "no_file" if it: it.file; "The row has no file here."
    404 "not_found" if it: it.file; "There is no such file."
    408 "request_timeout" if it: it.body; "The body arrived too slowly."
    409 "duplicate_key" if it: it.insert || it.update; "A row with the same key, or the same unique values, exists already."
    409 "several_rows" if it: it.several; "There is more than one row."
    409 "job_finished" if it: it.cancels; "The job has ended already."
    409 "schema_changed" if it: it.store; "The table was changed while the service ran."
    409 "constraint" if it: it.insert || it.update || it.delete; "A constraint that the database has besides refuses the change."
    412 "row_changed" if it: it.versions; "The row is not in the version that `If-Match` names."
    413 "body_too_large" if it: it.body || it.encoded; "The request is larger than the service takes, or has too many fields."
    413 "row_too_large" if it: it.insert || it.update; "The row is larger than the database takes."
    415 "unsupported_media_type" if it: it.body; "The body has another content type, charset or coding than the route takes."
    416 "range_not_satisfiable" if it: it.ranges; "The range lies outside of the file."
    421 "misdirected" if _it: true; "The service is not reached by the host that was asked."
    422 "invalid_input" if _it: true; "The request was read, and fields of it are wrong: `errors` names each."
    422 "value_too_large" if it: it.insert || it.update; "A value is too long or too large for its column in the database, which is narrower than the schema."
    422 "too_complex" if it: it.query; "The query has more values than the database takes."
    422 "sum_overflow" if it: it.query; "A sum does not fit into a 64-bit number."
    422 "unfit_values" if it: it.computing; "The database cannot compute an answer from the values: it divides by zero, say."
    422 "function_failed" if it: it.computes; "A column could not be computed from the values given."
    500 "internal" if _it: true; "The server could not handle the request."
    500 "function_panicked" if it: it.computes; "Computing a column ended unexpectedly."
    500 "response_failed" if it: it.decorated; "The response could not be made; `stored` says whether the row is stored all the same."
    500 "export_failed" if it: it.exports; "The row is stored, and could not be written to the export target."
    500 "query_failed" if it: it.query; "The rows could not be read."
    500 "unreadable_row" if it: it.query || it.one_row || it.update || it.job; "The row holds a value that is not of its column's type, written by others; the log of the service names it."
    503 "busy" if it: it.store || it.media || it.body; "The service has too much to do: try again."
    503 "media_unavailable" if it: it.media || it.file; "The storage of files cannot be used at the moment."
    503 "export_queue_full" if it: it.queues_export; "As many rows wait for the export target as the service takes: try again."
    503 "queue_full" if it: it.submits; "As many jobs wait as the service takes: try again."
    503 "stopping" if it: it.store; "The service is stopping: try again."
    503 "database_unavailable" if it: it.store; "The database cannot be reached, and nothing was written: try again."
    503 "outcome_unknown" if it: it.insert || it.update || it.delete || it.submits || it.cancels; "The database was lost while it wrote: what was asked may be done, or not. Look before you ask again."
    503 "database_gone" if it: it.store; "The service has lost its database."
    504 "request_timeout" if _it: true; "The request took too long. What it started goes on."
    504 "function_timeout" if it: it.computes; "Computing a column took too long."
    507 "storage_full" if it: it.insert || it.update || it.delete || it.submits || it.cancels || it.media; "The server has no room left."
}

/// Codes that no route documents: of other methods than a path has, of requests that are none by HTTP, of functions, which choose
/// their status, and of jobs, whose problems stand in their result.
const OTHERS: [&str; 7] = [
    "bad_host",
    "function_error",
    "job_abandoned",
    "job_lost",
    "method_not_allowed",
    "route_changed",
    "unknown_coding",
];

/// The name of the component that stands for a function's own refusal.
const OF_FUNCTIONS: &str = "FunctionError";

/// The answers to failing requests, by name.
pub(super) type Responses = BTreeMap<String, Json>;

/// The failures of a route: status to a reference. What they refer to is added to the components.
pub(super) fn of(endpoint: &Endpoint, responses: &mut Responses) -> Map<String, Json> {
    let facts = Facts::of(endpoint);
    let mut all = described(&facts, responses);
    if facts.computes || facts.decorated || facts.query {
        let text = "A function of the service refused the request, with a status and a text of its own.";
        responses.entry(OF_FUNCTIONS.to_owned()).or_insert_with(|| response(text, false));
        all.insert("default".to_owned(), reference(OF_FUNCTIONS));
    }
    all
}

/// The failures of the route of files.
pub(super) fn of_files(responses: &mut Responses) -> Map<String, Json> {
    let facts = Facts { file: true, ranges: true, ..Facts::default() };
    let mut all = described(&facts, responses);
    // It reads no fields, and does not wait for the database.
    all.retain(|status, _| matches!(status.as_str(), "404" | "416" | "421" | "500"));
    all
}

/// The failures of the routes about one job.
pub(super) fn of_job(responses: &mut Responses) -> Map<String, Json> {
    of_jobs(&Facts { store: true, job: true, ..Facts::default() }, false, responses)
}

/// The failures of cancelling a job.
pub(super) fn of_cancelling(responses: &mut Responses) -> Map<String, Json> {
    of_jobs(&Facts { store: true, job: true, cancels: true, ..Facts::default() }, false, responses)
}

/// The failures of the list of jobs.
pub(super) fn of_list(responses: &mut Responses) -> Map<String, Json> {
    of_jobs(&Facts { store: true, encoded: true, ..Facts::default() }, true, responses)
}

/// What is read of one job has no fields that could be wrong.
fn of_jobs(facts: &Facts, fields: bool, responses: &mut Responses) -> Map<String, Json> {
    let mut all = described(facts, responses);
    all.retain(|status, _| fields || status != "422");
    all
}

fn described(facts: &Facts, responses: &mut Responses) -> Map<String, Json> {
    let mut by_status: BTreeMap<u16, Vec<&Failure>> = BTreeMap::new();
    for failure in FAILURES.iter().filter(|failure| (failure.occurs)(facts)) {
        by_status.entry(failure.status).or_default().push(failure);
    }
    let describe = |(status, failures): (u16, Vec<&Failure>)| {
        let names: Vec<_> = failures.iter().map(|failure| pascal(failure.code)).collect();
        // One code has two statuses.
        let prefix = if failures[0].code == "request_timeout" && status == 504 { "Server" } else { "" };
        let name = format!("{prefix}{}", names.join("Or"));
        let text = match failures.as_slice() {
            [one] => format!("`{}`: {}", one.code, one.meaning),
            several => {
                let lines: Vec<_> = several.iter().map(|one| format!("- `{}`: {}", one.code, one.meaning)).collect();
                lines.join("\n")
            }
        };
        let entry = (status.to_string(), reference(&name));
        responses.entry(name).or_insert_with(|| response(&text, status == 503));
        entry
    };
    by_status.into_iter().map(describe).collect()
}

fn reference(name: &str) -> Json {
    json!({"$ref": format!("#/components/responses/{name}")})
}

fn response(text: &str, retry: bool) -> Json {
    let mut headers = json!({"x-request-id": {"$ref": "#/components/headers/RequestId"}});
    if retry {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": text, "headers": headers, "content": {"application/problem+json": {"schema": schema}}})
}

/// `row_not_found` as `RowNotFound`.
fn pascal(code: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    code.split('_').map(word).collect()
}

/// The body of every failure (RFC 9457).
pub(super) fn problem() -> Json {
    let mut codes: Vec<_> = FAILURES.iter().map(|failure| failure.code).chain(OTHERS).collect();
    codes.sort_unstable();
    codes.dedup();
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": {"type": "string", "description": "A stable code.", "enum": codes},
            "title": {"type": "string", "description": "The words for the status."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "One sentence for a person."},
            "errors": {
                "type": "array",
                "description": "The fields that are wrong.",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": {"type": "string", "description": "Where in the JSON body: a JSON pointer, as a URI's fragment.", "examples": ["#/title"]},
                        "parameter": {"type": "string", "description": "The name of a form's field, or of a parameter of the query string."},
                        "detail": {"type": "string", "description": "One sentence for a person."},
                        "code": {"type": "string", "description": "A stable code.", "examples": ["missing", "wrong_type", "out_of_range"]},
                    },
                    "required": ["detail", "code"],
                },
            },
            "stored": {"const": true, "description": "Present when the row was stored before the failure."},
            "key": {"type": "object", "description": "The key of the row that was stored."},
            "request_id": {"type": "string", "description": "What the service's log calls the request."},
        },
        "required": ["type", "title", "status", "detail", "request_id"],
    })
}

impl Facts {
    fn of(endpoint: &Endpoint) -> Self {
        let fields = &endpoint.fields;
        let body = endpoint.method == Method::Post;
        let many_go = matches!(endpoint.action, Action::Delete(_)) && !endpoint.takes_version();
        let encoded = !fields.has_uploads() || endpoint.pages();
        let facts = Self { body, encoded, store: true, many_go, ..Self::default() };
        if endpoint.background.is_some() {
            let media = fields.list.iter().any(|field| field.ty.is_media());
            return Self { submits: true, media, ..facts };
        }
        let delivery = endpoint.export().map(|export| export.delivery);
        let (exports, queues_export) = (delivery == Some(Delivery::Request), delivery == Some(Delivery::Outbox));
        let facts = Self { exports, queues_export, ..facts };
        let media = || endpoint.has_media();
        match &endpoint.action {
            Action::Insert(row) => {
                let computes = !row.table.plan.all().is_empty();
                Self { insert: true, media: media(), computes, ..facts }.answering(&row.answer)
            }
            Action::Update(row) => {
                let changed: Vec<_> = fields.list.iter().filter(|field| !field.key).map(|field| field.target).collect();
                let computes = !row.table.plan.affected(&changed).is_empty();
                Self { update: true, versions: true, media: media(), computes, ..facts }.answering(&row.answer)
            }
            Action::Compute(row) => {
                let computes = !row.table.plan.needed(row.answer.outputs()).is_empty();
                Self { store: false, media: media(), computes, ..facts }.answering(&row.answer)
            }
            Action::Delete(_) => Self { delete: true, versions: !many_go, ..facts },
            Action::Query(query) => {
                let computing = matches!(query.asked, Asked::Sql(_)) && !fields.list.is_empty();
                let (function, by_key) = match &query.asked {
                    Asked::Function(_) => (true, false),
                    Asked::Retrieval(retrieval) => (false, retrieval.is_by_key()),
                    Asked::Sql(_) => (false, false),
                };
                Self {
                    query: function,
                    computing,
                    one_row: query.one_row,
                    several: query.one_row && !by_key,
                    file: query.file,
                    ranges: query.file && !body,
                    ..facts
                }
            }
        }
    }

    fn answering(mut self, answer: &RowAnswer) -> Self {
        match answer {
            RowAnswer::Columns(_) => {}
            RowAnswer::File(_) => self.file = true,
            RowAnswer::Function(_) => self.decorated = true,
        }
        self
    }
}

impl Endpoint {
    /// Whether files are read or written.
    fn has_media(&self) -> bool {
        let tables = self.tables().into_iter().filter_map(|name| self.app.schema().table(name));
        tables.flat_map(|table| table.columns).any(|column| column.ty.is_media())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FAILURES, OTHERS};

    /// The numbers and codes in each `Error::new(number, "code"` of a file.
    fn codes(source: &str) -> Vec<(u16, String)> {
        let parse = |text: &str| {
            let (status, rest) = text.split_once(',')?;
            let code = rest.trim_start().strip_prefix('"')?.split('"').next()?;
            Some((status.trim().parse().ok()?, code.to_owned()))
        };
        source.split("Error::new(").skip(1).filter_map(parse).collect()
    }

    fn sources(folder: &Path, found: &mut Vec<(u16, String)>) {
        for entry in folder.read_dir().expect("the sources are there").map(|entry| entry.expect("is readable").path()) {
            if entry.is_dir() {
                sources(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.extend(codes(&std::fs::read_to_string(entry).expect("is text")));
            }
        }
    }

    #[test]
    fn every_code_is_documented() {
        let mut found = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.contains(&(409, "duplicate_key".to_owned())), "the test reads the sources: {found:?}");
        // The start has no client.
        found.retain(|(_, code)| code != "not_started" && !OTHERS.contains(&code.as_str()));
        for (status, code) in found {
            let known = FAILURES.iter().any(|failure| (failure.status, failure.code) == (status, &*code));
            assert!(known, "the code `{code}` with status {status} is new: add a line to `FAILURES`");
        }
    }
}
