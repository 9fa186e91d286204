package main

import (
	"context"
	"encoding/json"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// evaluate says what Flux makes of the object by an entry of spec.healthCheckExprs.
func evaluate(request []byte) (any, error) {
	var arguments struct {
		Expressions kustomize.HealthCheckExpressions `json:"expressions"`
		Object      json.RawMessage                  `json:"object"`
	}
	if err := json.Unmarshal(request, &arguments); err != nil {
		return nil, err
	}
	evaluator, err := cel.NewStatusEvaluator(&arguments.Expressions)
	if err != nil {
		return nil, err
	}
	// Its own decoder, not encoding/json: Flux compares generations as int64.
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(arguments.Object); err != nil {
		return nil, err
	}
	result, err := evaluator.Evaluate(context.Background(), object)
	if err != nil {
		return nil, err
	}
	return struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}{string(result.Status), result.Message}, nil
}
