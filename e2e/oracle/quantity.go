package main

import (
	"math/big"

	"gopkg.in/inf.v0"
	"k8s.io/apimachinery/pkg/api/resource"
)

type parsedQuantity struct {
	Ok bool `json:"ok"`
	// The form in which the API server would write it.
	Canonical string `json:"canonical,omitempty"`
	// The exact value, as a decimal number.
	Decimal string `json:"decimal,omitempty"`
	// The exact value in units of 10^-9, the finest that a quantity holds: always an integer.
	Nano string `json:"nano,omitempty"`
	// Why it is no quantity.
	Reason string `json:"reason,omitempty"`
}

// quantity says whether the API server takes the string as a quantity, and what it is worth.
func quantity(value string) parsedQuantity {
	parsed, err := resource.ParseQuantity(value)
	if err != nil {
		return parsedQuantity{Reason: err.Error()}
	}
	canonical := parsed.String()
	decimal := parsed.AsDec()
	billion := inf.NewDecBig(big.NewInt(1_000_000_000), 0)
	nano := new(inf.Dec).Round(new(inf.Dec).Mul(decimal, billion), 0, inf.RoundExact)
	return parsedQuantity{Ok: true, Canonical: canonical, Decimal: decimal.String(), Nano: nano.String()}
}
