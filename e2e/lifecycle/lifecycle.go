// Package lifecycle reads what the types of k8s.io/api declare of their own life: in which minor they were
// introduced and deprecated, in which they are not served any more, and what replaces them.
//
// It must not import any version of Kubernetes: whoever calls it brings one. The two modules beside it do.
package lifecycle

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strings"
)

// Entry is what one type of one version says. Minors are those of Kubernetes 1; 0 for never.
type Entry struct {
	Group       string `json:"group"`
	Version     string `json:"version"`
	Kind        string `json:"kind"`
	Introduced  int    `json:"introduced,omitempty"`
	Deprecated  int    `json:"deprecated,omitempty"`
	Removed     int    `json:"removed,omitempty"`
	Replacement string `json:"replacement,omitempty"`
}

// Of reads a type; nothing if it declares nothing.
func Of(group, version, kind string, of reflect.Type) (Entry, bool) {
	entry := Entry{Group: group, Version: version, Kind: kind}
	value := reflect.New(of)
	minor := func(method string) (int, bool) {
		found := value.MethodByName(method)
		if !found.IsValid() {
			return 0, false
		}
		results := found.Call(nil)
		if major := results[0].Int(); major != 1 {
			panic(fmt.Sprintf("%s/%s %s: major version %d", group, version, kind, major))
		}
		return int(results[1].Int()), true
	}
	var declared bool
	if entry.Introduced, declared = minor("APILifecycleIntroduced"); !declared {
		return Entry{}, false
	}
	entry.Deprecated, _ = minor("APILifecycleDeprecated")
	entry.Removed, _ = minor("APILifecycleRemoved")
	if found := value.MethodByName("APILifecycleReplacement"); found.IsValid() {
		by := found.Call(nil)[0]
		field := func(name string) string { return by.FieldByName(name).String() }
		version := strings.TrimPrefix(field("Group")+"/"+field("Version"), "/")
		entry.Replacement = version + " " + field("Kind")
	}
	return entry, true
}

// Print writes the entries in order, one a line.
func Print(entries []Entry, out io.Writer) error {
	key := func(entry Entry) string { return entry.Group + "/" + entry.Version + "/" + entry.Kind }
	sort.Slice(entries, func(i, j int) bool { return key(entries[i]) < key(entries[j]) })
	encoder := json.NewEncoder(out)
	for _, entry := range entries {
		if err := encoder.Encode(entry); err != nil {
			return err
		}
	}
	return nil
}
