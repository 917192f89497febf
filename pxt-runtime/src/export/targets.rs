//! The targets of all routes, and what they say of their tables. They are asked once, before routes are served.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;

use super::target::{Address, Away, Limits, Target, TargetTable};

/// A table of a target, as it is declared; variables are replaced.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) connect: String,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
}

impl Place {
    /// The table as it is written in sentences.
    pub(crate) fn table_name(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.table),
            None => self.table.clone(),
        }
    }

    /// The name of the table among all tables of all targets, without secrets. `address` is what `connect` says.
    pub(crate) fn destination(&self, address: &Address) -> String {
        format!("{} {}", address.name(), self.table_name())
    }
}

/// What a target said of a table.
#[derive(Clone)]
pub(crate) enum Found {
    Table(Arc<TargetTable>),
    /// There is no such table.
    Nothing,
    /// The target could not be asked: why.
    Away(String),
}

/// The targets of routes, by what leads there: two users of one database are two targets. Clones share their connections.
#[derive(Clone, Default)]
pub(crate) struct Targets {
    /// A target, or why this program has none of its kind.
    targets: HashMap<String, Result<Target, String>>,
    tables: HashMap<Place, Found>,
}

impl Targets {
    /// Asks for tables: all targets at once, each for one table after the other. What was asked before is not asked again, and
    /// neither is a place that names no database.
    pub(crate) async fn ask(&mut self, places: impl IntoIterator<Item = Place>, limits: Limits) {
        let mut wanted: HashMap<String, Vec<Place>> = HashMap::new();
        for place in places {
            let is_known = self.tables.contains_key(&place);
            let Ok(address) = Address::parse(&place.connect) else { continue };
            let target = self.targets.entry(place.connect.clone()).or_insert_with(|| Target::new(&address, limits));
            let of_target = wanted.entry(place.connect.clone()).or_default();
            if target.is_ok() && !is_known && !of_target.contains(&place) {
                of_target.push(place);
            }
        }
        let asked = wanted.into_iter().filter_map(|(connect, places)| {
            let target = self.targets.get(&connect)?.as_ref().ok()?.clone();
            Some(async move { describe(&target, places).await })
        });
        let found = join_all(asked).await;
        self.tables.extend(found.into_iter().flatten());
    }

    /// Adds what was asked elsewhere.
    pub(crate) fn extend(&mut self, others: Self) {
        self.targets.extend(others.targets);
        self.tables.extend(others.tables);
    }

    /// The target that a text leads to, if it was asked; or why this program has none of its kind.
    pub(crate) fn target(&self, connect: &str) -> Option<&Result<Target, String>> {
        self.targets.get(connect)
    }

    /// What was said of a table, if that was asked.
    pub(crate) fn found(&self, place: &Place) -> Option<&Found> {
        self.tables.get(place)
    }

    /// Ends the connections to all of them.
    pub(crate) async fn close(&self) {
        join_all(self.targets.values().flatten().map(Target::close)).await;
    }
}

/// Asks a target for tables. One that is away is not asked again.
async fn describe(target: &Target, places: Vec<Place>) -> Vec<(Place, Found)> {
    let mut all = Vec::with_capacity(places.len());
    let mut away: Option<String> = None;
    for place in places {
        let found = match &away {
            Some(why) => Found::Away(why.clone()),
            None => match target.describe(place.schema.as_deref(), &place.table).await {
                Ok(Some(table)) => Found::Table(table),
                Ok(None) => Found::Nothing,
                Err(Away(why)) => Found::Away(away.insert(why).clone()),
            },
        };
        all.push((place, found));
    }
    all
}
