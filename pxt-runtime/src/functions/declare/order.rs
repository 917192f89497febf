//! Circles among computed columns.

/// The columns on the first circle, from its first column round to it again. `reads` has what each column reads.
pub(super) fn circle(reads: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut state = vec![State::New; reads.len()];
    let mut path = Vec::new();
    (0..reads.len()).find_map(|start| visit(reads, start, &mut state, &mut path))
}

#[derive(Clone, Copy)]
enum State {
    New,
    OnPath,
    Done,
}

fn visit(reads: &[Vec<usize>], column: usize, state: &mut [State], path: &mut Vec<usize>) -> Option<Vec<usize>> {
    match state[column] {
        State::Done => return None,
        State::OnPath => {
            let start = path.iter().position(|&seen| seen == column)?;
            return Some(path[start..].iter().copied().chain([column]).collect());
        }
        State::New => {}
    }
    state[column] = State::OnPath;
    path.push(column);
    let found = reads[column].iter().find_map(|&read| visit(reads, read, state, path));
    path.pop();
    state[column] = State::Done;
    found
}

#[cfg(test)]
mod tests {
    use super::circle;

    #[test]
    fn circles() {
        assert_eq!(circle(&[vec![], vec![0], vec![0, 1]]), None);
        assert_eq!(circle(&[vec![], vec![1]]), Some(vec![1, 1]));
        assert_eq!(circle(&[vec![1], vec![2, 3], vec![1], vec![]]), Some(vec![1, 2, 1]));
    }
}
