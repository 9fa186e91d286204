// Command kinds says what the Go types of the pinned Kubernetes say of the built-in kinds: `kinds lifecycle`
// in which minor each of their versions came and goes, `kinds schema` which fields they have, and what the
// API server decodes each of them into.
//
// It must not have an opinion: what it prints is read off the types with which the API server itself
// decodes: those of k8s.io/api, and those of the two servers inside it that have their types elsewhere. src/inventory/lifecycle.jsonl and src/inventory/schema/kinds.txt of the crate are what it
// prints; e2e/tests/kinds.rs holds them equal.
package main

import (
	"fmt"
	"os"

	definitions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	oldDefinitions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	services "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	oldServices "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1beta1"
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
	known, err := builtIn()
	if err != nil {
		return err
	}
	switch arguments[0] {
	case "lifecycle":
		var entries []lifecycle.Entry
		for kind, of := range known.AllKnownTypes() {
			if entry, declared := lifecycle.Of(kind.Group, kind.Version, kind.Kind, of); declared {
				entries = append(entries, entry)
			}
		}
		return lifecycle.Print(entries, os.Stdout)
	case "schema":
		return printSchema(known, os.Stdout)
	}
	return fmt.Errorf("no subject %q", arguments[0])
}

// builtIn knows the types of every kind that the API server has by itself.
func builtIn() (*runtime.Scheme, error) {
	known := runtime.NewScheme()
	parts := runtime.NewSchemeBuilder(
		scheme.AddToScheme,
		definitions.AddToScheme, oldDefinitions.AddToScheme,
		services.AddToScheme, oldServices.AddToScheme,
	)
	return known, parts.AddToScheme(known)
}
