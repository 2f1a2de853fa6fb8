//! What is released for an imported account: a guess that its baselines have something to approve.

use std::fmt::Write as _;

use super::account::{Account, Baseline, Filter};
use super::lines::all_assumed;
use super::toml::{list, quoted};

/// The product of Windows nodes, as far as the baselines say it, else a current one.
pub(super) fn windows_product(account: &Account) -> (String, &'static str) {
    let windows = || {
        account
            .baselines
            .iter()
            .filter(|baseline| baseline.operating_system == "WINDOWS")
    };
    let product = windows()
        .flat_map(|baseline| {
            baseline
                .global_filters
                .iter()
                .chain(baseline.rules.iter().flat_map(|rule| &rule.filters))
        })
        .filter(|filter| filter.key == "PRODUCT")
        .flat_map(|filter| &filter.values)
        .find(|value| value.starts_with("Windows"));
    if let Some(product) = product {
        return (product.clone(), "assumed: the first product of a rule");
    }
    for baseline in windows() {
        for year in ["2025", "2022", "2019", "2016", "2012R2", "2012"] {
            let product = format!("WindowsServer{year}");
            if baseline.name.contains(&product) {
                return (product, "assumed: after the name of a baseline");
            }
        }
    }
    ("WindowsServer2022".to_owned(), "assumed")
}

/// The streams of each operating system.
pub(super) fn streams(account: &Account, systems: &[&str]) -> String {
    let mut text = String::from(
        "# assumed: what is released. A recorded stream is nearer to the truth: kind = \"file\", path = \"releases.csv\".\n",
    );
    for system in systems {
        let presets: &[&str] = match *system {
            "WINDOWS" => {
                text.push_str(&patch_tuesday(account));
                continue;
            }
            "AMAZON_LINUX_2023" => &["al2023"],
            "REDHAT_ENTERPRISE_LINUX" => &["el9", "el9-kernel"],
            "UBUNTU" => &["ubuntu"],
            "DEBIAN" => &["debian"],
            _ => {
                text.push_str(&poisson(account, system));
                continue;
            }
        };
        for preset in presets {
            let _ = writeln!(
                text,
                "[releases.{preset}]\nkind = \"preset\"\npreset = {}",
                quoted(preset)
            );
        }
    }
    all_assumed(&text)
}

/// What a rule of these baselines wants: classification and severity, the first of each.
fn wanted<'a>(baselines: &[&'a Baseline], severity: &str) -> Vec<(&'a str, Option<&'a str>)> {
    let values = |filters: &'a [Filter], key: &str| {
        let found = filters.iter().find(|filter| filter.key == key);
        found.map_or(&[][..], |filter| filter.values.as_slice())
    };
    let mut all: Vec<(&str, Option<&str>)> = Vec::new();
    for rule in baselines.iter().flat_map(|baseline| &baseline.rules) {
        let severity = values(&rule.filters, severity).iter().find(|value| *value != "*");
        for class in values(&rule.filters, "CLASSIFICATION") {
            if class != "*" && !all.iter().any(|(known, _)| known == class) {
                all.push((class, severity.map(String::as_str)));
            }
        }
    }
    all
}

fn of_system<'a>(account: &'a Account, system: &str) -> Vec<&'a Baseline> {
    account
        .baselines
        .iter()
        .filter(|baseline| baseline.operating_system == system)
        .collect()
}

/// The products of the Windows nodes.
fn windows_products(account: &Account) -> (Vec<String>, &'static str) {
    let platforms = account.instances.iter().filter_map(|node| node.platform.as_ref());
    let windows = platforms.filter(|platform| platform.operating_system == "WINDOWS");
    let known: Vec<Option<&String>> = windows.map(|platform| platform.product.as_ref()).collect();
    let mut products: Vec<String> = known.iter().copied().flatten().cloned().collect();
    let (assumed, why) = windows_product(account);
    if known.is_empty() {
        return (vec![assumed], why);
    }
    if known.contains(&None) {
        products.push(assumed);
    }
    products.sort_unstable();
    products.dedup();
    (products, "assumed: those of the nodes")
}

fn patch_tuesday(account: &Account) -> String {
    let (products, why) = windows_products(account);
    let mut wanted = wanted(&of_system(account, "WINDOWS"), "MSRC_SEVERITY");
    let mut text = format!(
        "[releases.windows]\nkind = \"patch_tuesday\"\noperating_system = \"WINDOWS\"\nproducts = {}  # {why}\n",
        list(&products)
    );
    if !wanted.iter().any(|(class, _)| *class == "SecurityUpdates") {
        wanted.push(("SecurityUpdates", None));
    }
    for (class, severity) in wanted {
        let cumulative = class == "SecurityUpdates";
        let name = if cumulative {
            "cumulative".to_owned()
        } else {
            super::names::words(class)
        };
        let _ = writeln!(
            text,
            "[[releases.windows.update]]\nname = {}\nclassification = {}\nseverity = {}",
            quoted(&name),
            quoted(class),
            quoted(severity.unwrap_or("Critical"))
        );
        if cumulative {
            text.push_str("cumulative = true\n");
        }
    }
    text
}

fn poisson(account: &Account, system: &str) -> String {
    let wanted = wanted(&of_system(account, system), "SEVERITY");
    let (class, severity) = wanted.first().copied().unwrap_or(("Security", None));
    let name = system.to_ascii_lowercase();
    format!(
        "[releases.{name}]\nkind = \"poisson\"\noperating_system = {}\nproducts = {}\nper_month = 10\nclassification = {}\nseverity = {}\n",
        quoted(system),
        list(std::slice::from_ref(&name)),
        quoted(class),
        quoted(severity.unwrap_or("Important"))
    )
}
