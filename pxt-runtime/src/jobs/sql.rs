//! All SQL of jobs. Both databases read the same texts, and whatever may be large is a range of the index over state, time and route, or
//! of the primary key.

use super::JobState;
use crate::schema::ColumnType;
use crate::store::{JOBS, job};

/// How many jobs of one state are removed at once: as many as fit well into one group of writes.
pub(super) const OLD: usize = 100;
/// How many leases one statement renews.
pub(super) const RENEWED: usize = 64;

/// The columns of a job as others see it, without its result.
pub(super) const LISTED: &[usize] = &[
    job::ID,
    job::ROUTE,
    job::STATE,
    job::DUE_AT,
    job::ATTEMPTS,
    job::CREATED_AT,
    job::STARTED_AT,
    job::FINISHED_AT,
    job::OWNER,
    job::OUTCOME,
    job::PROGRESS,
    job::ERROR,
];
/// The columns of a claimed job.
pub(super) const CLAIMED: &[usize] =
    &[job::ID, job::ROUTE, job::ATTEMPTS, job::CRASHES, job::OUTCOME, job::ROW, job::REQUEST];

/// How many jobs wait, and how many are claimed and not yet marked as running.
pub(super) const WAITING: &str = "SELECT COUNT(*) AS \"waiting\" FROM \"_pxt_jobs\" WHERE \"state\" = 'pending'";

/// One row if any job has not ended.
pub(super) const SOME: &str = "SELECT \"route\" FROM \"_pxt_jobs\" WHERE \"state\" IN ('pending', 'running') LIMIT 1";

/// These columns with their types, and the row's version behind them.
pub(super) fn columns(which: &[usize]) -> Vec<(&'static str, ColumnType)> {
    let columns = which.iter().map(|column| (JOBS.columns[*column].name, JOBS.columns[*column].ty));
    columns.chain([("version", ColumnType::Int)]).collect()
}

/// The same as text.
fn selected(which: &[usize]) -> String {
    let names: Vec<_> = which.iter().map(|column| format!("\"{}\"", JOBS.columns[*column].name)).collect();
    format!("{}, \"_pxt_version\" AS \"version\"", names.join(", "))
}

/// Claims jobs that are due for a node, and answers them as [`CLAIMED`] in no order: those whose lease has ended first, and then those
/// that have waited longest.
///
/// `parts` says how many routes stand in each part: a part's routes share its limit. Values: now, the node, the end of the lease, the limit
/// of all; then of each part its limit and its routes. A claimed job is pending still, and due when its lease ends.
///
/// A lease that ended without a word is a crash of its node, unless it was this one, which is alive; and the attempt counts. A job that has
/// crashed before is marked as running before it is started: one that was not has only waited for a slot, and is not to blame.
pub(super) fn claim(parts: &[usize], skip_locked: &str) -> String {
    let crashed =
        "\"owner\" IS NOT NULL AND \"owner\" <> $2 AND (\"state\" = 'running' OR COALESCE(\"crashes\", 0) = 0)";
    let mut next = 5;
    let mut all_routes = Vec::new();
    let mut waiting = Vec::new();
    let due = |state: &str, routes: &[String], limit: &str| {
        format!(
            "SELECT \"id\", \"owner\", \"due_at\" FROM (SELECT \"id\", \"owner\", \"due_at\" FROM \"_pxt_jobs\" \
             WHERE \"state\" = '{state}' AND \"due_at\" <= $1 AND \"route\" IN ({}) ORDER BY \"due_at\" LIMIT {limit}{skip_locked}) \
             AS \"part\"",
            routes.join(", ")
        )
    };
    for count in parts {
        let limit = format!("${next}");
        let routes: Vec<String> = (next + 1..=next + count).map(|number| format!("${number}")).collect();
        next += count + 1;
        waiting.push(due("pending", &routes, &limit));
        all_routes.extend(routes);
    }
    format!(
        "WITH \"due\" AS MATERIALIZED (SELECT \"id\" FROM ({} UNION ALL {}) AS \"parts\" ORDER BY \"owner\" IS NULL, \"due_at\" LIMIT $4) \
         UPDATE \"_pxt_jobs\" SET \"state\" = 'pending', \"due_at\" = $3, \"owner\" = $2, \
         \"crashes\" = CASE WHEN {crashed} THEN COALESCE(\"crashes\", 0) + 1 ELSE \"crashes\" END, \
         \"attempts\" = CASE WHEN {crashed} AND \"state\" = 'pending' THEN \"attempts\" + 1 ELSE \"attempts\" END, \
         \"_pxt_version\" = \"_pxt_version\" + 1 \
         WHERE \"id\" IN (SELECT \"id\" FROM \"due\") RETURNING {}",
        due("running", &all_routes, "$4"),
        waiting.join(" UNION ALL "),
        selected(CLAIMED),
    )
}

/// Renews a node's leases of up to [`RENEWED`] jobs, and answers the ids of those that are still its. The version stays: who writes to the
/// job meanwhile is not in the way, and is passed over. Values: the node, the end of the lease, the ids.
pub(super) fn renew(skip_locked: &str) -> String {
    let ids: Vec<String> = (3..3 + RENEWED).map(|number| format!("${number}")).collect();
    format!(
        "WITH \"held\" AS MATERIALIZED (SELECT \"id\" FROM \"_pxt_jobs\" \
         WHERE \"id\" IN ({}) AND \"owner\" = $1 AND \"state\" IN ('pending', 'running'){skip_locked}) \
         UPDATE \"_pxt_jobs\" SET \"due_at\" = $2 WHERE \"id\" IN (SELECT \"id\" FROM \"held\") RETURNING \"id\"",
        ids.join(", ")
    )
}

/// Makes jobs due that are due later than any pause or lease of ours takes: the clock was set back. Values: when they are due, and from when
/// on they are due too late.
pub(super) const RECALL: &str = "UPDATE \"_pxt_jobs\" SET \"due_at\" = $1 WHERE \"state\" IN ('pending', 'running') AND \"due_at\" > $2 RETURNING \"id\"";

/// A page of jobs as [`LISTED`]: a range of the index of one state, or of the primary key. However many jobs there are, none but those
/// that run are sorted.
pub(super) fn list(state: Option<JobState>, of_route: bool) -> String {
    let (range, order, next) = match state {
        Some(state) if is_by_time(state) => (
            "\"state\" = $3 AND \"due_at\" <= $4 AND (\"due_at\" < $4 OR \"id\" < $2)",
            "\"due_at\" DESC, \"id\" DESC",
            "$5",
        ),
        Some(_) => ("\"state\" = $3 AND \"id\" < $2", "\"id\" DESC", "$4"),
        None => ("\"id\" < $2", "\"id\" DESC", "$3"),
    };
    let route = if of_route { format!(" AND \"route\" = {next}") } else { String::new() };
    let columns = selected(LISTED);
    format!("SELECT {columns} FROM \"_pxt_jobs\" WHERE {range}{route} ORDER BY {order} LIMIT $1 + 0")
}

/// Whether jobs of a state are listed by when they are due. Those that run are few, and due anew whenever their lease is renewed.
pub(super) fn is_by_time(state: JobState) -> bool {
    state != JobState::Running
}

/// Jobs of a state that were kept long enough, and how many files each has. Values: now.
pub(super) fn old(state: JobState) -> String {
    let state = state.word();
    format!(
        "SELECT \"id\", \"files\" FROM \"_pxt_jobs\" WHERE \"state\" = '{state}' AND \"due_at\" <= $1 ORDER BY \"due_at\" LIMIT {OLD}"
    )
}
