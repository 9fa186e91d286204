//! What other tools call a check: for its page, its manual and the index of pages.
//!
//! It arranges what [`crate::checks::peers`] says. Next: [`super::docs`], [`super::catalogue`] and
//! [`super::json`], which show it.

use crate::catalogue::Check;
use crate::checks::peers::{self, Peer, Tool};

/// The heading under which a page and a manual tell it.
pub(super) const HEADING: &str = "Known elsewhere as";

/// Each tool that has the check, with the check's ids there.
pub(super) fn by_tool(check: &Check) -> Vec<(Tool, Vec<&'static str>)> {
    let peers = peers::of(check.name);
    let groups = peers.chunk_by(|one, other| one.tool == other.tool);
    groups
        .filter_map(|group| Some((group.first()?.tool, group.iter().map(|peer| peer.id).collect())))
        .collect()
}

/// The section of a check's page.
pub(super) fn section(check: &Check) -> String {
    let tools = by_tool(check);
    if tools.is_empty() {
        return format!("## {HEADING}\n\nNo tool that was compared has this check.\n");
    }
    let rows = tools.into_iter().map(|(tool, ids)| format!("| {tool} | {} |\n", code(&ids)));
    format!("## {HEADING}\n\n| tool | id |\n|---|---|\n{}", rows.collect::<String>())
}

/// The section of the index: from the id of another tool to checks.
pub(super) fn index() -> String {
    let index = peers::index();
    let sections = Tool::ALL.iter().map(|tool| {
        let rows = index.iter().filter(|(peer, _)| peer.tool == *tool).map(|(Peer { id, .. }, checks)| {
            let links: Vec<String> =
                checks.iter().map(|check| format!("[{0}]({0}.md)", check.name)).collect();
            format!("| `{id}` | {} |\n", links.join(", "))
        });
        format!("\n### {tool}\n\n| id | checks |\n|---|---|\n{}", rows.collect::<String>())
    });
    let head = "\n## From another tool\n\nThat a tool looks at the same thing does not mean that it judges alike. \
                `seaworthy explain` takes these ids, too.\n";
    format!("{head}{}", sections.collect::<String>())
}

fn code(ids: &[&str]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    #[test]
    fn a_page_lists_ids_by_tool() {
        let section = section(checks::find("drop-net-raw").unwrap());
        assert!(section.starts_with("## Known elsewhere as\n\n| tool | id |\n"), "{section}");
        assert!(section.contains("| Checkov | `CKV_K8S_7`, `CKV_K8S_28` |\n"), "{section}");
        assert!(section.find("| Checkov") < section.find("| kube-linter"), "{section}");
    }

    #[test]
    fn the_index_leads_from_an_id_to_every_check() {
        let index = index();
        let row = "| `disallow-host-namespaces` | [host-ipc](host-ipc.md), [host-network](host-network.md), \
                   [host-pid](host-pid.md) |\n";
        assert!(index.contains(row), "{index}");
        for tool in Tool::ALL {
            assert!(
                index.contains(&format!("\n### {tool}\n\n| id | checks |\n|---|---|\n| `")),
                "{tool} has no ids"
            );
        }
    }
}
