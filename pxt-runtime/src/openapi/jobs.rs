//! What is said of background jobs: the answer of a route that begins one, and the routes under `/jobs`.

use serde_json::{Map, Value as Json, json};

use super::failures::{self, Responses};
use super::schema::object;
use crate::jobs::JobState;
use crate::route::{Endpoint, JOBS};

/// The schemas that the document itself brings.
pub(super) const JOB: &str = "BackgroundJob";
pub(super) const SUBMITTED: &str = "SubmittedJob";
pub(super) const PROGRESS: &str = "JobProgress";

/// The tag of the routes.
pub(super) const TAG: &str = "jobs";

/// The name of the operation that shows a job.
const SHOW: &str = "background_job";

/// A place in the list: when a job is due, in microseconds since 1970, and its id.
const CURSOR: &str = "^[0-9]{1,17}\\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// Whether jobs are served.
pub(super) fn are_served(endpoints: &[Endpoint]) -> bool {
    endpoints.iter().any(|endpoint| endpoint.background.is_some())
}

/// The answer of a route that begins a job. `done` are the answers of the same route without: the job's result is the body of
/// one of them.
pub(super) fn submitted(done: &Map<String, Json>) -> Map<String, Json> {
    let result = &done["200"]["content"]["application/json"]["schema"];
    let link = |operation: &str, text: &str| json!({"operationId": operation, "parameters": {"id": "$response.body#/id"}, "description": text});
    object(json!({"202": {
        "description": "The request is accepted: a job does the rest. Its `result` will be what `x-job-result` describes.",
        "headers": {
            "Location": {"$ref": "#/components/headers/JobLocation"},
            "x-request-id": {"$ref": "#/components/headers/RequestId"},
        },
        "content": {"application/json": {"schema": reference(SUBMITTED)}},
        "links": {
            "job": link(SHOW, "The job, and its result once it is done."),
            "events": link("background_job_events", "The job as it goes on."),
            "cancel": link("cancel_background_job", "Cancels the job."),
        },
        "x-job-result": result,
    }}))
}

/// The routes under `/jobs`, by path.
pub(super) fn paths(failed: &mut Responses) -> [(String, Json); 3] {
    let one = json!({"get": show(failed), "delete": cancel(failed)});
    [
        (JOBS.to_owned(), json!({"get": list(failed)})),
        (format!("{JOBS}/{{id}}"), one),
        (format!("{JOBS}/{{id}}/events"), json!({"get": events(failed)})),
    ]
}

fn show(failed: &mut Responses) -> Json {
    let mut headers = headers();
    headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    headers["Preference-Applied"] =
        json!({"description": "`wait` when `Prefer` asked for that.", "schema": {"type": "string"}});
    let text = "The job. `Retry-After` says when to ask again, while it has not ended.";
    json!({
        "operationId": SHOW,
        "summary": "A background job",
        "description": "`status` is `pending` until the job has ended, then `done` or `error`; `state` is finer. Finished jobs are kept for some time only.",
        "tags": [TAG],
        "parameters": [id(), {
            "name": "Prefer",
            "in": "header",
            "description": "`wait=20` holds the answer back until the job has ended, for 20 seconds at most (RFC 7240). Never longer than a minute.",
            "schema": {"type": "string", "examples": ["wait=20"]},
        }],
        "responses": answers("200", text, &headers, "application/json", &reference(JOB), failures::of_job(failed)),
    })
}

fn cancel(failed: &mut Responses) -> Json {
    let text = "The job is cancelled: what it has not committed, it does not commit. `stored` says that it had. A job that runs is told, on whichever node.";
    let responses =
        answers("200", text, &headers(), "application/json", &reference(JOB), failures::of_cancelling(failed));
    json!({
        "operationId": "cancel_background_job",
        "summary": "Cancel a background job",
        "tags": [TAG],
        "parameters": [id()],
        "responses": responses,
    })
}

fn events(failed: &mut Responses) -> Json {
    let text = "Events `state`, whose data is the job, and `progress`, whose data is `JobProgress`. The last one is the `state` in which the job has ended.";
    // Of one event, by its fields; a comment has none.
    let event = json!({
        "type": "object",
        "properties": {
            "event": {"type": "string", "enum": ["state", "progress"]},
            "data": {"type": "string", "description": "JSON.", "contentMediaType": "application/json"},
            "id": {"type": "string"},
            "retry": {"type": "integer", "description": "Milliseconds."},
        },
    });
    let mut responses = answers("200", text, &headers(), "text/event-stream", &event, failures::of_job(failed));
    responses["204"] = json!({"description": "`Last-Event-ID` names the last event: there will be no other."});
    json!({
        "operationId": "background_job_events",
        "summary": "A background job as it goes on",
        "description": "Server-sent events, as `EventSource` reads them.",
        "tags": [TAG],
        "parameters": [id(), {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "The last event that the client has seen.",
            "schema": {"type": "string"},
        }],
        "responses": responses,
    })
}

