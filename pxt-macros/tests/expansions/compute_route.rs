fn preview(slug: Option<String>) -> Option<String> {
    slug
}
const _: () = {
    #[allow(unused_imports)]
    use framework::__private as __pxt;
    #[allow(dead_code)]
    static __SCHEMA: &'static __pxt::Schema = &crate::schema::SCHEMA;
    #[allow(dead_code)]
    static __TABLE: ::core::option::Option<&'static __pxt::TableDef> = __pxt::check::find_table(
        __SCHEMA,
        "films.posters",
        14067599785855756768u64,
    );
    const _: () = __pxt::check::expect_table(__SCHEMA, __TABLE, "films.posters");
    const _: () = __pxt::check::expect_input(
        __TABLE,
        __pxt::Kind::Compute,
        "title",
        15722393318163439657u64,
    );
    const _: () = __pxt::check::expect_inputs_reach(__TABLE, __INPUTS, __OUTPUTS);
    #[allow(dead_code)]
    const __INPUTS: &'static [&'static str] = &["title"];
    #[allow(dead_code)]
    const __OUTPUTS: &'static [&'static str] = &["slug"];
    const _: () = {
        let column = __pxt::check::find_column(__TABLE, "slug", 7696373693962291038u64);
        __pxt::check::expect_column(__TABLE, column, "slug");
        __pxt::check::expect_type(
            __TABLE,
            column,
            <Option<String> as __pxt::Parameter>::SHAPE,
            "Option<String>",
        );
    };
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<Option<String>>::IS_RESULT;
    const _: () = __pxt::check::expect_no_result(
        __pxt::Returned::<
            <Option<String> as __pxt::Returns<__FALLIBLE>>::Value,
        >::HOLDS_RESULT,
        "Option<String>",
    );
    __pxt::inventory::submit! {
        __pxt::AttributeRoute { kind : __pxt::Kind::Compute, schema : __SCHEMA, table :
        "films.posters", path : "/preview", inputs : ::core::option::Option::Some(&
        ["title"]), uploads : & [], outputs : __OUTPUTS, background :
        ::core::option::Option::None, export : ::core::option::Option::None, call :
        __pxt::Handler::Sync(| mut arguments | { let argument_0 = < Option < String > as
        __pxt::Parameter > ::from_value(arguments.take() ?) ?; match < Option < String >
        as __pxt::Returns < __FALLIBLE >> ::into_result(preview(argument_0)) {
        ::core::result::Result::Ok(value) => < < Option < String > as __pxt::Returns <
        __FALLIBLE >> ::Value as __pxt::Response > ::to_body(& value),
        ::core::result::Result::Err(error) => ::core::result::Result::Err(< < Option <
        String > as __pxt::Returns < __FALLIBLE >> ::Failure as __pxt::Reportable >
        ::into_error(error)), } }), response_schema : < < Option < String > as
        __pxt::Returns < __FALLIBLE >> ::Value as __pxt::Response > ::json_schema, name :
        "preview", doc : "", at : __pxt::At { file : ::core::file!(), line :
        ::core::line!() }, module : ::core::module_path!(), }
    }
};
