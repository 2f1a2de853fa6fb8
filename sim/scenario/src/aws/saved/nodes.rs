//! The system of a node, from what Systems Manager and EC2 say of it. Semantics, section 9.1.

use super::super::account::Platform;
use super::super::node::Node;

/// Names of Linux distributions, as `PlatformName` begins, with their systems.
const LINUX: [(&str, &str); 11] = [
    ("Red Hat", "REDHAT_ENTERPRISE_LINUX"),
    ("CentOS", "CENTOS"),
    ("Oracle", "ORACLE_LINUX"),
    ("SUSE", "SUSE"),
    ("SLES", "SUSE"),
    ("Ubuntu", "UBUNTU"),
    ("Debian", "DEBIAN"),
    ("Raspbian", "RASPBIAN"),
    ("Raspberry", "RASPBIAN"),
    ("Rocky", "ROCKY_LINUX"),
    ("Alma", "ALMA_LINUX"),
];

/// The system of an entry of describe-instance-information, or the platform that is none.
pub(super) fn managed(node: &Node) -> Result<Platform, String> {
    let text = |member: &str| node.member(member).unwrap_or_default();
    let (name, version) = (text("PlatformName"), text("PlatformVersion"));
    let system = match text("PlatformType") {
        "Windows" => "WINDOWS",
        "MacOS" => "MACOS",
        _ => linux(name, version).ok_or_else(|| format!("PlatformName \"{name}\""))?,
    };
    let place = node.get("PlatformName").or_else(|| node.get("PlatformType"));
    Ok(Platform {
        operating_system: system.to_owned(),
        product: if system == "WINDOWS" {
            windows_product(name)
        } else {
            None
        },
        place: place.map(|node| node.place.clone()),
    })
}

fn linux(name: &str, version: &str) -> Option<&'static str> {
    if name.starts_with("Amazon Linux") {
        return Some(match version.split('.').next().unwrap_or_default() {
            "2" => "AMAZON_LINUX_2",
            "2022" => "AMAZON_LINUX_2022",
            year if year.parse::<u32>().is_ok_and(|year| year >= 2023) => "AMAZON_LINUX_2023",
            _ => "AMAZON_LINUX",
        });
    }
    let known = LINUX.iter().find(|(begin, _)| name.starts_with(begin));
    known.map(|(_, system)| *system)
}

/// `Microsoft Windows Server 2012 R2 Standard` is `WindowsServer2012R2`.
fn windows_product(name: &str) -> Option<String> {
    let after = name.split_once("Windows ")?.1;
    let mut words = after.split_whitespace().peekable();
    let server = words.next_if(|word| *word == "Server").is_some();
    let version = words
        .next()
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let release = if words.peek() == Some(&"R2") { "R2" } else { "" };
    let kind = if server { "WindowsServer" } else { "Windows" };
    Some(format!("{kind}{version}{release}"))
}

/// The system of an EC2 instance, as far as EC2 knows it.
pub(super) fn machine(node: &Node) -> Option<Platform> {
    let details = node.member("PlatformDetails").unwrap_or_default();
    let windows = node
        .member("Platform")
        .is_some_and(|platform| platform.eq_ignore_ascii_case("windows"))
        || details.starts_with("Windows");
    let system = if windows {
        Some("WINDOWS")
    } else {
        linux(details, "")
    };
    let place = node.get("PlatformDetails").or_else(|| node.get("Platform"));
    system.map(|system| Platform {
        operating_system: system.to_owned(),
        product: None,
        place: place.map(|node| node.place.clone()),
    })
}
