fn search() -> Vec<i64> {
    Vec::new()
}

mod other {
    #[pxt::udf]
    pub fn search() -> i64 {
        1
    }
}

fn main() {
    search();
    let _ = <other::search as pxt::__private::QueryFunction>::DEF;
}