fn list(failed: &mut Responses) -> Json {
    let mut headers = headers();
    headers["Link"] = json!({"$ref": "#/components/headers/Link"});
    let list = json!({"type": "array", "items": reference(JOB)});
    let schema = json!({"type": "object", "properties": {"jobs": list}, "required": ["jobs"]});
    let text = "The jobs, the latest first, without their results. With `state` those come first that ended last, or are due last. When there are more, `Link` leads to the others.";
    let parameter = |name: &str, text: &str, schema: Json| json!({"name": name, "in": "query", "description": text, "schema": schema});
    json!({
        "operationId": "background_jobs",
        "summary": "Background jobs",
        "tags": [TAG],
        "parameters": [
            parameter("state", "Those in this state.", json!({"type": "string", "enum": states()})),
            parameter("route", "Those of this route: its path, after `GET` if it is asked so.", json!({"type": "string", "examples": ["/posters"]})),
            parameter("limit", "So many at most.", json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})),
            parameter("cursor", "Those behind another page, as its `Link` says.", json!({"type": "string", "pattern": CURSOR})),
        ],
        "responses": answers("200", text, &headers, "application/json", &schema, failures::of_list(failed)),
    })
}

fn id() -> Json {
    json!({
        "name": "id",
        "in": "path",
        "required": true,
        "description": "The job, as its submission called it.",
        "schema": {"type": "string", "format": "uuid"},
    })
}

fn answers(
    status: &str,
    text: &str,
    headers: &Json,
    content_type: &str,
    schema: &Json,
    failed: Map<String, Json>,
) -> Json {
    let mut all = Map::from_iter([(status.to_owned(), answer(text, headers, content_type, schema))]);
    all.extend(failed);
    Json::Object(all)
}

fn answer(text: &str, headers: &Json, content_type: &str, schema: &Json) -> Json {
    json!({"description": text, "headers": headers, "content": {content_type: {"schema": schema}}})
}

fn headers() -> Json {
    json!({"x-request-id": {"$ref": "#/components/headers/RequestId"}})
}

fn reference(schema: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn states() -> Vec<&'static str> {
    JobState::ALL.map(JobState::word).to_vec()
}

/// The header that leads to a job.
pub(super) fn location() -> Json {
    json!({"description": "The address of the job.", "schema": {"type": "string", "format": "uri-reference"}})
}

/// The schemas, by name.
pub(super) fn schemas() -> [(String, Json); 3] {
    let time = |text: &str, nullable: bool| {
        let ty = if nullable { json!(["string", "null"]) } else { json!("string") };
        json!({"type": ty, "format": "date-time", "description": text})
    };
    let job = json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "status": {"type": "string", "enum": ["pending", "done", "error"], "description": "`pending` until the job has ended; a cancelled job has ended with `error`."},
            "state": {"type": "string", "enum": states(), "description": "The same, finer."},
            "route": {"type": "string", "description": "The route that it was submitted to: its path, after `GET` if it is asked so."},
            "created_at": time("When it was submitted.", false),
            "started_at": time("When it was last started.", true),
            "finished_at": time("When it ended.", true),
            "attempts": {"type": "integer", "minimum": 0, "description": "How often it was started."},
            "stored": {"type": "boolean", "description": "true when the job ended without a result and its change is stored all the same."},
            "progress": reference(PROGRESS),
            "result": {"description": "What the route would have answered. Only when `status` is `done`."},
            "error": {"type": "string", "description": "Why there is no result. Only when `status` is `error`."},
            "problem": {"allOf": [reference("Problem")], "description": "The same as the route would have answered it. Absent for a cancelled job."},
        },
        "required": ["id", "status", "state", "route", "created_at", "started_at", "finished_at", "attempts"],
    });
    let progress = json!({
        "type": "object",
        "description": "How far a job is, as its function says.",
        "properties": {
            "done": {"type": "integer", "minimum": 0},
            "total": {"type": ["integer", "null"], "minimum": 0, "description": "null when it is not known."},
            "stage": {"type": "string", "description": "What is being done."},
        },
        "required": ["done", "total", "stage"],
    });
    let submitted = json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "job_url": {"type": "string", "format": "uri-reference", "description": "Where the job is asked for: a path where the service does not know the address that clients use."},
        },
        "required": ["id", "job_url"],
    });
    [(JOB.to_owned(), job), (PROGRESS.to_owned(), progress), (SUBMITTED.to_owned(), submitted)]
}
