//! A real Kubernetes control plane for tests, benches and the demo.
