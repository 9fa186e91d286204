// Command kinds-1.20 prints the lifecycle of every type that Kubernetes 1.20 knew: newer versions of
// k8s.io/api do not hold all of them any more.
package main

import (
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes/scheme"
	"seaworthy.dev/e2e/lifecycle"
)

func main() {
	var entries []lifecycle.Entry
	for kind, of := range scheme.Scheme.AllKnownTypes() {
		if entry, declared := lifecycle.Of(kind.Group, kind.Version, kind.Kind, of); declared {
			entries = append(entries, entry)
		}
	}
	if err := lifecycle.Print(entries, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kinds-1.20:", err)
		os.Exit(1)
	}
}
