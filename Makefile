# What there is to do here. `make` alone lists it.
#
# Rust and Go are needed; e2e/test says what lacks. Nothing here knows how to build: cargo and e2e/build do.

PROFILE = ci
TARGET = $(or $(CARGO_TARGET_DIR),target)
BINARIES = $(TARGET)/$(PROFILE)
# What the image holds, built without an image.
MUSL := $(shell uname -m)-unknown-linux-musl

.DEFAULT_GOAL := help
.PHONY: help test yaml pss churn fuzz gitops-long failover oldest demo bench bench-cli bench-judge bench-webhook mutations mutants generate binaries image-binary static-binary

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

test: ## Format, lints, purity of the core, unit, integration and end-to-end tests
	@e2e/test

# Each run makes other documents: a difference names the seed of its own.
yaml: ## A million documents made by chance, read by us and by the Go libraries of Kubernetes
	@e2e/build oracle >/dev/null
	@SEAWORTHY_YAML_CASES=$(or $(CASES),1000000) SEAWORTHY_YAML_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test --locked --workspace --profile $(PROFILE) --test yaml -- --nocapture

pss: ## 100,000 pods judged by each Pod Security Standard at each version, as by the library; 10,000 as by the API server
	@e2e/build oracle controlplane >/dev/null
	@SEAWORTHY_PSS_PODS=$(or $(PODS),100000) SEAWORTHY_PSS_SENT=$(or $(SENT),10000) \
		SEAWORTHY_PSS_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test --locked --workspace --profile $(PROFILE) --test pod_security -- --nocapture

# A round is two releases: about five seconds each way.
gitops-long: PROFILE = ci
gitops-long: binaries ## Releases with spec.revision by Helm 4, 200 rounds each way (ROUNDS=20): no false answer
	@SEAWORTHY_GITOPS_ROUNDS=$(or $(ROUNDS),200) \
		cargo test --locked --workspace --profile $(PROFILE) --test helm_install -- --nocapture revision

# A kill is a Lease, about nine seconds.
failover: PROFILE = ci
failover: binaries ## 50 leaders killed and 50 told to stop (ENDS=10): within 12 s and 2 s another has judged; 20 rolling updates
	@SEAWORTHY_FAILOVERS=$(or $(ENDS),50) SEAWORTHY_ROLLOUTS=$(or $(ROLLOUTS),20) \
		cargo test --locked --workspace --profile $(PROFILE) --test high_availability -- --nocapture --test-threads=1

# What compares tables with the pinned Kubernetes is about that alone.
oldest: ## The proofs, the charts and admission on the oldest supported Kubernetes
	@e2e/build >/dev/null && e2e/build controlplane-1.33 >/dev/null
	@SEAWORTHY_KUBERNETES=1.33 e2e/suites 'proof_*' 'helm_*' admission doctor cli_live documents monitoring random_user

demo: ## A control plane with the operator and workloads to look at (DEMO=--once ends by itself)
	@e2e/demo $(DEMO)

# What is measured is what ships.
bench: PROFILE = release
bench: binaries image-binary ## The budgets, measured against the same control plane, and the webhook under load (BENCH="arguments": those alone)
	@SEAWORTHY_BIN=$(TARGET)/$(MUSL)/image/seaworthy $(BINARIES)/bench $(BENCH)
	@$(if $(BENCH),,SEAWORTHY_BIN=$(TARGET)/$(MUSL)/image/seaworthy $(BINARIES)/bench webhook)

bench-cli: PROFILE = release
bench-cli: binaries static-binary ## The command line over folders of manifests, beside kube-score and cat (DOCUMENTS="1000 100000")
	@SEAWORTHY_BIN=$(TARGET)/$(MUSL)/release/seaworthy $(BINARIES)/bench cli $(DOCUMENTS)

# Its p99 is of a quiet machine with two cores or more.
bench-webhook: PROFILE = release
bench-webhook: binaries image-binary ## The webhook at 2,000 reviews a second, and odd objects (LOAD="name 500 10")
	@SEAWORTHY_BIN=$(TARGET)/$(MUSL)/image/seaworthy $(BINARIES)/bench webhook $(LOAD)

bench-judge: ## What judging one workload by every check costs
	@cargo bench --locked --bench judge

# Each run makes other clusters: a difference shows the smallest cluster that has it.
churn: ## Thousands of random clusters and changes: verdicts as after a new start (CASES=20000 SEED="7")
	@SEAWORTHY_CLUSTERS=$(or $(CASES),20000) SEAWORTHY_CLUSTERS_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test --locked --workspace --profile $(PROFILE) --lib controller::incremental

# Each run tries other inputs; SEED="7" tries those of an earlier one.
fuzz: ## Each target of tests/fuzz.rs for a minute (TIME, in seconds); keeps what taught it something in tests/fixtures/fuzz
	@SEAWORTHY_FUZZ_SECONDS=$(or $(TIME),60) SEAWORTHY_FUZZ_SEED=$(or $(SEED),$(shell date +%s)) \
		cargo test --locked --workspace --profile $(PROFILE) --test fuzz -- --nocapture

mutations: binaries ## Plant the bugs of e2e/mutations one by one: each must turn tests red
	@$(BINARIES)/mutations

# No profile of its own: what is judged is built once, and its tests run thousands of times.
mutants: binaries ## Which mutants of src/checks no test notices (MUTANTS="-f network --split 1/4"; all: half an hour)
	@$(BINARIES)/mutants $(MUTANTS)

generate: ## Write again what is generated from the code: crds/, deploy/, docs/checks/, docs/coverage.md, docs/metrics.md, charts/
	@BLESS=1 cargo test --locked --workspace --profile $(PROFILE) --test generated --test chart

image-binary: ## The static binary that the image holds (an image itself: docker build .)
	@rustup target add $(MUSL)
	@CC_$(subst -,_,$(MUSL))=gcc cargo build --locked --profile image --bin seaworthy --target $(MUSL)
	@ls -l $(TARGET)/$(MUSL)/image/seaworthy

# Built twice: see docs/adr/0028-a-profile-of-its-own-work.md.
static-binary: ## The static binary of the command line, optimized by a profile of its own work
	@e2e/static-binary
	@ls -l $(TARGET)/$(MUSL)/release/seaworthy

# All at once: one choice of features for all dependencies, so that nothing is built twice.
binaries:
	@cargo build --locked --workspace --bins --profile $(PROFILE)
	@e2e/build >/dev/null
