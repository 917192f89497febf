struct Hit {
    title: String,
}

async fn hits(app: &pxt::App) -> pxt::Result<Vec<Hit>> {
    app.sql("SELECT title FROM log").fetch::<Hit>().await
}

fn main() {}
