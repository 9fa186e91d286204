package main

import (
	"encoding/json"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// kstatus says what a pipeline that waits with kstatus (Flux, Helm 4) makes of the object.
func kstatus(request []byte) (any, error) {
	var arguments struct {
		Object json.RawMessage `json:"object"`
	}
	if err := json.Unmarshal(request, &arguments); err != nil {
		return nil, err
	}
	// Its own decoder, not encoding/json: kstatus expects integers as int64.
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(arguments.Object); err != nil {
		return nil, err
	}
	result, err := status.Compute(object)
	if err != nil {
		return nil, err
	}
	return struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}{string(result.Status), result.Message}, nil
}
