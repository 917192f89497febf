/// The latest films.
pub async fn recent(
    app: &pxt::App,
    since: Timestamp,
    most: i64,
    language: Option<String>,
) -> pxt::Result<Vec<Film>> {
    films(app, since, most, language).await
}
///The query `recent`, for routes that name it.
#[doc(hidden)]
#[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
pub struct recent {}
const _: () = {
    #[allow(unused_imports)]
    use ::pxt::__private as __pxt;
    const _: __pxt::Shape = <Timestamp as __pxt::QueryParameter>::SHAPE;
    const _: __pxt::Shape = <i64 as __pxt::QueryParameter>::SHAPE;
    const _: () = __pxt::check::expect_parameter_default(
        "most",
        <i64 as __pxt::QueryParameter>::SHAPE,
    );
    const _: () = __pxt::check::expect_parameter_literal(
        "most",
        <i64 as __pxt::QueryParameter>::SHAPE,
        __pxt::Shape::of(__pxt::ColumnType::Int),
        "10",
    );
    const _: __pxt::Shape = <Option<String> as __pxt::QueryParameter>::SHAPE;
    const _: () = __pxt::check::expect_parameter_default(
        "language",
        <Option<String> as __pxt::QueryParameter>::SHAPE,
    );
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<pxt::Result<Vec<Film>>>::IS_RESULT;
    const _: () = __pxt::check::expect_no_result(
        __pxt::Returned::<
            <pxt::Result<Vec<Film>> as __pxt::Returns<__FALLIBLE>>::Value,
        >::HOLDS_RESULT,
        "pxt::Result<Vec<Film>>",
    );
    static DEF: __pxt::QueryDef = __pxt::QueryDef {
        name: "recent",
        module: ::core::module_path!(),
        params: &[
            __pxt::QueryParam {
                name: "since",
                shape: <Timestamp as __pxt::QueryParameter>::SHAPE,
                default: ::core::option::Option::None,
                json_schema: <Timestamp as __pxt::QueryParameter>::json_schema,
                refuse_json: <Timestamp as __pxt::QueryParameter>::refuse_json,
            },
            __pxt::QueryParam {
                name: "most",
                shape: <i64 as __pxt::QueryParameter>::SHAPE,
                default: ::core::option::Option::Some(
                    __pxt::Make::Call(|| __pxt::ColumnValue::into_value({
                        let value: i64 = 10;
                        value
                    })),
                ),
                json_schema: <i64 as __pxt::QueryParameter>::json_schema,
                refuse_json: <i64 as __pxt::QueryParameter>::refuse_json,
            },
            __pxt::QueryParam {
                name: "language",
                shape: <Option<String> as __pxt::QueryParameter>::SHAPE,
                default: ::core::option::Option::Some(
                    __pxt::Make::Call(|| {
                        let default: fn() -> Option<String> = crate::language;
                        <Option<String> as __pxt::QueryParameter>::into_value(default())
                    }),
                ),
                json_schema: <Option<String> as __pxt::QueryParameter>::json_schema,
                refuse_json: <Option<String> as __pxt::QueryParameter>::refuse_json,
            },
        ],
        call: |app, mut arguments| ::std::boxed::Box::pin(async move {
            let argument_0 = <Timestamp as __pxt::QueryParameter>::from_value(
                arguments.take()?,
            )?;
            let argument_1 = <i64 as __pxt::QueryParameter>::from_value(
                arguments.take()?,
            )?;
            let argument_2 = <Option<
                String,
            > as __pxt::QueryParameter>::from_value(arguments.take()?)?;
            match <pxt::Result<
                Vec<Film>,
            > as __pxt::Returns<
                __FALLIBLE,
            >>::into_result(recent(&app, argument_0, argument_1, argument_2).await) {
                ::core::result::Result::Ok(value) => {
                    <<pxt::Result<
                        Vec<Film>,
                    > as __pxt::Returns<
                        __FALLIBLE,
                    >>::Value as __pxt::QueryOutput>::into_rows(value)
                }
                ::core::result::Result::Err(error) => {
                    ::core::result::Result::Err(
                        <<pxt::Result<
                            Vec<Film>,
                        > as __pxt::Returns<
                            __FALLIBLE,
                        >>::Failure as __pxt::Reportable>::into_error(error),
                    )
                }
            }
        }),
        row: <<pxt::Result<
            Vec<Film>,
        > as __pxt::Returns<__FALLIBLE>>::Value as __pxt::QueryOutput>::row,
        tables: <<pxt::Result<
            Vec<Film>,
        > as __pxt::Returns<__FALLIBLE>>::Value as __pxt::QueryOutput>::tables,
        doc: "The latest films.",
        at: __pxt::At {
            file: ::core::file!(),
            line: ::core::line!(),
        },
    };
    #[automatically_derived]
    impl __pxt::QueryFunction for recent {
        const DEF: &'static __pxt::QueryDef = &DEF;
    }
    __pxt::inventory::submit! {
        & DEF
    }
};
