// Command oracle answers questions on which Go's own libraries are the authority: what kstatus makes
// of an object, how the API server reads quantities, selectors, names, schedules and more, what the
// kubelet makes of a reference to an image, what Pod Security Admission says of pods, what clients read
// in YAML. One JSON object a line in, one a line out, as package answers has it.
//
// It must not contain an opinion of its own: an operation decodes its arguments, calls the library
// and encodes what came back. A new operation is one file beside this one and one line in the map
// below. The Rust side that asks is e2e/src/oracle.rs.
package main

import (
	"encoding/json"

	"seaworthy.dev/e2e/answers"
)

// each makes an operation of a function of one value: it gets a list of values and returns the list of
// answers.
func each[Value, Answer any](one func(Value) Answer) answers.Operation {
	return func(request []byte) (any, error) {
		var arguments struct {
			Values []Value `json:"values"`
		}
		if err := json.Unmarshal(request, &arguments); err != nil {
			return nil, err
		}
		answers := make([]Answer, len(arguments.Values))
		for i, value := range arguments.Values {
			answers[i] = one(value)
		}
		return struct {
			Answers []Answer `json:"answers"`
		}{answers}, nil
	}
}

func main() {
	answers.Main("oracle", answers.Operations{
		"cidrs":       each(cidr),
		"durations":   each(duration),
		"images":      each(image),
		"kstatus":     kstatus,
		"names":       each(name),
		"podSecurity": podSecurity,
		"quantities":  each(quantity),
		"scaled":      each(scaled),
		"schedules":   each(schedule),
		"selectors":   each(selector),
		"yaml":        readYAML,
		"zones":       each(zone),
	})
}
