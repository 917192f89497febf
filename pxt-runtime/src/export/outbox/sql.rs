//! All SQL of the outbox. Both databases read the same texts; whatever may be large is a range of the index over target, state and
//! number, or of the primary key.

use crate::schema::ColumnType;
use crate::store::{EXPORTS, export};

/// How many rows are read and delivered at once.
pub(super) const BATCH: usize = 256;
/// How many rows one statement puts behind another.
pub(super) const BEHIND: usize = 64;

/// The columns of a row that waits for its delivery.
const NEXT: &[usize] = &[
    export::NUMBER,
    export::STATE,
    export::DUE_AT,
    export::ID,
    export::OF_JOB,
    export::ROUTE,
    export::METHOD,
    export::ATTEMPTS,
    export::OUTCOME,
    export::KEY,
    export::TARGET_KEY,
    export::BODY,
];

/// The columns of [`next`].
pub(super) fn columns() -> Vec<(&'static str, ColumnType)> {
    NEXT.iter().map(|column| (EXPORTS.columns[*column].name, EXPORTS.columns[*column].ty)).collect()
}

/// What a target gets next, in the order of the commits, and before it whatever others may have to wait for: as of one moment, so that no
/// row is seen without the one that it comes behind. Values: the target.
pub(super) fn next() -> String {
    let names = |body: &str| {
        let name = |column: &usize| match *column {
            export::BODY => body.to_owned(),
            column => format!("\"{}\"", EXPORTS.columns[column].name),
        };
        NEXT.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    format!(
        "SELECT * FROM (SELECT {} FROM \"_pxt_exports\" WHERE \"target\" = $1 AND \"state\" IN ('failed', 'held', 'waiting')) AS \"heads\" \
         UNION ALL SELECT * FROM (SELECT {} FROM \"_pxt_exports\" WHERE \"target\" = $1 AND \"state\" = 'pending' \
         ORDER BY \"number\" LIMIT {BATCH}) AS \"next\"",
        names("CAST(NULL AS text) AS \"body\""),
        names("\"body\""),
    )
}

/// Removes what was delivered. Values: as many numbers as there are in a batch.
pub(super) fn delivered() -> String {
    format!("DELETE FROM \"_pxt_exports\" WHERE \"number\" IN ({})", placeholders(1, BATCH))
}

/// Takes down that the target refused a row. Values: the number, the state, when it is tried again, why, the key of the target's row.
pub(super) const REFUSED: &str = "UPDATE \"_pxt_exports\" SET \"state\" = $2, \"due_at\" = $3, \"error\" = $4, \"target_key\" = $5, \
     \"attempts\" = \"attempts\" + 1, \"_pxt_version\" = \"_pxt_version\" + 1 WHERE \"number\" = $1";

/// Makes rows wait for another, while that is there. Values: its number, and those of the rows.
pub(super) fn behind() -> String {
    format!(
        "UPDATE \"_pxt_exports\" SET \"state\" = 'behind', \"behind\" = $1, \"_pxt_version\" = \"_pxt_version\" + 1 \
         WHERE \"state\" = 'pending' AND \"number\" IN ({}) \
         AND EXISTS (SELECT 1 FROM \"_pxt_exports\" AS \"head\" WHERE \"head\".\"number\" = $1)",
        placeholders(2, BEHIND)
    )
}

/// Lets those go on that waited for a row which is gone. Values: the target.
pub(super) const RELEASE: &str = "UPDATE \"_pxt_exports\" SET \"state\" = 'pending', \"behind\" = NULL, \"_pxt_version\" = \"_pxt_version\" + 1 \
     WHERE \"target\" = $1 AND \"state\" = 'behind' AND NOT EXISTS (SELECT 1 FROM \"_pxt_exports\" AS \"head\" \
     WHERE \"head\".\"number\" = \"_pxt_exports\".\"behind\") RETURNING \"number\"";

/// The rows that others wait for, whatever has become of them since. Values: the target.
pub(super) const HEADS: &str =
    "SELECT DISTINCT \"behind\" AS \"number\" FROM \"_pxt_exports\" WHERE \"target\" = $1 AND \"state\" = 'behind'";

/// Whether rows wait for others. Values: the target.
pub(super) const ARE_BEHIND: &str =
    "SELECT \"number\" FROM \"_pxt_exports\" WHERE \"target\" = $1 AND \"state\" = 'behind' LIMIT 1";

/// Tries rows again whose time has come. Values: the target, now.
pub(super) const AGAIN: &str = "UPDATE \"_pxt_exports\" SET \"state\" = 'pending', \"_pxt_version\" = \"_pxt_version\" + 1 \
     WHERE \"target\" = $1 AND \"state\" = 'waiting' AND \"due_at\" <= $2";

/// Removes rows that were held for the answer of a job which has ended without one. Values: the target.
pub(super) const ORPHANS: &str = "DELETE FROM \"_pxt_exports\" WHERE \"target\" = $1 AND \"state\" = 'held' AND \"of_job\" \
     AND NOT EXISTS (SELECT 1 FROM \"_pxt_jobs\" AS \"job\" WHERE \"job\".\"id\" = \"_pxt_exports\".\"id\" \
     AND \"job\".\"state\" IN ('pending', 'running')) RETURNING \"number\"";

/// The row that is held for the answer of a job. Values: the target, the job.
pub(super) const OF_JOB: &str = "SELECT \"number\", \"_pxt_version\" AS \"version\" FROM \"_pxt_exports\" WHERE \"target\" = $1 AND \"state\" = 'held' AND \"id\" = $2";

/// Claims the delivery to a target, or goes on with it. Values: the target, the node, the end of the lease, now.
pub(super) const CLAIM: &str = "UPDATE \"_pxt_export_targets\" SET \"owner\" = $2, \"until\" = $3, \"_pxt_version\" = \"_pxt_version\" + 1 \
     WHERE \"id\" = $1 AND (\"owner\" IS NULL OR \"owner\" = $2 OR \"until\" < $4) RETURNING \"id\"";

/// Whether a node may claim the delivery to a target. Values: the target, the node, now.
pub(super) const IS_FREE: &str = "SELECT \"id\" FROM \"_pxt_export_targets\" WHERE \"id\" = $1 AND (\"owner\" IS NULL OR \"owner\" = $2 OR \"until\" < $3)";

/// Gives the delivery to a target back. Values: the target, the node.
pub(super) const GIVE_BACK: &str = "UPDATE \"_pxt_export_targets\" SET \"owner\" = NULL, \"_pxt_version\" = \"_pxt_version\" + 1 \
     WHERE \"id\" = $1 AND \"owner\" = $2";

/// Takes down since when and why nothing is delivered to a target. Values: the target, the time, the reason.
pub(super) const OUTAGE: &str = "UPDATE \"_pxt_export_targets\" SET \"since\" = $2, \"error\" = $3, \"_pxt_version\" = \"_pxt_version\" + 1 \
     WHERE \"id\" = $1";

/// How many rows wait, up to a number. Values: the number.
pub(super) const WAITING: &str =
    "SELECT COUNT(*) AS \"waiting\" FROM (SELECT 1 AS \"one\" FROM \"_pxt_exports\" LIMIT $1 + 0) AS \"rows\"";

fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}
