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
            output: <String as __pxt::ColumnValue>::SHAPE,
        };
        fn def() -> &'static __pxt::FunctionDef {
            static LIMIT: __pxt::Semaphore = __pxt::Semaphore::const_new(4usize);
            static DEF: __pxt::FunctionDef = __pxt::FunctionDef {
                signature: <upper as __pxt::Function>::SIGNATURE,
                call: __pxt::Call::Blocking(|mut arguments| {
                    let argument_0 = <String as __pxt::Parameter>::from_value(
                        arguments.take()?,
                    )?;
                    ::core::result::Result::Ok(
                        <String as __pxt::ColumnValue>::into_value(upper(argument_0)),
                    )
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
