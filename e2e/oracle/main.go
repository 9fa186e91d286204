// Command oracle answers questions on which Go's own libraries are the authority: what kstatus makes
// of an object, how the API server reads quantities, selectors, names, schedules and more, what the
// kubelet makes of a reference to an image, what Pod Security Admission says of pods, what clients read
// in YAML. One JSON object a line in, one a line out, in order, until its input closes.
//
// It must not contain an opinion of its own: an operation decodes its arguments, calls the library
// and encodes what came back. A new operation is one file beside this one and one line in the map
// below. The Rust side that asks is e2e/src/oracle.rs.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// An operation gets its whole request line and returns what to encode as the answer.
type operation func(request []byte) (any, error)

var operations = map[string]operation{
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
	"version":     version,
	"yaml":        readYAML,
	"zones":       each(zone),
}

// each makes an operation of a function of one value: it gets a list of values and returns the list of
// answers.
func each[Value, Answer any](one func(Value) Answer) operation {
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

type failure struct {
	Error string `json:"error"`
}

func answer(line []byte) any {
	var request struct {
		Op string `json:"op"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return failure{"not a JSON object: " + err.Error()}
	}
	run, known := operations[request.Op]
	if !known {
		return failure{fmt.Sprintf("no operation %q", request.Op)}
	}
	result, err := run(line)
	if err != nil {
		return failure{err.Error()}
	}
	return result
}

// serve flushes after every answer, because the asker may wait for it before it asks again.
func serve(in io.Reader, out io.Writer) error {
	reader, writer := bufio.NewReaderSize(in, 1<<20), bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if err := encoder.Encode(answer(line)); err != nil {
				return err
			}
			if err := writer.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
