struct Films;

impl Films {
    #[pxt::query]
    fn all(&self, #[default(1)] most: i64) -> Vec<i64> {
        vec![most]
    }
}

fn main() {}
