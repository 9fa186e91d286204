//! What is written into the fields that Pod Security Admission reads, as JSON merge patches.
//!
//! Tables named `ODD` hold what the API server refuses for another reason. Next: [`super::changes`].

/// Of any pod spec.
pub(crate) const WINDOWS_PODS: &[&str] = &[
    r#"{"hostNetwork": true}"#,
    r#"{"hostNetwork": false}"#,
    r#"{"securityContext": {"runAsNonRoot": null}}"#,
    r#"{"securityContext": {"runAsNonRoot": false}}"#,
    r#"{"securityContext": {"runAsNonRoot": true}}"#,
    r#"{"securityContext": {"windowsOptions": {"hostProcess": false}}}"#,
    r#"{"securityContext": {"windowsOptions": {"hostProcess": true}}, "hostNetwork": true}"#,
    r#"{"securityContext": {"windowsOptions": {"runAsUserName": "ContainerUser"}}}"#,
    r#"{"os": null}"#,
];

/// Of a pod spec that is not for Windows.
pub(crate) const LINUX_PODS: &[&str] = &[
    r#"{"hostPID": true}"#,
    r#"{"hostIPC": true}"#,
    r#"{"hostPID": false, "hostIPC": false}"#,
    r#"{"hostUsers": true}"#,
    r#"{"hostUsers": false, "hostNetwork": null, "hostPID": null, "hostIPC": null}"#,
    r#"{"hostUsers": false, "hostNetwork": null, "hostPID": null, "hostIPC": null, "securityContext": {"runAsUser": 0, "runAsNonRoot": null}}"#,
    r#"{"os": {"name": "linux"}}"#,
    r#"{"securityContext": {"runAsUser": 0}}"#,
    r#"{"securityContext": {"runAsUser": 0, "runAsNonRoot": null}}"#,
    r#"{"securityContext": {"runAsUser": 1000}}"#,
    r#"{"securityContext": {"seccompProfile": null}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "Unconfined", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "Unconfined", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "RuntimeDefault", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": "p"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "container_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "container_init_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "container_kvm_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"user": "system_u"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"role": "system_r"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"level": "s0:c123,c456"}}}"#,
];

pub(crate) const ODD_PODS: &[&str] = &[
    r#"{"os": {"name": "windows"}}"#,
    r#"{"os": {"name": "Windows"}}"#,
    r#"{"os": {"name": ""}}"#,
    r#"{"os": {}}"#,
    r#"{"hostUsers": false}"#,
    r#"{"hostUsers": false, "hostPID": true}"#,
    r#"{"securityContext": null}"#,
    r#"{"securityContext": {"seccompProfile": {"type": ""}}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "runtimeDefault"}}}"#,
    r#"{"securityContext": {"seccompProfile": {}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": ""}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "localhost"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "Container_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "", "user": ""}}}"#,
    r#"{"securityContext": {"runAsUser": -1}}"#,
    r#"{"securityContext": {"sysctls": []}}"#,
    r#"{"securityContext": {"windowsOptions": {}}}"#,
    r#"{"initContainers": []}"#,
];

/// Of any container.
pub(crate) const WINDOWS_CONTAINERS: &[&str] = &[
    r#"{"securityContext": {"runAsNonRoot": null}}"#,
    r#"{"securityContext": {"runAsNonRoot": true}}"#,
    r#"{"securityContext": {"runAsNonRoot": false}}"#,
    r#"{"securityContext": {"windowsOptions": {"hostProcess": false}}}"#,
    r#"{"securityContext": {"windowsOptions": {"hostProcess": true}}}"#,
];

/// Of a container that is not for Windows.
pub(crate) const LINUX_CONTAINERS: &[&str] = &[
    r#"{"securityContext": null}"#,
    r#"{"securityContext": {"privileged": true, "allowPrivilegeEscalation": null}}"#,
    r#"{"securityContext": {"privileged": true, "allowPrivilegeEscalation": true}}"#,
    r#"{"securityContext": {"privileged": false}}"#,
    r#"{"securityContext": {"allowPrivilegeEscalation": true}}"#,
    r#"{"securityContext": {"allowPrivilegeEscalation": null}}"#,
    r#"{"securityContext": {"allowPrivilegeEscalation": false, "privileged": null}}"#,
    r#"{"securityContext": {"capabilities": null}}"#,
    r#"{"securityContext": {"capabilities": {"drop": null}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": []}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": ["NET_RAW", "ALL"]}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": ["CAP_ALL"]}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": ["all"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": []}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["CAP_NET_BIND_SERVICE"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["net_bind_service"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["CHOWN", "KILL"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["MKNOD", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "NET_RAW"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["SYS_TIME"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["ALL"]}}}"#,
    r#"{"securityContext": {"procMount": "Default"}}"#,
    r#"{"securityContext": {"runAsUser": 0}}"#,
    r#"{"securityContext": {"runAsUser": 0, "runAsNonRoot": false}}"#,
    r#"{"securityContext": {"runAsUser": 1000}}"#,
    r#"{"securityContext": {"seccompProfile": null}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "Unconfined", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "Unconfined", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "RuntimeDefault", "localhostProfile": null}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": "p"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "container_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"user": "system_u", "role": "system_r"}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"level": "s0"}}}"#,
];

