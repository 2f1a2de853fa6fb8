//! The system of a node, from what Systems Manager and EC2 say of it. Semantics, section 9.1.

use super::super::account::Platform;
use super::super::node::Node;
use crate::codes;
use crate::problem::Problem;
use crate::read::{Place, Problems};
use crate::suggest::listing;

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

/// What is known of a system: which it is, or where it is said to be some Linux.
pub(super) type Known = (Option<Platform>, Option<Place>);

/// The system of an entry of describe-instance-information, or the platform that is none. What it does not
/// say EC2 may.
pub(super) fn managed(node: &Node, of_ec2: Option<&Node>) -> Result<Known, String> {
    let text = |member: &str| node.member(member).unwrap_or_default();
    let (name, version) = (text("PlatformName"), text("PlatformVersion"));
    let system = match text("PlatformType") {
        "Windows" => "WINDOWS",
        "MacOS" => "MACOS",
        _ if name.is_empty() => {
            let linux = node.get("PlatformType").map(|said| said.place.clone());
            let said = of_ec2.map(machine).filter(|(platform, _)| platform.is_some());
            return Ok(said.unwrap_or((None, linux)));
        }
        _ => linux(name, version).ok_or_else(|| format!("PlatformName \"{name}\""))?,
    };
    let place = node.get("PlatformName").or_else(|| node.get("PlatformType"));
    let platform = Platform {
        operating_system: system.to_owned(),
        product: if system == "WINDOWS" {
            windows_product(name)
        } else {
            None
        },
        place: place.map(|node| node.place.clone()),
    };
    Ok((Some(platform), None))
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

/// The system of an EC2 instance, as far as EC2 knows it; where it is some Linux, where that stands.
pub(super) fn machine(node: &Node) -> Known {
    let details = node.member("PlatformDetails").unwrap_or_default();
    let platform = node.member("Platform").unwrap_or_default();
    let windows = platform.eq_ignore_ascii_case("windows") || details.starts_with("Windows");
    let system = if windows {
        Some("WINDOWS")
    } else {
        linux(details, "")
    };
    // A machine of which EC2 says no platform is none of Windows.
    let place = node.get("PlatformDetails").or_else(|| node.get("Platform"));
    let place = place.map_or_else(|| node.place.clone(), |node| node.place.clone());
    match system {
        Some(system) => {
            let platform = Platform {
                operating_system: system.to_owned(),
                product: None,
                place: Some(place),
            };
            (Some(platform), None)
        }
        None => (None, Some(place)),
    }
}

/// What has become of a machine that is gone, or soon will be.
pub(super) fn gone(node: &Node) -> Option<&str> {
    let state = node.get("State")?.member("Name")?;
    matches!(state, "terminated" | "shutting-down").then_some(state)
}

/// Nodes that Systems Manager does not reach are told: here they are reached like others.
pub(super) fn unreachable(problems: &Problems, nodes: &[(&String, &Node)]) {
    let status = |node: &Node| {
        let status = node.get("PingStatus");
        status
            .filter(|status| matches!(status.text(), Some("ConnectionLost" | "Inactive")))
            .cloned()
    };
    let lost: Vec<(&str, Node)> = nodes
        .iter()
        .filter_map(|(id, node)| Some((id.as_str(), status(node)?)))
        .collect();
    let Some((_, first)) = lost.first() else { return };
    let ids = listing(lost.iter().map(|(id, _)| *id));
    let message = format!(
        "PingStatus says that Systems Manager does not reach {ids}: commands to them would end as Undeliverable or DeliveryTimedOut"
    );
    let problem = Problem::warning(codes::IMPORT, message).at(first.place.clone());
    let help = "to keep nodes out of reach, give them a [behavior.NAME] with `offline`";
    problems.push(problem.note("here they are patched like the others").help(help));
}
