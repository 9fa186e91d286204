package main

import (
	"encoding/json"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
)

// A selector as it stands in an object, and labels that it may match.
type askedSelector struct {
	Selector json.RawMessage     `json:"selector"`
	Labels   []map[string]string `json:"labels"`
}

type compiledSelector struct {
	Ok bool `json:"ok"`
	// Whether it matches everything because it asks for nothing.
	Empty bool `json:"empty"`
	// For each of the labels, whether it matches.
	Matches []bool `json:"matches,omitempty"`
	// The fields that the API server refuses.
	Fields []string `json:"fields,omitempty"`
	// Why it does not decode.
	Reason string `json:"reason,omitempty"`
}

// selector says whether the API server takes a label selector, and what it matches.
func selector(asked askedSelector) compiledSelector {
	var given meta.LabelSelector
	if err := json.Unmarshal(asked.Selector, &given); err != nil {
		return compiledSelector{Reason: err.Error()}
	}
	var answer compiledSelector
	for _, err := range validation.ValidateLabelSelector(&given, validation.LabelSelectorValidationOptions{}, nil) {
		answer.Fields = append(answer.Fields, err.Field)
	}
	if len(answer.Fields) > 0 {
		return answer
	}
	compiled, err := meta.LabelSelectorAsSelector(&given)
	if err != nil {
		return compiledSelector{Reason: err.Error()}
	}
	answer.Ok, answer.Empty = true, compiled.Empty()
	for _, set := range asked.Labels {
		answer.Matches = append(answer.Matches, compiled.Matches(labels.Set(set)))
	}
	return answer
}