pub(crate) const ODD_CONTAINERS: &[&str] = &[
    r#"{"securityContext": {}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["CAP_SYS_ADMIN"]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": [""]}}}"#,
    r#"{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "NET_BIND_SERVICE"]}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": ["All"]}}}"#,
    r#"{"securityContext": {"capabilities": {"drop": [" ALL"]}}}"#,
    r#"{"securityContext": {"privileged": true}}"#,
    r#"{"securityContext": {"procMount": ""}}"#,
    r#"{"securityContext": {"procMount": "default"}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": ""}}}"#,
    r#"{"securityContext": {"seccompProfile": {"type": "unconfined"}}}"#,
    r#"{"securityContext": {"appArmorProfile": {"type": ""}}}"#,
    r#"{"securityContext": {"seLinuxOptions": {"type": " container_t"}}}"#,
    r#"{"securityContext": {"windowsOptions": {"gmsaCredentialSpec": "x"}}}"#,
    r#"{"securityContext": {"runAsUser": -5}}"#,
    r#"{"ports": []}"#,
    r#"{"lifecycle": {}}"#,
    r#"{"livenessProbe": {}}"#,
];

/// The user and the profiles of a container, set as they should be.
pub(crate) const IDENTITIES: &[&str] = &[
    r#"{"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}}"#,
    r#"{"securityContext": {"runAsNonRoot": true}}"#,
    r#"{"securityContext": {"runAsUser": 10001}}"#,
];

/// Of which the API server takes the first three for `AppArmor`.
pub(crate) const APP_ARMOR_VALUES: &[&str] = &[
    "runtime/default",
    "unconfined",
    "localhost/p",
    "",
    "localhost",
    "localhost/",
    "Runtime/default",
    "docker/default",
];

pub(crate) const SECCOMP_VALUES: &[&str] =
    &["runtime/default", "docker/default", "unconfined", "localhost/p.json", "localhost/"];

/// Safe ones, some that became safe later, unsafe ones of the same families, and other ways to write them.
pub(crate) const SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "kernel/shm_rmid_forced",
    "kernel.msgmax",
    "kernel.sem",
    "net.core.somaxconn",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_notsent_lowat",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_syncookie",
    "net/ipv4/tcp_syncookies",
    "net.ipv4.tcp_mem",
    "net.ipv6.conf.all.forwarding",
    "fs.mqueue.msg_max",
];

/// A probe, or what is done at the start or the end.
pub(crate) const HANDLERS: &[&str] = &[
    r#"{"httpGet": {"port": 80}}"#,
    r#"{"httpGet": {"port": 80, "host": ""}}"#,
    r#"{"httpGet": {"port": 80, "host": "127.0.0.1"}}"#,
    r#"{"httpGet": {"port": 80, "host": "example.com"}}"#,
    r#"{"tcpSocket": {"port": 80}}"#,
    r#"{"tcpSocket": {"port": 80, "host": ""}}"#,
    r#"{"tcpSocket": {"port": 80, "host": "10.0.0.1"}}"#,
    r#"{"exec": {"command": ["true"]}}"#,
];

/// Sources of volumes.
pub(crate) const VOLUMES: &[&str] = &[
    r#"{"emptyDir": {}}"#,
    r#"{"emptyDir": {"medium": "Memory"}}"#,
    r#"{"configMap": {"name": "c"}}"#,
    r#"{"secret": {"secretName": "s"}}"#,
    r#"{"downwardAPI": {"items": []}}"#,
    r#"{"projected": {"sources": []}}"#,
    r#"{"csi": {"driver": "csi.example"}}"#,
    r#"{"persistentVolumeClaim": {"claimName": "c"}}"#,
    r#"{"ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}"#,
    r#"{"image": {"reference": "registry.example/files:1"}}"#,
    r#"{"hostPath": {"path": "/var/log"}}"#,
    r#"{"hostPath": {"path": "/run/x.sock", "type": "Socket"}}"#,
    r#"{"nfs": {"server": "files.example", "path": "/"}}"#,
    r#"{"iscsi": {"targetPortal": "10.0.0.1", "iqn": "iqn.2001-04.com.example:storage", "lun": 0}}"#,
    r#"{"gcePersistentDisk": {"pdName": "d"}}"#,
    r#"{"awsElasticBlockStore": {"volumeID": "v"}}"#,
    r#"{"gitRepo": {"repository": "https://git.example/a"}}"#,
    r#"{"glusterfs": {"endpoints": "e", "path": "p"}}"#,
    r#"{"rbd": {"monitors": ["10.0.0.1"], "image": "i"}}"#,
    r#"{"flexVolume": {"driver": "example/flex"}}"#,
    r#"{"cinder": {"volumeID": "v"}}"#,
    r#"{"cephfs": {"monitors": ["10.0.0.1"]}}"#,
    r#"{"flocker": {"datasetName": "d"}}"#,
    r#"{"fc": {"targetWWNs": ["50060e801049cfd1"], "lun": 0}}"#,
    r#"{"azureFile": {"secretName": "s", "shareName": "s"}}"#,
    r#"{"azureDisk": {"diskName": "d", "diskURI": "https://blob.example/d.vhd"}}"#,
    r#"{"vsphereVolume": {"volumePath": "v"}}"#,
    r#"{"quobyte": {"registry": "10.0.0.1:1", "volume": "v"}}"#,
    r#"{"portworxVolume": {"volumeID": "v"}}"#,
    r#"{"scaleIO": {"gateway": "g", "system": "s", "volumeName": "v", "secretRef": {"name": "s"}}}"#,
    r#"{"storageos": {"volumeName": "v"}}"#,
    r#"{"photonPersistentDisk": {"pdID": "p"}}"#,
];

/// One source, and nothing or too little said of it. (Of two, the API server takes none.)
pub(crate) const ODD_VOLUMES: &[&str] = &[
    r#"{"secret": {}, "hostPath": null}"#,
    r#"{"projected": {}}"#,
    r#"{"image": {}}"#,
    r#"{"hostPath": {}}"#,
];
