const _: () = {
    use framework::__private as __pxt;
    const _: fn(&Hit) = |row| {
        let Hit { title: _column_0, r#type: _column_1 } = row;
    };
    #[automatically_derived]
    #[allow(unused_variables, unused_mut, clippy::all)]
    impl __pxt::FromRow for Hit {
        fn from_row(
            row: &mut __pxt::Arguments,
        ) -> ::core::result::Result<Self, __pxt::Mismatch> {
            ::core::result::Result::Ok(Self {
                title: <String as __pxt::ColumnValue>::from_value(row.take()?)?,
                r#type: <Option<Image> as __pxt::ColumnValue>::from_value(row.take()?)?,
            })
        }
        fn shape() -> __pxt::RowShape {
            __pxt::RowShape::Object(<Self as __pxt::Record>::fields())
        }
    }
    #[automatically_derived]
    impl __pxt::Record for Hit {
        fn fields() -> ::std::vec::Vec<__pxt::RowField> {
            ::std::vec![
                __pxt::RowField::new("title", "As printed.", < String as
                __pxt::ColumnValue > ::SHAPE, < String as __pxt::ColumnValue >
                ::json_schema), __pxt::RowField::new("type", "", < Option < Image > as
                __pxt::ColumnValue > ::SHAPE, < Option < Image > as __pxt::ColumnValue >
                ::json_schema)
            ]
        }
    }
    #[automatically_derived]
    impl __pxt::MadeOf<(String, Option<Image>)> for Hit {}
};
