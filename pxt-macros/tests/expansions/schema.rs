/// The tables of this application.
pub static SCHEMA: ::pxt::Schema = ::pxt::Schema {
    tables: &[<Poster as ::pxt::Table>::DEF, <crate::films::Film as ::pxt::Table>::DEF],
};
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
    const _: () = __pxt::check::expect_distinct_table(&SCHEMA, 1usize);
};
