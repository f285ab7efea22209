        "{name}::keep" => {
            let (amounts,): (Vec<f64>,) = call.arguments()?;
            let kept: Vec<f64> = submission::{name}::keep(amounts);
            value(kept)
        }
