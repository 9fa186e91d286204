//! Every check there is: one line here makes both the module and its place in [`ALL`].
//!
//! It must not hold anything else about a check. Next: the file of a check.

use std::collections::BTreeSet;

use crate::catalogue::Check;
use crate::inventory::Kind;

macro_rules! registry {
    ($($family:ident: [$($check:ident),* $(,)?]),* $(,)?) => {
        $(
            #[doc = concat!("Checks of the family `", stringify!($family), "`.")]
            mod $family {
                $(pub(super) mod $check;)*
            }
        )*

        /// Every check, in order of family and declaration.
        pub static ALL: &[&Check] = &[$($(&$family::$check::CHECK,)*)*];
    };
}

registry! {
    security: [
        allow_privilege_escalation,
        apparmor_profile,
        capabilities_add_allowlist,
        capabilities_drop_all,
        drop_net_raw,
        ephemeral_containers_forbidden,
        host_aliases,
        host_ipc,
        host_network,
        host_path_read_only,
        host_path_volumes,
        host_pid,
        host_ports,
        host_probes_lifecycle,
        imds_access_blocked,
        interactive_tty,
        non_root_groups,
        privileged_container,
        proc_mount_default,
        pss_level,
        read_only_root_filesystem,
        run_as_high_uid_gid,
        run_as_non_root,
        run_as_user_not_zero,
        runtime_class_allowed,
        runtime_socket_mount,
        seccomp_profile,
        security_context_present,
        selinux_options,
        sensitive_host_paths,
        share_process_namespace,
        sudo_in_entrypoint,
        sysctls_safe,
        user_namespace_recommended,
        volume_types_restricted,
        windows_host_process,
        windows_run_as_container_user,
    ],
    identity: [
        automount_sa_token, dedicated_service_account, deprecated_service_account_field, namespace_psa_labels,
        projected_token_hygiene, rbac_cluster_admin, rbac_control_plane_surface, rbac_dangling, rbac_data_destruction,
        rbac_escalation_verbs, rbac_network_config_write, rbac_pod_create, rbac_pod_exec, rbac_secrets_access,
        rbac_system_subjects, rbac_wildcards, service_account_allowlist, service_account_exists,
        workload_identity, workload_takeover_path,
    ],
    secrets: [
        legacy_sa_token_secret, secret_external_store, secret_file_mode, secret_immutable, secret_in_args_annotations,
        secret_in_configmap, secret_literal_in_env, secret_min_length, secret_refs_exist, secret_rotation_age, secret_via_env, unused_config_or_secret,
    ],
    tls: [backend_mtls, gateway_tls, https_redirect_configured, ingress_tls, tls_cert_expiry, tls_cert_trusted, tls_min_version_configured, tls_secret_valid, webhook_ca_valid],
    network: [
        dangling_ingress, dangling_network_policy, dangling_route, dangling_service, dns_config, exposed_admin_interface, external_dns_record, external_exposure_risk, external_name_localhost, external_route_auth, ingress_class,
        ingress_host_scope, ingress_host_unique, ingress_rate_limit, ingress_security_headers, ingress_unsafe_annotations, load_balancer_restricted, named_ports, namespace_default_deny,
        network_policy_coverage, network_policy_required_flows, network_policy_too_open, port_allowlist, privileged_container_ports,
        service_exposure_type, service_external_ips, service_links_off, service_target_port, ssh_port, traffic_resilience,
        unique_service_selector, webhook_safety,
    ],
    probes: [
        liveness_probe, probe_handler_safe, probe_port_valid, probe_timings, probes_distinct, readiness_probe,
        startup_probe,
    ],
    lifecycle: [
        config_reload_strategy, cronjob_concurrency, cronjob_deadline, cronjob_schedule, graceful_termination, job_limits, job_owner,
        job_sidecar_completion, job_ttl, restart_policy,
    ],
    availability: [
        anti_affinity_satisfiable, eviction_annotations, hpa_behavior, hpa_headroom, hpa_metrics_usable, hpa_min_replicas, hpa_present, hpa_replicas_conflict,
        hpa_target, hpa_unique, local_state, min_replicas, no_bare_pods, pdb_allows_disruption,
        pdb_controller_support, pdb_dangling, pdb_has_budget, pdb_overlap, pdb_present, pdb_unhealthy_eviction,
        priority_class, pvc_replica_conflict, quorum_size, revision_history, rollback_ready, rolling_update_bounds,
        rolling_update_strategy, scaled_to_zero, scheduling_constraints, selector_matches_template, spread_nodes,
        spread_zones, statefulset_service, storage_class, topology_spread_valid,
    ],
    resources: [
        cpu_limits, cpu_requests, ephemeral_storage, memory_limits, memory_request_equals_limit, memory_requests,
        namespace_limitrange, namespace_quota, qos_class, requests_within_limits, resource_bounds,
    ],
    images: [
        image_deprecated_registry, image_digest, image_pull_policy, image_pull_secrets, image_registry, image_tag,
    ],
    configuration: [
        config_refs_exist, container_ports_valid, containers_per_pod, data_classification, debug_settings_off, deprecated_api,
        documentation_links,
        duplicate_env, environment_parity, forbidden_metadata, known_exploit_config, label_values_valid, no_default_namespace, no_system_namespace,
        owner_contact, release_identity, removed_api, required_annotations, required_labels,
        schema_valid,
    ],
}

/// The check of this name.
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.name == name)
}

/// Names of all checks in alphabetical order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = ALL.iter().map(|check| check.name).collect();
    names.sort_unstable();
    names
}

/// Every kind beside workloads that some check reads or judges.
pub fn watched() -> BTreeSet<Kind> {
    ALL.iter().flat_map(|check| check.watches()).collect()
}
