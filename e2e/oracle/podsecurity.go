package main

import (
	"encoding/json"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type standard struct {
	Level   string `json:"level"`
	Version string `json:"version"`
}

// What one standard says of one pod.
type judged struct {
	// Ids of the controls that refuse it, in the order of the library.
	Controls []string `json:"controls"`
	// What the API server says then, after the name of the standard.
	Detail string `json:"detail,omitempty"`
}

// Two evaluators of the same controls: one speaks as the API server does, one gives the id of a control as
// its reason.
type evaluators struct {
	plain, named policy.Evaluator
}

func newEvaluators() (evaluators, error) {
	plain, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return evaluators{}, err
	}
	checks := policy.DefaultChecks()
	for i, check := range checks {
		for j, version := range check.Versions {
			checks[i].Versions[j].CheckPod = func(metadata *meta.ObjectMeta, spec *core.PodSpec) policy.CheckResult {
				result := version.CheckPod(metadata, spec)
				result.ForbiddenReason, result.ForbiddenDetail = string(check.ID), ""
				return result
			}
		}
	}
	named, err := policy.NewEvaluator(checks, nil)
	return evaluators{plain, named}, err
}

// podSecurity says which controls of each standard refuse each pod: a list for each pod, in the order of
// the standards.
func podSecurity(request []byte) (any, error) {
	var arguments struct {
		Pods      []core.Pod `json:"pods"`
		Standards []standard `json:"standards"`
		// Whether to say it in words, too.
		Detail bool `json:"detail"`
	}
	if err := json.Unmarshal(request, &arguments); err != nil {
		return nil, err
	}
	standards := make([]api.LevelVersion, len(arguments.Standards))
	for i, standard := range arguments.Standards {
		level, err := api.ParseLevel(standard.Level)
		if err != nil {
			return nil, err
		}
		version, err := api.ParseVersion(standard.Version)
		if err != nil {
			return nil, err
		}
		standards[i] = api.LevelVersion{Level: level, Version: version}
	}
	evaluators, err := newEvaluators()
	if err != nil {
		return nil, err
	}
	answers := make([][]judged, len(arguments.Pods))
	for i := range arguments.Pods {
		answers[i] = make([]judged, len(standards))
		for j, standard := range standards {
			answers[i][j] = evaluators.judge(standard, &arguments.Pods[i], arguments.Detail)
		}
	}
	return struct {
		Answers [][]judged `json:"answers"`
	}{answers}, nil
}

func (e evaluators) judge(standard api.LevelVersion, pod *core.Pod, detail bool) judged {
	results := policy.AggregateCheckResults(e.named.EvaluatePod(standard, &pod.ObjectMeta, &pod.Spec))
	said := judged{Controls: results.ForbiddenReasons}
	if said.Controls == nil {
		said.Controls = []string{}
	}
	if detail {
		results := policy.AggregateCheckResults(e.plain.EvaluatePod(standard, &pod.ObjectMeta, &pod.Spec))
		said.Detail = results.ForbiddenDetail()
	}
	return said
}
