#[pxt::query]
fn search(#[default("")] text: String) -> Vec<Film> {
    films(text)
}
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
    #[allow(dead_code)]
    static __SCHEMA: &'static __pxt::Schema = &crate::schema::SCHEMA;
    __pxt::inventory::submit! {
        __pxt::QueryRoute { query : < search as __pxt::QueryFunction > ::DEF, schema :
        __SCHEMA, method : __pxt::Method::Get, path : "/search", inputs :
        ::core::option::Option::None, uploads : & [], one_row : false,
        return_fileresponse : false, background : ::core::option::Option::None, at :
        __pxt::At { file : ::core::file!(), line : ::core::line!() }, }
    }
};
