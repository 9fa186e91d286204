package main

import (
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/distribution/reference"
)

type parsedImage struct {
	Ok bool `json:"ok"`
	// The registry.
	Domain string `json:"domain,omitempty"`
	// The repository in the registry.
	Path   string `json:"path,omitempty"`
	Tag    string `json:"tag,omitempty"`
	Digest string `json:"digest,omitempty"`
	// Why it is no reference.
	Reason string `json:"reason,omitempty"`
}

// image says whether the kubelet and the API server take the string as a reference to an image, and of
// what.
func image(value string) parsedImage {
	named, err := reference.ParseNormalizedNamed(value)
	if err != nil {
		return parsedImage{Reason: err.Error()}
	}
	parsed := parsedImage{Ok: true, Domain: reference.Domain(named), Path: reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		parsed.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		parsed.Digest = digested.Digest().String()
	}
	return parsed
}
