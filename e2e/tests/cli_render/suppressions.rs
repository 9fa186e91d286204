//! A comment in a template is one suppression, however often it is rendered.

use serde_json::json;

use super::{DEPLOYMENT, Programs, chart, write};

#[test]
fn a_comment_of_a_template_is_of_use_if_one_render_needs_it_and_is_told_where_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    chart(folder.path());
    let comment = "- name: app # seaworthy: ignore[image-tag, host-network] reason=\"ticket 7\"";
    let template = DEPLOYMENT.replace("- name: app", comment);
    write(folder.path(), &[("web/templates/deployment.yaml", &template)]);
    let place = template.lines().position(|line| line.contains(comment)).unwrap();
    let column = template.lines().nth(place).unwrap().find('#').unwrap() + 1;
    let idle = |more: &[&str]| {
        let select = ["--select", "image-tag,host-network", "web"];
        let ran = Programs::helm(4).check(folder.path(), &[&select, more].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        let told = ran.json().unwrap()["suppressions"].as_array().unwrap().clone();
        assert_eq!(told.len(), 1, "{told:?}");
        let location = &told[0]["location"];
        assert_eq!(location["file"], "web/templates/deployment.yaml");
        assert_eq!((&location["line"], &location["column"]), (&json!(place + 1), &json!(column)));
        told[0]["checks"].clone()
    };
    // One of the sets of values has a tag that moves, the other has not.
    assert_eq!(idle(&["--helm-ci-values"]), json!(["host-network"]));
    assert_eq!(
        idle(&["--helm-set", "image=registry.example/app:1.0.0"]),
        json!(["host-network", "image-tag"])
    );
}
