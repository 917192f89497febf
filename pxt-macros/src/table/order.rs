//! The order of computed columns, and circles among them.

use super::Table;
use super::attribute::Arg;

/// The columns on the first circle of computed columns, from its first column round to it again.
pub(super) fn circle(table: &Table) -> Option<Vec<usize>> {
    // 0: not seen, 1: on the path, 2: done.
    let mut state = vec![0_u8; table.fields.len()];
    let mut path = Vec::new();
    (0..table.fields.len()).find_map(|start| visit(table, start, &mut state, &mut path))
}

fn visit(table: &Table, column: usize, state: &mut [u8], path: &mut Vec<usize>) -> Option<Vec<usize>> {
    match state[column] {
        2 => return None,
        1 => {
            let start = path.iter().position(|&seen| seen == column)?;
            let mut circle = path[start..].to_vec();
            circle.push(column);
            return Some(circle);
        }
        _ => {}
    }
    state[column] = 1;
    path.push(column);
    let found = reads(table, column).into_iter().find_map(|read| visit(table, read, state, path));
    path.pop();
    state[column] = 2;
    found
}

/// The positions of the columns that a computed column reads, each once.
pub(super) fn reads(table: &Table, column: usize) -> Vec<usize> {
    let Some(computed) = table.fields[column].computed() else { return Vec::new() };
    let mut reads = Vec::new();
    for arg in &computed.args {
        if let Arg::Column(name) = arg
            && let Some(position) = table.position(&crate::function::plain(name))
            && !reads.contains(&position)
        {
            reads.push(position);
        }
    }
    reads
}
