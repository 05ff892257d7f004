package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
)

// TestJSON_Documented: the page names every field.
func TestJSON_Documented(t *testing.T) {
	page, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	for command, v := range map[string]any{
		"ps": container.Info{}, "status": container.Status{}, "inspect": container.Inspection{}, "wait": waited{},
		"logs": logLine{}, "version": versions{}, "run": ranDetached{}, "verify": fault{},
		"create": created{}, "exec": execDetached{},
	} {
		_, section, found := strings.Cut(string(page), "\n## unitmon "+command)
		if !found {
			t.Errorf("no section about %s", command)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		for _, field := range fieldsOf(reflect.TypeOf(v)) {
			if !strings.Contains(section, "`"+field+"`") {
				t.Errorf("%s: no word about %s", command, field)
			}
		}
	}
}

// fieldsOf are the names of the JSON fields of a struct, but for the structs that
// it embeds, and, of its fields, those that are structs or lists of them.
func fieldsOf(typ reflect.Type) (names []string) {
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		names = append(names, name)
		inner := f.Type
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner.PkgPath() != "time" {
			names = append(names, fieldsOf(inner)...)
		}
	}
	return names
}
