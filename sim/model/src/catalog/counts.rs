//! Choices by chance.

use super::WeightedName;

/// The name whose share of the weights contains `u` in (0, 1); empty when there is none.
pub(super) fn pick(names: &[WeightedName], u: f64) -> &str {
    let total: f64 = names.iter().map(|name| name.weight).sum();
    let mut left = u * total;
    for name in names {
        left -= name.weight;
        if left < 0.0 {
            return &name.name;
        }
    }
    names.last().map_or("", |name| &name.name)
}

#[cfg(test)]
mod tests {
    use super::pick;
    use crate::catalog::WeightedName;

    #[test]
    fn names_are_picked_by_their_share() {
        let name = |name: &str, weight| WeightedName {
            name: name.to_owned(),
            weight,
        };
        let names = [name("a", 1.0), name("b", 3.0)];
        assert_eq!(pick(&names, 0.2), "a");
        assert_eq!(pick(&names, 0.3), "b");
        assert_eq!(pick(&names, 0.999_999), "b");
        assert_eq!(pick(&[], 0.5), "");
    }
}
