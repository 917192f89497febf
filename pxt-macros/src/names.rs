//! "Did you mean": the nearest of the names that would have been right.

/// `; did you mean …?` when one of the names is near, else the list of all; there is at least one.
pub(crate) fn suggestion<'a>(written: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = names
        .clone()
        .into_iter()
        .map(|name| (distance(written, name), name))
        .filter(|(distance, name)| is_near(*distance, written, name))
        .min();
    match near {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None => {
            let list: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
            if let [only] = list.as_slice() {
                return format!("; the only one is {only}");
            }
            format!("; write one of {}", list.join(", "))
        }
    }
}

/// Whether two names are alike enough to be taken for one another.
pub(crate) fn alike(a: &str, b: &str) -> bool {
    is_near(distance(a, b), a, b)
}

fn is_near(distance: usize, a: &str, b: &str) -> bool {
    let longer = a.len().max(b.len());
    distance <= if longer < 3 { 1 } else { longer / 3 }
}

/// Optimal string alignment distance; the runtime's `const fn` of the same rule serves the checks that need a table.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        assert_eq!(suggestion("tabel", ["table", "path"]), "; did you mean `table`?");
        assert_eq!(suggestion("method", ["table", "path"]), "; write one of `table`, `path`");
        assert_eq!(suggestion("method", ["crate"]), "; the only one is `crate`");
    }
}
