fn preview(slug: Option<String>) -> Option<String> {
    slug
}
const _: () = {
    #[allow(unused_imports)]
    use framework::__private as __pxt;
    #[allow(dead_code)]
    const __SCHEMA: &'static __pxt::Schema = &crate::schema::SCHEMA;
    const __TABLE: ::core::option::Option<&'static __pxt::TableDef> = __pxt::check::find_table(
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
    const _: () = __pxt::check::expect_column(__TABLE, "slug", 7696373693962291038u64);
    const _: () = __pxt::check::expect_type(
        __TABLE,
        __pxt::check::find_column(__TABLE, "slug", 7696373693962291038u64),
        <Option<String> as __pxt::Parameter>::SHAPE,
        "Option<String>",
    );
    const _: fn(&mut __pxt::SchemaGenerator) -> __pxt::JsonSchema = <Option<
        String,
    > as __pxt::Response>::json_schema;
    __pxt::inventory::submit! {
        __pxt::AttributeRoute { kind : __pxt::Kind::Compute, schema : __SCHEMA, table :
        "films.posters", path : "/preview", inputs : ::core::option::Option::Some(&
        ["title"]), uploads : & [], outputs : __OUTPUTS, background :
        ::core::option::Option::None, call : __pxt::Handler::Sync(| mut arguments | { let
        argument_0 = < Option < String > as __pxt::Parameter > ::from_value(arguments
        .take() ?) ?; < Option < String > as __pxt::Response > ::to_body(&
        preview(argument_0)) }), response_schema : < Option < String > as __pxt::Response
        > ::json_schema, name : "preview", doc : "", at : __pxt::At { file :
        ::core::file!(), line : ::core::line!() }, }
    }
};
