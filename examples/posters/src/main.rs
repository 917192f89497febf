//! Photographs with computed thumbnails, placeholders and colours: `cargo run -p posters -- serve`.
#![allow(unreachable_pub, reason = "an application reads more easily with plain `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "functions over columns own their arguments")]

mod routes;
mod schema;

use std::process::ExitCode;

/// Says in words what a poster looks like.
#[pxt::udf]
fn describe(title: String, color: String, brightness: f64) -> String {
    let light = if brightness < 0.35 { "dark" } else { "light" };
    format!("{title}: a {light} picture, mostly {color}")
}

#[tokio::main]
async fn main() -> ExitCode {
    pxt::cli::run_with(&schema::SCHEMA, routes::plain).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_function_stays_a_function() {
        assert_eq!(super::describe("Rocket".into(), "#102030".into(), 0.2), "Rocket: a dark picture, mostly #102030");
    }
}
