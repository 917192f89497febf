async fn numbers(app: &pxt::App) -> pxt::Result<Vec<i64>> {
    app.sql("SELECT $1").bind(3_u8).fetch_scalars::<i64>().await
}

fn main() {}
