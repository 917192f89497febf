//! Where the answers of a route are written besides, once its declaration is judged.

use super::target::{Away, Record, Refused, Target, Writer};
use super::{Delivery, ExportMethod};

/// Where the answers of a route are written besides.
pub(crate) struct RowExport {
    /// The target, with the connections that all routes to it share.
    pub(crate) target: Target,
    /// Names the table among all tables of all targets: the address's name, schema and table.
    pub(crate) destination: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) method: ExportMethod,
    pub(crate) delivery: Delivery,
    /// The names of the answer's fields.
    pub(crate) fields: Vec<String>,
    /// What writes its rows. None where the target could not be reached at the start.
    pub(crate) writer: Option<Writer>,
}

/// Why an answer was not written.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum WriteFailure {
    #[error(transparent)]
    Away(#[from] Away),
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl RowExport {
    /// Writes an answer to the target, now.
    ///
    /// # Errors
    /// When the target does not answer in time, or refuses the row.
    pub(crate) async fn write(&self, record: Record<'_>) -> Result<(), WriteFailure> {
        let writer = self.writer.as_ref().ok_or_else(|| Away("the target was not asked for its table".to_owned()))?;
        let outcomes = self.target.write(writer, &[record]).await.whole()?;
        outcomes.into_iter().collect::<Result<(), Refused>>()?;
        Ok(())
    }
}
