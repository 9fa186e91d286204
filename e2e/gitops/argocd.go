package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gobwas/glob"
	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// How long Argo CD lets a health script run.
const limit = time.Second

// What a script may say; Argo CD takes anything else for Unknown.
var known = map[string]bool{
	"Healthy": true, "Suspended": true, "Progressing": true, "Missing": true, "Degraded": true, "Unknown": true,
}

type healthStatus struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// health says how healthy Argo CD calls the object by a script, under the limits that it runs scripts with.
func health(request []byte) (any, error) {
	var arguments struct {
		Script string         `json:"script"`
		Object map[string]any `json:"object"`
	}
	if err := json.Unmarshal(request, &arguments); err != nil {
		return nil, err
	}
	// What is being deleted is no script's business.
	if metadata, ok := arguments.Object["metadata"].(map[string]any); ok && metadata["deletionTimestamp"] != nil {
		return healthStatus{"Progressing", "Pending deletion"}, nil
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	if err := libraries(state); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", luajson.DecodeValue(state, arguments.Object))
	if err := state.DoString(arguments.Script); err != nil {
		return nil, err
	}
	returned := state.Get(-1)
	if returned.Type() != lua.LTTable {
		return nil, fmt.Errorf("the script returned a %s, not a table", returned.Type())
	}
	encoded, err := luajson.Encode(returned)
	if err != nil {
		return nil, err
	}
	var status healthStatus
	if err := json.Unmarshal(encoded, &status); err != nil {
		return nil, err
	}
	if !known[status.Status] {
		return nil, fmt.Errorf("the script returned the status %q, which Argo CD does not know", status.Status)
	}
	return status, nil
}

// libraries opens what Argo CD opens: no string, no math, no io, and of os the clock alone.
func libraries(state *lua.LState) error {
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
		{lua.OsLibName, openClock},
	} {
		call := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return err
		}
	}
	return nil
}

func openClock(state *lua.LState) int {
	module := state.RegisterModule(lua.OsLibName, map[string]lua.LGFunction{
		"time": func(state *lua.LState) int {
			state.Push(lua.LNumber(time.Now().Unix()))
			return 1
		},
	})
	state.Push(module)
	return 1
}

// excluded says whether Argo CD leaves resources of a kind out, by an entry of resource.exclusions.
func excluded(request []byte) (any, error) {
	var arguments struct {
		Exclusions []struct {
			APIGroups []string `json:"apiGroups"`
			Kinds     []string `json:"kinds"`
			Clusters  []string `json:"clusters"`
		} `json:"exclusions"`
		Group string `json:"group"`
		Kind  string `json:"kind"`
	}
	if err := json.Unmarshal(request, &arguments); err != nil {
		return nil, err
	}
	if len(arguments.Exclusions) == 0 {
		return nil, errors.New("no exclusion")
	}
	is := false
	for _, one := range arguments.Exclusions {
		group, err := matches(one.APIGroups, arguments.Group)
		if err != nil {
			return nil, err
		}
		kind, err := matches(one.Kinds, arguments.Kind)
		if err != nil {
			return nil, err
		}
		cluster, err := matches(one.Clusters, "https://kubernetes.default.svc")
		if err != nil {
			return nil, err
		}
		is = is || group && kind && cluster
	}
	return struct {
		Excluded bool `json:"excluded"`
	}{is}, nil
}

// matches is true without patterns: what is not named is not asked for.
func matches(patterns []string, text string) (bool, error) {
	for _, pattern := range patterns {
		compiled, err := glob.Compile(pattern)
		if err != nil {
			return false, err
		}
		if compiled.Match(text) {
			return true, nil
		}
	}
	return len(patterns) == 0, nil
}
