//! Which paths a route may have. The route attributes refuse the same ones at compile time.

/// The paths that the service serves itself, and what stands under them.
const OWN: [&str; 4] = ["/media", "/docs", "/openapi.json", "/jobs"];

/// What is wrong with what stands before all paths, and what to write.
pub(super) fn refuse_prefix(prefix: &str) -> Option<String> {
    if prefix.is_empty() {
        return None;
    }
    if prefix.len() > 1 && prefix.ends_with('/') || prefix == "/" {
        let bare = prefix.trim_matches('/');
        let instead = if bare.is_empty() { String::new() } else { format!("/{bare}") };
        return Some(format!("a prefix does not end with `/`, since each path starts with one: write \"{instead}\""));
    }
    if !prefix.starts_with('/') {
        return Some(format!("a prefix starts with `/`: write \"/{prefix}\""));
    }
    refuse(prefix, prefix).map(|text| text.replace("another path", "another prefix"))
}

/// What is wrong with a path, which is `whole` with what stands before it, and what to write.
pub(super) fn refuse(path: &str, whole: &str) -> Option<String> {
    let wrong = |c: &char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '%' | '"' | '<' | '>' | '\\');
    if !path.starts_with('/') {
        return Some(format!("a path starts with `/`: write \"/{path}\""));
    }
    if path.contains(['{', '}', '*']) {
        return Some("a route has no path parameters, since its inputs arrive in the body or the query string: remove `{`, `}` and `*`".to_owned());
    }
    if let Some(odd) = path.chars().find(wrong) {
        let odd = if odd.is_whitespace() { "a space".to_owned() } else { format!("`{}`", odd.escape_debug()) };
        return Some(format!("a path is written without {odd}: remove it"));
    }
    let own = OWN
        .into_iter()
        .find(|own| whole.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    own.map(|own| format!("`{own}` is the service's own: choose another path"))
}

#[cfg(test)]
mod tests {
    use super::refuse;

    #[test]
    fn paths() {
        let refuse = |path| refuse(path, path);
        assert_eq!(refuse("/generate"), None);
        assert_eq!(refuse("/mediaeval"), None);
        assert_eq!(refuse("generate").as_deref(), Some("a path starts with `/`: write \"/generate\""));
        for wrong in ["/a b", "/a?b", "/{id}", "/media/x", "/docs", "/%41"] {
            assert!(refuse(wrong).is_some(), "{wrong}");
        }
    }
}
