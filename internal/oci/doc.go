// Package oci knows the OCI runtime specification from the side of a program
// that runs containers: it makes bundles, calls a runtime (runc, crun), and
// turns a runtime's words into errors that a caller can branch on.
//
// A bundle is always the package's own copy: [Build] reads what the caller has
// (a bundle directory, a root directory, or nothing, which means the host's
// own root, read-only) and checks all of it; [Bundle.Write] puts the result in
// a directory that the caller owns. Nothing is written into a caller's bundle.
//
// The package holds no state and starts no goroutine that outlives a call.
// The specification is https://github.com/opencontainers/runtime-spec, v1.3.0.
package oci
