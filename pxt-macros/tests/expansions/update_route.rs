async fn respond(title: String) -> pxt::Result<String> {
    Ok(title)
}
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
    #[allow(dead_code)]
    static __SCHEMA: &'static __pxt::Schema = &tables::schema::SCHEMA;
    #[allow(dead_code)]
    static __TABLE: ::core::option::Option<&'static __pxt::TableDef> = __pxt::check::find_table(
        __SCHEMA,
        "films.posters",
        14067599785855756768u64,
    );
    const _: () = __pxt::check::expect_table(__SCHEMA, __TABLE, "films.posters");
    const _: () = __pxt::check::expect_key(__TABLE);
    const _: () = __pxt::check::expect_input(
        __TABLE,
        __pxt::Kind::Update,
        "title",
        15722393318163439657u64,
    );
    #[allow(dead_code)]
    const __INPUTS: &'static [&'static str] = &["title"];
    #[allow(dead_code)]
    const __OUTPUTS: &'static [&'static str] = &["title"];
    const _: () = {
        let column = __pxt::check::find_column(
            __TABLE,
            "title",
            15722393318163439657u64,
        );
        __pxt::check::expect_column(__TABLE, column, "title");
        __pxt::check::expect_type(
            __TABLE,
            column,
            <String as __pxt::Parameter>::SHAPE,
            "String",
        );
    };
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<pxt::Result<String>>::IS_RESULT;
    const _: () = __pxt::check::expect_no_result(
        __pxt::Returned::<
            <pxt::Result<String> as __pxt::Returns<__FALLIBLE>>::Value,
        >::HOLDS_RESULT,
        "pxt::Result<String>",
    );
    __pxt::inventory::submit! {
        __pxt::AttributeRoute { kind : __pxt::Kind::Update, schema : __SCHEMA, table :
        "films.posters", path : "/respond", inputs : ::core::option::Option::Some(&
        ["title"]), uploads : & [], outputs : __OUTPUTS, background :
        ::core::option::Option::Some(__pxt::Background { concurrency :
        ::core::option::Option::None }), export :
        ::core::option::Option::Some(__pxt::AttributeExport { db_connect :
        "mysql://films@db/analytics", table : "titles", db_schema :
        ::core::option::Option::Some("public"), method : __pxt::ExportMethod::Merge,
        delivery : __pxt::Delivery::Outbox, }), call : __pxt::Handler::Async(| mut
        arguments | ::std::boxed::Box::pin(async move { let argument_0 = < String as
        __pxt::Parameter > ::from_value(arguments.take() ?) ?; match < pxt::Result <
        String > as __pxt::Returns < __FALLIBLE >> ::into_result(respond(argument_0).
        await) { ::core::result::Result::Ok(value) => < < pxt::Result < String > as
        __pxt::Returns < __FALLIBLE >> ::Value as __pxt::Response > ::to_body(& value),
        ::core::result::Result::Err(error) => ::core::result::Result::Err(< < pxt::Result
        < String > as __pxt::Returns < __FALLIBLE >> ::Failure as __pxt::Reportable >
        ::into_error(error)), } })), response_schema : < < pxt::Result < String > as
        __pxt::Returns < __FALLIBLE >> ::Value as __pxt::Response > ::json_schema, name :
        "respond", doc : "", at : __pxt::At { file : ::core::file!(), line :
        ::core::line!() }, module : ::core::module_path!(), }
    }
};
