package main

import (
	"errors"
	"runtime/debug"
)

// version lists the modules whose word the other operations pass on.
func version([]byte) (any, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("the binary holds no build information")
	}
	modules := map[string]string{"go": info.GoVersion}
	for _, module := range info.Deps {
		modules[module.Path] = module.Version
	}
	return struct {
		Modules map[string]string `json:"modules"`
	}{modules}, nil
}
