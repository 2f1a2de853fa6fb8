//! Tags of nodes, where the scenario knows their ids.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{AwsRequest, Exporter};

/// Resources in one request of EC2.
const MOST_RESOURCES: usize = 1_000;

/// Whether a name is the id of a node: `i-` with 8 or 17 characters, `mi-` with 17.
pub(super) fn is_node_id(name: &str) -> bool {
    is_instance_id(name) || is_managed_id(name)
}

fn is_instance_id(name: &str) -> bool {
    name.strip_prefix("i-")
        .is_some_and(|rest| is_word(rest, &[8, 17]))
}

fn is_managed_id(name: &str) -> bool {
    name.strip_prefix("mi-").is_some_and(|rest| is_word(rest, &[17]))
}

fn is_word(text: &str, lengths: &[usize]) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    lengths.contains(&text.len()) && text.bytes().all(allowed)
}

impl Exporter<'_> {
    /// Nodes that are given by their ids get the tags that they have at the start.
    pub(super) fn tags(&mut self) {
        let mut by_tags: BTreeMap<&BTreeMap<String, String>, Vec<&str>> = BTreeMap::new();
        let tagged = self.config.pools.iter().filter(|pool| !pool.tags.is_empty());
        for pool in tagged {
            let names = pool.names.iter().flatten().map(String::as_str);
            let ids = names.filter(|name| is_node_id(name));
            by_tags.entry(&pool.tags).or_default().extend(ids);
        }
        let mut requests = Vec::new();
        for (tags, ids) in by_tags {
            let one = |(key, value): (&String, &String)| json!({ "Key": key, "Value": value });
            let tags: Value = tags.iter().map(one).collect();
            let (instances, managed): (Vec<&str>, Vec<&str>) =
                ids.into_iter().partition(|id| is_instance_id(id));
            for some in instances.chunks(MOST_RESOURCES) {
                let input = input(&[("Resources", json!(some)), ("Tags", tags.clone())]);
                requests.push((AwsRequest::new("CreateTags", "ec2 create-tags"), input));
            }
            for id in managed {
                let input = input(&[
                    ("ResourceType", "ManagedInstance".into()),
                    ("ResourceId", id.into()),
                    ("Tags", tags.clone()),
                ]);
                requests.push((
                    AwsRequest::new("AddTagsToResource", "ssm add-tags-to-resource"),
                    input,
                ));
            }
        }
        let numbered = requests.into_iter().enumerate();
        let filed = numbered
            .map(|(index, (request, input))| request.input(input, format!("tags-{}.json", index + 1)));
        self.requests.extend(filed);
    }
}

fn input(members: &[(&str, Value)]) -> Map<String, Value> {
    let members = members.iter().cloned();
    members
        .map(|(member, value)| (member.to_owned(), value))
        .collect()
}
