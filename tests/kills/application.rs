//! What each node serves.

use std::time::Duration;

use pxt::{Insert, Routes};

/// Long enough that many are killed in it.
#[pxt::udf]
pub async fn slowly(number: i64) -> i64 {
    tokio::time::sleep(Duration::from_millis(400)).await;
    number * 2
}

pub fn declare(routes: Routes) -> Routes {
    let later = |path: &str| Insert::at(path).inputs(["number"]).uploadfile_inputs(["image"]).background(true);
    routes.add_insert_route("quick", later("/quick")).add_insert_route("slow", later("/slow"))
}
