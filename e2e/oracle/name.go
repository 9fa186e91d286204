package main

import "k8s.io/apimachinery/pkg/util/validation"

// What a text may name.
type named struct {
	// One part of a DNS name: a container, a namespace, a Service.
	Label bool `json:"label"`
	// Most objects.
	Subdomain bool `json:"subdomain"`
	// A host of an Ingress, which may begin with a star.
	Wildcard bool `json:"wildcard"`
	// The key of a label.
	Key bool `json:"key"`
	// The value of a label.
	Value bool `json:"value"`
	// A port of a container.
	Port bool `json:"port"`
}

// name says what the API server takes a text for.
func name(text string) named {
	return named{
		Label:     len(validation.IsDNS1123Label(text)) == 0,
		Subdomain: len(validation.IsDNS1123Subdomain(text)) == 0,
		Wildcard:  len(validation.IsWildcardDNS1123Subdomain(text)) == 0,
		Key:       len(validation.IsQualifiedName(text)) == 0,
		Value:     len(validation.IsValidLabelValue(text)) == 0,
		Port:      len(validation.IsValidPortName(text)) == 0,
	}
}
