// Command oracle answers questions on which Go's own libraries are the authority: what kstatus makes
// of an object, how the API server reads a quantity, what the kubelet makes of a reference to an image,
// what its clients read in YAML. One JSON object a line in, one a line out, as package
// answers has it.
//
// It must not contain an opinion of its own: an operation decodes its arguments, calls the library
// and encodes what came back. A new operation is one file beside this one and one line in the map
// below. The Rust side that asks is e2e/src/oracle.rs.
package main

import "seaworthy.dev/e2e/answers"

func main() {
	answers.Main("oracle", answers.Operations{
		"image":    image,
		"kstatus":  kstatus,
		"quantity": quantity,
		"yaml":     readYAML,
	})
}
