async fn caption(image: Image) -> Result<Option<String>, Failed> {
    ask(image).await
}
///The signature of the function `caption`, for computed columns.
#[doc(hidden)]
#[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
struct caption {}
const _: () = {
    use ::pxt::__private as __pxt;
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<
        Result<Option<String>, Failed>,
    >::IS_RESULT;
    #[automatically_derived]
    impl __pxt::Function for caption {
        const SIGNATURE: __pxt::Signature = __pxt::Signature {
            name: "caption",
            params: &[
                __pxt::Param {
                    name: "image",
                    shape: <Image as __pxt::Parameter>::SHAPE,
                },
            ],
            output: <<Result<
                Option<String>,
                Failed,
            > as __pxt::Returns<__FALLIBLE>>::Value as __pxt::ColumnValue>::SHAPE,
        };
        fn def() -> &'static __pxt::FunctionDef {
            static DEF: __pxt::FunctionDef = __pxt::FunctionDef {
                signature: <caption as __pxt::Function>::SIGNATURE,
                doc: "",
                module: ::core::module_path!(),
                call: __pxt::Call::Async(|mut arguments| ::std::boxed::Box::pin(async move {
                    let argument_0 = <Image as __pxt::Parameter>::from_value(
                        arguments.take()?,
                    )?;
                    match <Result<
                        Option<String>,
                        Failed,
                    > as __pxt::Returns<
                        __FALLIBLE,
                    >>::into_result(caption(argument_0).await) {
                        ::core::result::Result::Ok(value) => {
                            ::core::result::Result::Ok(
                                <<Result<
                                    Option<String>,
                                    Failed,
                                > as __pxt::Returns<
                                    __FALLIBLE,
                                >>::Value as __pxt::ColumnValue>::into_value(value),
                            )
                        }
                        ::core::result::Result::Err(error) => {
                            ::core::result::Result::Err(
                                <<Result<
                                    Option<String>,
                                    Failed,
                                > as __pxt::Returns<
                                    __FALLIBLE,
                                >>::Failure as __pxt::Reportable>::into_error(error),
                            )
                        }
                    }
                })),
                timeout: ::core::option::Option::None,
                retries: 0u32,
                limit: ::core::option::Option::None,
            };
            &DEF
        }
    }
};
