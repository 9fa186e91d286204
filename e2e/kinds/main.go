// Command kinds says what the Go types of the pinned Kubernetes say of the built-in kinds: `kinds lifecycle`
// in which minor each of their versions came and goes, `kinds schema` which fields they have, and what the
// API server decodes each of them into.
//
// It must not have an opinion: what it prints is read off the types with which the API server itself
// decodes. src/inventory/lifecycle.jsonl and src/inventory/schema/kinds.txt of the crate are what it
// prints; e2e/tests/kinds.rs holds them equal.
package main

import (
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes/scheme"
	"seaworthy.dev/e2e/lifecycle"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "kinds:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("usage: kinds lifecycle|schema")
	}
	switch arguments[0] {
	case "lifecycle":
		var entries []lifecycle.Entry
		for kind, of := range scheme.Scheme.AllKnownTypes() {
			if entry, declared := lifecycle.Of(kind.Group, kind.Version, kind.Kind, of); declared {
				entries = append(entries, entry)
			}
		}
		return lifecycle.Print(entries, os.Stdout)
	case "schema":
		return printSchema(os.Stdout)
	}
	return fmt.Errorf("no subject %q", arguments[0])
}
