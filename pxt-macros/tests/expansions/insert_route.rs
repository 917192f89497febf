/// Answers with the slug.
fn respond(slug: Option<String>, thumbnail: String) -> Generated {
    Generated { slug, thumbnail }
}
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
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
        __pxt::Kind::Insert,
        "title",
        15722393318163439657u64,
    );
    const _: () = __pxt::check::expect_upload(
        __TABLE,
        __pxt::Kind::Insert,
        "image",
        3077667772913174682u64,
    );
    const _: () = __pxt::check::expect_inputs_cover(__TABLE, __INPUTS);
    #[allow(dead_code)]
    const __INPUTS: &'static [&'static str] = &["title", "image"];
    #[allow(dead_code)]
    const __OUTPUTS: &'static [&'static str] = &["slug", "thumbnail"];
    const _: () = __pxt::check::expect_column(
        __TABLE,
        __pxt::check::find_column(__TABLE, "slug", 7696373693962291038u64),
        "slug",
    );
    const _: () = __pxt::check::expect_column(
        __TABLE,
        __pxt::check::find_column(__TABLE, "thumbnail", 17666606853540267335u64),
        "thumbnail",
    );
    const _: () = {
        let column = __pxt::check::find_column(__TABLE, "slug", 7696373693962291038u64);
        __pxt::check::expect_type(
            __TABLE,
            column,
            <Option<String> as __pxt::Parameter>::SHAPE,
            "Option<String>",
        );
    };
    const _: () = {
        let column = __pxt::check::find_column(
            __TABLE,
            "thumbnail",
            17666606853540267335u64,
        );
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
    const __FALLIBLE: bool = __pxt::Returned::<Generated>::IS_RESULT;
    const _: () = __pxt::check::expect_no_result(
        __pxt::Returned::<
            <Generated as __pxt::Returns<__FALLIBLE>>::Value,
        >::HOLDS_RESULT,
        "Generated",
    );
    __pxt::inventory::submit! {
        __pxt::AttributeRoute { kind : __pxt::Kind::Insert, schema : __SCHEMA, table :
        "films.posters", path : "/generate", inputs : ::core::option::Option::Some(&
        ["title"]), uploads : & ["image"], outputs : __OUTPUTS, background :
        ::core::option::Option::None, export :
        ::core::option::Option::Some(__pxt::AttributeExport { db_connect :
        "${ANALYTICS}", table : "generations", db_schema : ::core::option::Option::None,
        method : __pxt::ExportMethod::Insert, delivery : __pxt::Delivery::Request, }),
        call : __pxt::Handler::Sync(| mut arguments | { let argument_0 = < Option <
        String > as __pxt::Parameter > ::from_value(arguments.take() ?) ?; let argument_1
        = < String as __pxt::Parameter > ::from_value(arguments.take() ?) ?; match <
        Generated as __pxt::Returns < __FALLIBLE >> ::into_result(respond(argument_0,
        argument_1)) { ::core::result::Result::Ok(value) => < < Generated as
        __pxt::Returns < __FALLIBLE >> ::Value as __pxt::Response > ::to_body(& value),
        ::core::result::Result::Err(error) => ::core::result::Result::Err(< < Generated
        as __pxt::Returns < __FALLIBLE >> ::Failure as __pxt::Reportable >
        ::into_error(error)), } }), response_schema : < < Generated as __pxt::Returns <
        __FALLIBLE >> ::Value as __pxt::Response > ::json_schema, name : "respond", doc :
        "Answers with the slug.", at : __pxt::At { file : ::core::file!(), line :
        ::core::line!() }, module : ::core::module_path!(), }
    }
};
