//! Secrets in texts that people wrote: passwords of URLs, and what stands behind a name such as `aws_secret_access_key`.

/// Parts of names whose values are shown to nobody.
const SECRET: [&str; 6] = ["secret", "password", "passwd", "token", "access_key", "credential"];

/// What stands before the host in the examples of our own sentences.
const EXAMPLE: [char; 13] = ['u', 's', 'e', 'r', ':', 'p', 'a', 's', 's', 'w', 'o', 'r', 'd'];

/// Whether the value of this name is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// The text with stars in place of secrets, each letter where it was.
pub(crate) fn masked(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    mask_values(&mut letters);
    mask_authorities(&mut letters);
    letters.into_iter().collect()
}

/// Masks what stands behind names of secrets: texts in quotes up to the end of the line, or the value of a URL's parameter.
fn mask_values(letters: &mut [char]) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut at = 0;
    while at < letters.len() {
        let start = at;
        while at < letters.len() && is_word(letters[at]) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        let name: String = letters[start..at].iter().collect();
        let behind = (at..letters.len()).find(|next| !matches!(letters[*next], ' ' | '\t' | '"' | '\''));
        let Some(equals) = behind.filter(|next| letters[*next] == '=' && is_secret(&name)) else { continue };
        at = equals + 1;
        let value = (at..letters.len()).find(|next| !letters[*next].is_whitespace()).unwrap_or(letters.len());
        let in_quotes = letters.get(value).is_some_and(|c| matches!(c, '"' | '\'' | '[' | '{'));
        let ends = |c: char| {
            if in_quotes { c == '\n' } else { c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '`' | ',') }
        };
        while at < letters.len() && !ends(letters[at]) {
            if !letters[at].is_whitespace() && !matches!(letters[at], '"' | '\'' | '[' | ']' | '{' | '}' | ',') {
                letters[at] = '*';
            }
            at += 1;
        }
    }
}

/// The end of a URL whose scheme is none of the web's: in its password, people do not escape what ends a URL of the web. It is the quote
/// that the URL stands in, else a blank or a quote. `slash` is the last of its `://`.
fn end_of_location(letters: &[char], slash: usize) -> Option<usize> {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let colon = slash.checked_sub(2)?;
    let start = (0..colon).rev().take_while(|at| is_scheme(letters[*at])).last()?;
    let scheme: String = letters[start..colon].iter().collect();
    let is_web = ["http", "https"].iter().any(|web| web.eq_ignore_ascii_case(&scheme));
    let quote = start.checked_sub(1).map(|before| letters[before]).filter(|c| matches!(c, '"' | '\'' | '`'));
    let ends = |at: usize| match (quote, letters[at]) {
        (Some(_), '\n') => true,
        (Some(quote), c) => c == quote && letters[at - 1] != '\\',
        (None, c) => c.is_whitespace() || matches!(c, '"' | '\'' | '`'),
    };
    (!is_web).then(|| (slash + 1..letters.len()).find(|next| ends(*next)).unwrap_or(letters.len()))
}

/// Masks the password of each `name:password@host`, behind two slashes, or where a text in quotes begins so.
fn mask_authorities(letters: &mut [char]) {
    for at in 0..letters.len() {
        let begins = match letters[at] {
            // Also where the colon before the slashes was forgotten.
            '/' => at >= 1 && letters[at - 1] == '/',
            quote => matches!(quote, '"' | '\'' | '`' | ' '),
        };
        if !begins {
            continue;
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '/' | '?');
        let end = || (at + 1..letters.len()).find(|next| ends(letters[*next])).unwrap_or(letters.len());
        let end = if letters[at] == '/' { end_of_location(letters, at).unwrap_or_else(end) } else { end() };
        let colon = (at + 1..end).find(|next| letters[*next] == ':');
        let host = (at + 1..end).rfind(|next| letters[*next] == '@');
        if let (Some(colon), Some(host)) = (colon, host)
            && colon < host
            && !letters[at + 1..host].iter().eq(&EXAMPLE)
        {
            letters[colon + 1..host].fill('*');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_are_masked_where_they_stand() {
        let wanted = [
            ("url = \"postgres://films:hunter2@db/films\" # x", "url = \"postgres://films:*******@db/films\" # x"),
            ("a://b:c@d e://f:g@h", "a://b:*@d e://f:*@h"),
            ("sqlite://films.db", "sqlite://films.db"),
            ("http://localhost:9000/a@b", "http://localhost:9000/a@b"),
            ("no URL: x@y", "no URL: x@y"),
            ("url = \"user:s3cret@h/db\"", "url = \"user:******@h/db\""),
            ("\"postgres://h/db?user=u&password=s3cret&foo=1\"", "\"postgres://h/db?user=u&password=******&foo=1\""),
            ("aws_secret_access_key = [\"TOP\"]\nx = \"y\"", "aws_secret_access_key = [\"***\"]\nx = \"y\""),
            (
                "{ url = \"s3://b\", o = { \"token\" = \"TOP\"X\" } }",
                "{ url = \"s3://b\", o = { \"token\" = \"***\"*\" } }",
            ),
            (
                "db_connect = 'mysql+pymysql://u:a/b?c@d e\"f@h/db' # x",
                "db_connect = 'mysql+pymysql://u:***********@h/db' # x",
            ),
            ("\"mssql://u:a\\\"/b@h/db\"", "\"mssql://u:*****@h/db\""),
            ("`postgresql://u:a/b@h/db` is", "`postgresql://u:***@h/db` is"),
            ("to postgres://h:5432/db or u@v", "to postgres://h:5432/db or u@v"),
            ("--connect postgres//u:pw@h/db --x", "--connect postgres//u:**@h/db --x"),
            ("--connect //u:p/w@h/db", "--connect //u:***@h/db"),
            ("primary_key = true", "primary_key = true"),
            ("the token `a` is wrong", "the token `a` is wrong"),
        ];
        for (text, shown) in wanted {
            assert_eq!(masked(text), shown);
        }
    }
}
