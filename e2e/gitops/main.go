// Command gitops answers what the GitOps tools make of an object that needs their own configuration: the health
// that a script of ours gives Argo CD, what our expressions tell Flux, what Argo CD leaves out. One JSON object a
// line in, one a line out, as package answers has it.
//
// It must not contain an opinion of its own. A module of its own, because Flux needs a newer Go than Kubernetes.
// The Rust side that asks is e2e/src/gitops.rs.
package main

import "seaworthy.dev/e2e/answers"

func main() {
	answers.Main("gitops", answers.Operations{
		"argocd":   health,
		"excluded": excluded,
		"flux":     evaluate,
	})
}
