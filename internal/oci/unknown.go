package oci

import (
	"bytes"
	"encoding/json"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// unknownFields is what data, a JSON object, has and s, decoded from it, has
// not: fields of a newer specification or of a vendor. nil means none.
func unknownFields(data []byte, s *specs.Spec) (map[string]any, error) {
	all, err := decodeMap(data)
	if err != nil {
		return nil, err
	}
	known, err := toMap(s)
	if err != nil {
		return nil, err
	}
	return difference(all, known), nil
}

// difference is all without the fields of known, recursively; nil if empty.
// null says nothing and is left out.
func difference(all, known map[string]any) map[string]any {
	rest := make(map[string]any)
	for k, v := range all {
		kv, is := lookup(known, k)
		if !is && v != nil {
			rest[k] = v
			continue
		}
		vm, ok1 := v.(map[string]any)
		km, ok2 := kv.(map[string]any)
		if ok1 && ok2 {
			if d := difference(vm, km); d != nil {
				rest[k] = d
			}
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}

// lookup finds a field as encoding/json does: exactly, else in any case.
func lookup(m map[string]any, key string) (any, bool) {
	if v, is := m[key]; is {
		return v, true
	}
	for k, v := range m {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return nil, false
}

// merge adds to dst what only src has. What dst has stays: it is newer.
func merge(dst, src map[string]any) {
	for k, v := range src {
		old, is := dst[k]
		if !is {
			dst[k] = v
			continue
		}
		om, ok1 := old.(map[string]any)
		vm, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			merge(om, vm)
		}
	}
}

func toMap(s *specs.Spec) (map[string]any, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return decodeMap(data)
}

// decodeMap keeps numbers as they are written: a limit of 2^64-1 is no float.
func decodeMap(data []byte) (m map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err = d.Decode(&m)
	return m, err
}
