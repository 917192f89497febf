fn like(image: Image, title: Option<String>) -> Vec<Film> {
    films(image, title)
}
///The query `like`, for routes that name it.
#[doc(hidden)]
#[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
struct like {}
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
    const _: __pxt::Shape = <Image as __pxt::QueryParameter>::SHAPE;
    const _: __pxt::Shape = <Option<String> as __pxt::QueryParameter>::SHAPE;
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<Vec<Film>>::IS_RESULT;
    const _: () = __pxt::check::expect_no_result(
        __pxt::Returned::<
            <Vec<Film> as __pxt::Returns<__FALLIBLE>>::Value,
        >::HOLDS_RESULT,
        "Vec<Film>",
    );
    static DEF: __pxt::QueryDef = __pxt::QueryDef {
        name: "like",
        module: ::core::module_path!(),
        params: &[
            __pxt::QueryParam {
                name: "image",
                shape: <Image as __pxt::QueryParameter>::SHAPE,
                default: ::core::option::Option::None,
                json_schema: <Image as __pxt::QueryParameter>::json_schema,
                refuse_json: <Image as __pxt::QueryParameter>::refuse_json,
            },
            __pxt::QueryParam {
                name: "title",
                shape: <Option<String> as __pxt::QueryParameter>::SHAPE,
                default: ::core::option::Option::None,
                json_schema: <Option<String> as __pxt::QueryParameter>::json_schema,
                refuse_json: <Option<String> as __pxt::QueryParameter>::refuse_json,
            },
        ],
        call: |_, mut arguments| __pxt::call_query(
            &DEF,
            move || {
                let argument_0 = <Image as __pxt::QueryParameter>::from_value(
                    arguments.take()?,
                )?;
                let argument_1 = <Option<
                    String,
                > as __pxt::QueryParameter>::from_value(arguments.take()?)?;
                match <Vec<
                    Film,
                > as __pxt::Returns<
                    __FALLIBLE,
                >>::into_result(like(argument_0, argument_1)) {
                    ::core::result::Result::Ok(value) => {
                        <<Vec<
                            Film,
                        > as __pxt::Returns<
                            __FALLIBLE,
                        >>::Value as __pxt::QueryOutput>::into_rows(value)
                    }
                    ::core::result::Result::Err(error) => {
                        ::core::result::Result::Err(
                            <<Vec<
                                Film,
                            > as __pxt::Returns<
                                __FALLIBLE,
                            >>::Failure as __pxt::Reportable>::into_error(error),
                        )
                    }
                }
            },
        ),
        row: <<Vec<
            Film,
        > as __pxt::Returns<__FALLIBLE>>::Value as __pxt::QueryOutput>::row,
        tables: <<Vec<
            Film,
        > as __pxt::Returns<__FALLIBLE>>::Value as __pxt::QueryOutput>::tables,
        doc: "",
        at: __pxt::At {
            file: ::core::file!(),
            line: ::core::line!(),
        },
    };
    #[automatically_derived]
    impl __pxt::QueryFunction for like {
        const DEF: &'static __pxt::QueryDef = &DEF;
    }
    __pxt::inventory::submit! {
        & DEF
    }
};
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
    #[allow(dead_code)]
    static __SCHEMA: &'static __pxt::Schema = &crate::schema::SCHEMA;
    const _: () = __pxt::check::expect_parameter_upload(
        "image",
        <Image as __pxt::QueryParameter>::SHAPE,
    );
    const _: () = __pxt::check::expect_parameters_cover(&[]);
    __pxt::inventory::submit! {
        __pxt::QueryRoute { query : < like as __pxt::QueryFunction > ::DEF, schema :
        __SCHEMA, method : __pxt::Method::Post, path : "/films/like", inputs :
        ::core::option::Option::Some(& ["title"]), uploads : & ["image"], one_row : true,
        return_fileresponse : false, background :
        ::core::option::Option::Some(__pxt::Background { concurrency :
        ::core::option::Option::Some(4u32) }), at : __pxt::At { file : ::core::file!(),
        line : ::core::line!() }, }
    }
};
