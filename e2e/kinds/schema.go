package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"sort"
	"strings"

	definitions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"seaworthy.dev/e2e/lifecycle"
)

// minor is that of the Kubernetes whose types these are: of v0.37.1 of its modules, 37.
func minor() (int, error) {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "k8s.io/client-go" {
			var minor int
			_, err := fmt.Sscanf(module.Version, "v0.%d.", &minor)
			return minor, err
		}
	}
	return 0, fmt.Errorf("not built as a module")
}

// What decodes itself, and how the crate calls it.
var scalars = map[reflect.Type]string{
	reflect.TypeFor[metav1.Time]():          "time",
	reflect.TypeFor[metav1.MicroTime]():     "microtime",
	reflect.TypeFor[metav1.Duration]():      "duration",
	reflect.TypeFor[resource.Quantity]():    "quantity",
	reflect.TypeFor[intstr.IntOrString]():   "intorstring",
	reflect.TypeFor[runtime.RawExtension](): "any",
	reflect.TypeFor[metav1.FieldsV1]():      "any",
	reflect.TypeFor[definitions.JSON]():     "any",
}

// What decodes itself by what the value begins with: a mapping, a list, and what anything else may be. It does
// not do so strictly: fields that are not known below it are dropped without a word.
var alternatives = map[reflect.Type]string{
	reflect.TypeFor[definitions.JSONSchemaPropsOrBool]():        "bool|%[1]s",
	reflect.TypeFor[definitions.JSONSchemaPropsOrArray]():       "any|%[1]s|[]%[1]s",
	reflect.TypeFor[definitions.JSONSchemaPropsOrStringArray](): "any|%[1]s|[]string",
}

// Where packages of types lie, each with a folder for a group in it.
var homes = []string{
	"k8s.io/api/",
	"k8s.io/apimachinery/pkg/apis/",
	"k8s.io/apiextensions-apiserver/pkg/apis/",
	"k8s.io/kube-aggregator/pkg/apis/",
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// printSchema writes a line for each kind that a server of this minor may serve, with its type, and a
// paragraph for each type that they lead to, with its fields.
func printSchema(known *runtime.Scheme, out io.Writer) error {
	newest, err := minor()
	if err != nil {
		return err
	}
	writer := bufio.NewWriter(out)
	schema := types{fields: map[string][]string{}}
	var kinds []string
	for kind, of := range known.AllKnownTypes() {
		metadata, has := of.FieldByName("ObjectMeta")
		if !has || metadata.Type != reflect.TypeFor[metav1.ObjectMeta]() || kind.Version == "__internal" {
			continue
		}
		entry, declared := lifecycle.Of(kind.Group, kind.Version, kind.Kind, of)
		if declared && entry.Removed != 0 && entry.Removed <= newest {
			continue
		}
		name, err := schema.name(of)
		if err != nil {
			return err
		}
		kinds = append(kinds, fmt.Sprintf("%s %s %s", kind.GroupVersion(), kind.Kind, name))
	}
	sort.Strings(kinds)
	for _, kind := range kinds {
		fmt.Fprintln(writer, kind)
	}
	for _, name := range sorted(schema.fields) {
		fmt.Fprintf(writer, "\n%s\n", name)
		for _, field := range schema.fields[name] {
			fmt.Fprintln(writer, field)
		}
	}
	return writer.Flush()
}

func sorted(fields map[string][]string) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Fields of types by name.
type types struct {
	fields map[string][]string
}

// name says what a value is decoded into, and remembers the fields of what it leads to.
func (t *types) name(of reflect.Type) (string, error) {
	if scalar, known := scalars[of]; known {
		return scalar, nil
	}
	if format, known := alternatives[of]; known {
		mapping, err := t.name(reflect.TypeFor[definitions.JSONSchemaProps]())
		return fmt.Sprintf(format, mapping), err
	}
	if of.Kind() == reflect.Pointer {
		return t.name(of.Elem())
	}
	if reflect.PointerTo(of).Implements(unmarshaler) {
		return "", fmt.Errorf("%s decodes itself, and nothing here says how", of)
	}
	switch of.Kind() {
	case reflect.Bool, reflect.String, reflect.Int32, reflect.Int64, reflect.Float64:
		return of.Kind().String(), nil
	case reflect.Int:
		return "int64", nil
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "bytes", nil
		}
		element, err := t.name(of.Elem())
		return "[]" + element, err
	case reflect.Map:
		if of.Key().Kind() != reflect.String {
			return "", fmt.Errorf("%s has keys that are no strings", of)
		}
		element, err := t.name(of.Elem())
		return "{}" + element, err
	case reflect.Struct:
		return t.structure(of)
	}
	return "", fmt.Errorf("%s cannot be written down", of)
}

func (t *types) structure(of reflect.Type) (string, error) {
	name := of.PkgPath()
	for _, home := range homes {
		name = strings.TrimPrefix(name, home)
	}
	name += "." + of.Name()
	if _, known := t.fields[name]; known {
		return name, nil
	}
	t.fields[name] = nil
	fields, err := t.of(of)
	if err != nil {
		return "", err
	}
	sort.Strings(fields)
	t.fields[name] = fields
	return name, nil
}

func (t *types) of(of reflect.Type) ([]string, error) {
	var fields []string
	for index := range of.NumField() {
		field := of.Field(index)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "-" || !field.IsExported() {
			continue
		}
		if field.Anonymous && tag == "" {
			inlined, err := t.of(field.Type)
			if err != nil {
				return nil, err
			}
			fields = append(fields, inlined...)
			continue
		}
		if tag == "" {
			tag = field.Name
		}
		name, err := t.name(field.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", of, field.Name, err)
		}
		fields = append(fields, tag+" "+name)
	}
	return fields, nil
}
