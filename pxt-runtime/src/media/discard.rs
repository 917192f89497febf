//! Deleting at once what a refused request has brought.
//!
//! The same content may be a row's already, or on its way into one, also in another process. So a file goes only when
//! nobody else uses it and no row names it (see `lock`). In doubt it stays, for the sweep. In a bucket, where nothing can be
//! locked, it only moves aside (see `bucket::trash`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::key::Key;
use super::pins::Source;
use super::storage::Claim;
use super::{BoxError, MediaError, MediaStore};
use crate::value::Media;

/// A file to give up.
struct Candidate {
    key: Arc<str>,
    /// All pins of it that the request has.
    ids: HashSet<u64>,
    /// When the last of them was made. Whatever made the file younger since then wants to keep it.
    since: SystemTime,
    is_brought: bool,
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
        let mut claims = Vec::new();
        for file in self.candidates(table, &files) {
            if self.pins.release(&file.key, &file.ids)
                && file.is_brought
                && let Some(key) = Key::parse(&file.key)
            {
                claims.extend(self.storage.claim(&key, file.since).await?);
            }
        }
        self.delete_unnamed(claims, &referenced).await.map(drop)
    }

    /// Deletes those claimed files that no row names. How many.
    pub(super) async fn delete_unnamed<F, Fut>(&self, claims: Vec<Claim>, referenced: &F) -> Result<u64, MediaError>
    where
        F: Fn(Vec<String>) -> Fut + Send,
        Fut: Future<Output = Result<HashSet<String>, BoxError>> + Send,
    {
        if claims.is_empty() {
            return Ok(0);
        }
        let keys = claims.iter().map(|claim| claim.key().to_owned()).collect();
        let kept = referenced(keys).await.map_err(MediaError::Storage)?;
        let mut deleted = 0;
        for claim in claims.into_iter().filter(|claim| !kept.contains(claim.key())) {
            // A bucket's files can be pinned meanwhile.
            if !self.pins.is_pinned(claim.key()) {
                deleted += u64::from(self.storage.retire(claim).await?);
            }
        }
        Ok(deleted)
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
                is_brought: self.pins.is_brought(&pin.key),
            });
            file.ids.insert(pin.id);
            file.since = file.since.max(pin.since);
            file.is_brought |= pin.source == Source::Brought;
        }
        brought.retain(|key, _| !found.contains(key));
        brought.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
