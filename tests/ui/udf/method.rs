struct Text;

impl Text {
    #[pxt::udf]
    fn upper(&self, text: String) -> String {
        text.to_uppercase()
    }
}

fn main() {}
