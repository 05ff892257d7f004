package cli

import (
	"os"
	"path/filepath"
	"strings"
)

// journalID is the number of bytes of a container's ID that the field
// CONTAINER_ID has; conmon wants more than those.
const journalID = 12

// checkLog reads all --log-path, creates the log file, and checks what the
// drivers want of the other options.
func (o *Options) checkLog(d *Diag, cwd string) error {
	if len(o.logPaths) == 0 {
		return d.Exit("Log driver not provided. Use --log-path")
	}
	o.Log = Log{}
	for _, value := range o.logPaths {
		if wrong := o.Log.add(value); wrong != "" {
			return d.Exit(wrong)
		}
	}
	if o.Log.File != "" {
		if err := o.createLog(d, cwd); err != nil {
			return err
		}
	}
	switch {
	case o.Log.Journal && len(o.CID) <= journalID:
		return d.Exit("Container ID must be longer than 12 characters")
	case o.Log.Journal:
		return o.checkLabels(d)
	case o.Log.File != "" && o.given.tag:
		return d.Exit("k8s-file doesn't support --log-tag")
	case o.Log.File != "" && len(o.LogLabels) > 0:
		return d.Exit("k8s-file doesn't support --log-label")
	}
	return nil
}

// createLog makes the path of the log file absolute, and the file exist.
func (o *Options) createLog(d *Diag, cwd string) error {
	const failed = "Failed to open log file"
	o.Log.File = absolute(o.Log.File, cwd)
	if len(o.LogAllowlist) > 0 {
		path, err := resolve(o.Log.File)
		if err != nil {
			return d.ExitErr(failed, err)
		}
		if !o.allowed(path, cwd) {
			return d.Exit("Log file " + o.Log.File + " is not in a directory of --log-allowlist-dir")
		}
		o.Log.File = path // nobody can turn the links that were followed
	}
	f, err := os.OpenFile(o.Log.File, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return d.ExitErr(failed, err)
	}
	_ = f.Close() // nothing was written
	return nil
}

// absolute makes a path absolute and leaves the rest as it is: to clean away
// "link/.." would be another file.
func absolute(path, cwd string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return strings.TrimSuffix(cwd, "/") + "/" + path
}

// resolve follows the symbolic links of a path, whose last component need not
// exist. A link to something that does not exist is an error: to open it
// would create the file there.
func resolve(path string) (string, error) {
	if _, err := os.Lstat(path); err == nil {
		return filepath.EvalSymlinks(path)
	}
	dir, base := filepath.Split(path)
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, base), nil
}

// allowed reports whether a path without links is below one of the
// directories of --log-allowlist-dir, which may be links. One that does not
// exist allows nothing.
func (o *Options) allowed(path, cwd string) bool {
	for _, dir := range o.LogAllowlist {
		dir, err := filepath.EvalSymlinks(absolute(dir, cwd))
		if err == nil && strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/") {
			return true
		}
	}
	return false
}
