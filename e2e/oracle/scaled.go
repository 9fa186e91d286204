package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// A number or a percentage as it stands in an object, and of how many.
type askedScale struct {
	Value json.RawMessage `json:"value"`
	Total int             `json:"total"`
}

// An answer is absent where there is none.
type scale struct {
	Up   *int `json:"up"`
	Down *int `json:"down"`
}

// scaled says what a number or a percentage of a total is, rounded up and down.
func scaled(asked askedScale) scale {
	var value intstr.IntOrString
	if err := json.Unmarshal(asked.Value, &value); err != nil {
		return scale{}
	}
	rounded := func(up bool) *int {
		scaled, err := intstr.GetScaledValueFromIntOrPercent(&value, asked.Total, up)
		if err != nil {
			return nil
		}
		return &scaled
	}
	return scale{Up: rounded(true), Down: rounded(false)}
}
