// Package answers is how a helper of the end-to-end suite is asked: one JSON object a line in, one a line out,
// in order, until its input closes.
//
// It must not know what is asked. The Rust side is e2e/src/answers.rs.
package answers

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// An Operation gets its whole request line and returns what to encode as the answer.
type Operation func(request []byte) (any, error)

// Operations by the name that a request gives as its "op".
type Operations map[string]Operation

type failure struct {
	Error string `json:"error"`
}

// Main answers on standard input and output until the input closes. Every helper also knows "version".
func Main(name string, operations Operations) {
	operations["version"] = version
	if err := operations.serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

func (operations Operations) answer(line []byte) any {
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
func (operations Operations) serve(in io.Reader, out io.Writer) error {
	reader, writer := bufio.NewReaderSize(in, 1<<20), bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if err := encoder.Encode(operations.answer(line)); err != nil {
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
