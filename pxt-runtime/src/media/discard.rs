//! Deleting at once what a refused request has brought.
//!
//! The same content may be a row's already, or on its way into one. So a file goes only when nobody else has it pinned, no
//! row names it, and nobody has pinned it between that answer and the deletion. In doubt it stays, for the sweep. In a bucket,
//! where other nodes have pins of their own, it only moves aside (see `bucket::trash`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::key::Key;
use super::pins::Source;
use super::{BoxError, MediaError, MediaStore};
use crate::value::Media;

/// How often rows are asked again because others pinned a file meanwhile.
const ATTEMPTS: usize = 4;

/// A file to give up.
struct Candidate {
    key: Arc<str>,
    /// All pins of it that the request has.
    ids: HashSet<u64>,
    /// When the last of them was made. Whatever made the file younger since then wants to keep it.
    since: SystemTime,
    /// The pin that was the latest before rows were asked.
    latest: u64,
}

impl MediaStore {
    /// Deletes those files of a request that was refused which it brought itself, and which nobody else uses: no other
    /// request has them pinned, and `referenced`, which gets keys and answers with those among them that rows hold, does
    /// not name them. Files of other tables, of the database, and ones that the request only named stay. Call it when the
    /// request's rows will not be committed any more; its own copies of the files need not be dropped before.
    ///
    /// # Errors
    /// [`MediaError::Storage`], also for a failure of `referenced`; files not yet deleted are left to the sweep.
    pub async fn discard<F, Fut>(&self, table: &str, files: Vec<Media>, referenced: F) -> Result<(), MediaError>
    where
        F: Fn(Vec<String>) -> Fut + Send,
        Fut: Future<Output = Result<HashSet<String>, BoxError>> + Send,
    {
        let mut candidates = self.candidates(table, &files);
        for _ in 0..ATTEMPTS {
            candidates.retain_mut(|file| match self.pins.alone(&file.key, &file.ids) {
                Some(latest) => {
                    file.latest = latest;
                    true
                }
                None => false,
            });
            if candidates.is_empty() {
                break;
            }
            // Not under the gate: uploads wait for a deletion, not for the database.
            let keys = candidates.iter().map(|file| (*file.key).to_owned()).collect();
            let kept = referenced(keys).await.map_err(MediaError::Storage)?;
            let mut again = Vec::new();
            for file in candidates.into_iter().filter(|file| !kept.contains(&*file.key)) {
                let gate = self.storage.deleting().await;
                if !self.pins.release(&file.key, &file.ids, file.latest) {
                    again.push(file);
                } else if let Some(key) = Key::parse(&file.key) {
                    self.storage.retire(&key, file.since, gate).await?;
                }
            }
            candidates = again;
        }
        Ok(())
    }

    /// The files of the table that these requests' values brought, each once.
    fn candidates(&self, table: &str, files: &[Media]) -> Vec<Candidate> {
        let mut brought: HashMap<&str, Candidate> = HashMap::new();
        let mut found = HashSet::new();
        let of_table = |key: &str| Key::parse(key).is_some_and(|key| key.table == table);
        for pin in files.iter().filter_map(|file| self.pins.of(file)).filter(|pin| of_table(&pin.key)) {
            if pin.source == Source::Found {
                found.insert(&*pin.key);
            }
            let file = brought.entry(&*pin.key).or_insert_with(|| Candidate {
                key: pin.key.clone(),
                ids: HashSet::new(),
                since: pin.since,
                latest: pin.id,
            });
            file.ids.insert(pin.id);
            file.since = file.since.max(pin.since);
        }
        brought.retain(|key, _| !found.contains(key));
        brought.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
