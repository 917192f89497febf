pub mod schema {
    #[pxt::udf]
    fn r#match(r#type: String) -> String {
        r#type
    }

    #[derive(pxt::Table)]
    pub struct Film {
        pub r#type: String,
        #[column(computed = r#match(r#type))]
        pub r#loop: String,
    }

    pxt::schema![Film];
}

#[pxt::insert_route(table = "film", inputs = ["type"], outputs = ["type", "loop"])]
fn r#move(r#type: String, r#loop: String) -> String {
    format!("{}{}", r#type, r#loop)
}

fn main() {
    assert_eq!(r#move("a".to_owned(), "b".to_owned()), "ab");
}
