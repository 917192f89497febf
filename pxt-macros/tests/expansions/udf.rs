/// The text in capitals.
pub fn upper(text: String) -> String {
    text.to_uppercase()
}
///The signature of the function `upper`, for computed columns.
#[doc(hidden)]
#[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
pub struct upper {}
const _: () = {
    use ::pxt::__private as __pxt;
    #[allow(unused_imports)]
    use __pxt::Plain as _;
    #[allow(dead_code)]
    const __FALLIBLE: bool = __pxt::Returned::<String>::IS_RESULT;
    #[automatically_derived]
    impl __pxt::Function for upper {
        const SIGNATURE: __pxt::Signature = __pxt::Signature {
            name: "upper",
            params: &[
                __pxt::Param {
                    name: "text",
                    shape: <String as __pxt::Parameter>::SHAPE,
                },
            ],
            output: <<String as __pxt::Returns<
                __FALLIBLE,
            >>::Value as __pxt::ColumnValue>::SHAPE,
        };
        fn def() -> &'static __pxt::FunctionDef {
            static LIMIT: __pxt::Semaphore = __pxt::Semaphore::const_new(4usize);
            static DEF: __pxt::FunctionDef = __pxt::FunctionDef {
                signature: <upper as __pxt::Function>::SIGNATURE,
                doc: "The text in capitals.",
                module: ::core::module_path!(),
                call: __pxt::Call::Blocking(|mut arguments| {
                    let argument_0 = <String as __pxt::Parameter>::from_value(
                        arguments.take()?,
                    )?;
                    match <String as __pxt::Returns<
                        __FALLIBLE,
                    >>::into_result(upper(argument_0)) {
                        ::core::result::Result::Ok(value) => {
                            ::core::result::Result::Ok(
                                <<String as __pxt::Returns<
                                    __FALLIBLE,
                                >>::Value as __pxt::ColumnValue>::into_value(value),
                            )
                        }
                        ::core::result::Result::Err(error) => {
                            ::core::result::Result::Err(
                                <<String as __pxt::Returns<
                                    __FALLIBLE,
                                >>::Failure as __pxt::Reportable>::into_error(error),
                            )
                        }
                    }
                }),
                timeout: ::core::option::Option::Some(
                    ::core::time::Duration::from_millis(10000u64),
                ),
                retries: 2u32,
                limit: ::core::option::Option::Some(&LIMIT),
            };
            &DEF
        }
    }
};
