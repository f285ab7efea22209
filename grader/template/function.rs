            "{name}::keep" => answer(
                input,
                |amounts: ::std::vec::Vec<f64>| -> ::std::vec::Vec<f64> {
                    crate::{name}::keep(amounts)
                },
            ),
