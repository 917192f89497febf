//! Which rows of a batch are delivered now, which wait behind others, and which can be written by one call.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use super::row::{State, Waiting};

/// What is done with a batch.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What is written, in this order, each part by one call: rows of one form, no two of them of one key.
    pub(super) runs: Vec<Vec<Waiting>>,
    /// Rows that have to wait, by the number of the row that they wait for.
    pub(super) behind: HashMap<i64, Vec<Waiting>>,
}

/// The rows that block others, by key.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    by_key: HashMap<String, i64>,
    by_target_key: HashMap<String, i64>,
}

impl Blocked {
    /// A row blocks those behind it that have one of its keys. The earliest counts.
    pub(super) fn add(&mut self, row: &Waiting) {
        for (map, key) in [(&mut self.by_key, &row.key), (&mut self.by_target_key, &row.target_key)] {
            if let Some(key) = key {
                let first = map.entry(key.clone()).or_insert(row.number);
                *first = row.number.min(*first);
            }
        }
    }

    /// The number of the row that blocks this one.
    pub(super) fn find(&self, row: &Waiting) -> Option<i64> {
        let of_key = row.key.as_ref().and_then(|key| self.by_key.get(key));
        let of_target_key = row.target_key.as_ref().and_then(|key| self.by_target_key.get(key));
        [of_key, of_target_key].into_iter().flatten().copied().filter(|head| *head < row.number).min()
    }
}

/// Divides the rows of a batch, which come in the order of their numbers.
pub(super) fn plan(rows: Vec<Waiting>) -> Plan {
    let (heads, pending): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.state != State::Pending);
    let mut blocked = Blocked::default();
    heads.iter().for_each(|head| blocked.add(head));
    let (mut plan, mut taken, mut form) = (Plan::default(), Taken::default(), None);
    for row in pending {
        if let Some(head) = blocked.find(&row) {
            // What waits blocks in its turn those that have its other key.
            blocked.add(&row);
            plan.behind.entry(head).or_default().push(row);
            continue;
        }
        let joins = form == Some(row.form) && taken.add(&row);
        if !joins {
            taken.clear();
            taken.add(&row);
            form = Some(row.form);
            plan.runs.push(Vec::new());
        }
        plan.runs.last_mut().expect("there is a current run").push(row);
    }
    plan
}

/// The keys of one run, by their hashes: two keys of one hash are taken for one, and go apart.
#[derive(Default)]
struct Taken {
    keys: HashSet<u64>,
    target_keys: HashSet<u64>,
    state: RandomState,
}

impl Taken {
    /// Takes the keys of a row. False when one of them is taken already.
    fn add(&mut self, row: &Waiting) -> bool {
        let hash = |key: &Option<String>| key.as_ref().map(|key| self.state.hash_one(key));
        let (key, target_key) = (hash(&row.key), hash(&row.target_key));
        let is_taken = |keys: &HashSet<u64>, key: Option<u64>| key.is_some_and(|key| keys.contains(&key));
        if is_taken(&self.keys, key) || is_taken(&self.target_keys, target_key) {
            return false;
        }
        self.keys.extend(key);
        self.target_keys.extend(target_key);
        true
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.target_keys.clear();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::export::ExportMethod;

    fn row(number: i64, state: State, key: &str) -> Waiting {
        Waiting {
            number,
            state,
            due_at: 0,
            id: Uuid::nil(),
            of_job: false,
            route: String::new(),
            method: ExportMethod::Insert,
            attempts: 0,
            key: (!key.is_empty()).then(|| key.to_owned()),
            target_key: None,
            body: None,
            form: 0,
        }
    }

    fn behind(plan: &Plan) -> HashMap<i64, Vec<i64>> {
        plan.behind.iter().map(|(head, rows)| (*head, rows.iter().map(|row| row.number).collect())).collect()
    }

    fn numbers(plan: &Plan) -> Vec<Vec<i64>> {
        plan.runs.iter().map(|run| run.iter().map(|row| row.number).collect()).collect()
    }

    #[test]
    fn rows_of_different_keys_go_together_and_those_of_one_key_in_turn() {
        let rows = [(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "a")];
        let plan = plan(rows.into_iter().map(|(number, key)| row(number, State::Pending, key)).collect());
        assert_eq!(numbers(&plan), [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn rows_without_a_key_wait_for_nobody() {
        let plan = plan(vec![row(9, State::Failed, ""), row(10, State::Pending, ""), row(11, State::Pending, "")]);
        assert_eq!((numbers(&plan), plan.behind.len()), (vec![vec![10, 11]], 0));
    }

    #[test]
    fn what_is_refused_or_held_stops_the_later_rows_of_its_key_alone() {
        for state in [State::Failed, State::Waiting, State::Held] {
            let others = [(3, "a"), (5, "a"), (6, "b"), (7, "a")];
            let mut rows = vec![row(4, state, "a")];
            rows.extend(others.into_iter().map(|(number, key)| row(number, State::Pending, key)));
            let plan = plan(rows);
            // The third is before it.
            assert_eq!(numbers(&plan), [vec![3, 6]], "{state:?}");
            assert_eq!(behind(&plan), HashMap::from([(4, vec![5, 7])]), "{state:?}");
        }
    }

    #[test]
    fn rows_of_one_row_of_the_target_wait_for_each_other_too() {
        let of_target = |number: i64, state: State| {
            let key = if number % 2 == 0 { "even" } else { "odd" };
            Waiting { target_key: Some(key.to_owned()), ..row(number, state, &number.to_string()) }
        };
        let rows = (1..=4).map(|number| of_target(number, State::Pending)).collect();
        assert_eq!(numbers(&plan(rows)), [vec![1, 2], vec![3, 4]]);
        let mut rows = vec![of_target(1, State::Failed)];
        rows.extend((2..=4).map(|number| of_target(number, State::Pending)));
        let plan = plan(rows);
        assert_eq!((numbers(&plan), behind(&plan)), (vec![vec![2], vec![4]], HashMap::from([(1, vec![3])])));
    }

    #[test]
    fn whoever_waits_stops_those_that_come_later() {
        // The head is tried again, and what waited behind it is not free yet.
        let rows = vec![row(1, State::Pending, "a"), row(2, State::Behind, "a"), row(3, State::Pending, "a")];
        let plan = plan(rows);
        assert_eq!((numbers(&plan), behind(&plan)), (vec![vec![1]], HashMap::from([(2, vec![3])])));
    }

    #[test]
    fn whoever_waits_by_one_key_stops_those_of_its_other() {
        let of_target = |row: Waiting| Waiting { target_key: Some("t".to_owned()), ..row };
        let rows = vec![
            row(1, State::Failed, "a"),
            of_target(row(2, State::Pending, "a")),
            of_target(row(3, State::Pending, "b")),
        ];
        let plan = plan(rows);
        assert_eq!((numbers(&plan).len(), behind(&plan)), (0, HashMap::from([(1, vec![2]), (2, vec![3])])));
    }

    #[test]
    fn what_is_written_otherwise_goes_apart_and_in_order() {
        let mut rows: Vec<_> = (1..=4).map(|number| row(number, State::Pending, &number.to_string())).collect();
        rows[2].form = 1;
        assert_eq!(numbers(&plan(rows)), [vec![1, 2], vec![3], vec![4]]);
    }
}
