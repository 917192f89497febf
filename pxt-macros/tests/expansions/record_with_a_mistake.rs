const _: () = {
    use ::pxt::__private as __pxt;
    const _: fn(&Hit) = |row| {
        let Hit { stars: _column_0 } = row;
    };
    #[automatically_derived]
    #[allow(unused_variables, unused_mut, clippy::all)]
    impl __pxt::FromRow for Hit {
        fn from_row(
            row: &mut __pxt::Arguments,
        ) -> ::core::result::Result<Self, __pxt::Mismatch> {
            ::core::unreachable!()
        }
        fn shape() -> __pxt::RowShape {
            __pxt::RowShape::Object(<Self as __pxt::Record>::fields())
        }
    }
    #[automatically_derived]
    impl __pxt::Record for Hit {
        fn fields() -> ::std::vec::Vec<__pxt::RowField> {
            ::core::unreachable!()
        }
    }
    #[automatically_derived]
    impl<R> __pxt::MadeOf<R> for Hit {}
};
::core::compile_error! {
    "a record's field cannot be `i32`: write `i64`"
}
