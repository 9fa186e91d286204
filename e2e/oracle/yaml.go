package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	stream "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// As much as kubectl looks at to see whether a stream is JSON.
const guessSize = 4096

type readText struct {
	// The text read as one document, as JSON in a string: its numbers may be beyond what the asker knows.
	// Absent if it cannot be read.
	Document string `json:"document,omitempty"`
	// Why the text is no document.
	Problem string `json:"problem,omitempty"`
	// The documents of the text read as a stream, up to the first that cannot be read.
	Stream []string `json:"stream"`
	// Why the stream ends early.
	StreamProblem string `json:"streamProblem,omitempty"`
}

// readYAML says what Kubernetes reads in each of many texts: as one document, as the API server's clients
// convert it, and as a stream of documents, as kubectl splits a file.
func readYAML(request []byte) (any, error) {
	var arguments struct {
		// Bytes, not text: what is no UTF-8 is a case, too.
		Texts [][]byte `json:"texts"`
	}
	if err := json.Unmarshal(request, &arguments); err != nil {
		return nil, err
	}
	texts := make([]readText, len(arguments.Texts))
	for i, text := range arguments.Texts {
		texts[i].Document, texts[i].Problem = document(text)
		texts[i].Stream, texts[i].StreamProblem = documents(text)
	}
	return struct {
		Texts []readText `json:"texts"`
	}{texts}, nil
}

func document(text []byte) (converted, problem string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			converted, problem = "", fmt.Sprint("panic: ", panicked)
		}
	}()
	value, err := yaml.YAMLToJSON(text)
	if err != nil {
		return "", err.Error()
	}
	return string(value), ""
}

func documents(text []byte) (read []string, problem string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			problem = fmt.Sprint("panic: ", panicked)
		}
	}()
	read = []string{}
	decoder := stream.NewYAMLOrJSONDecoder(bytes.NewReader(text), guessSize)
	for {
		var next json.RawMessage
		err := decoder.Decode(&next)
		if err == io.EOF {
			return read, ""
		}
		if err != nil {
			return read, err.Error()
		}
		if next == nil {
			next = json.RawMessage("null")
		}
		read = append(read, string(next))
	}
}
