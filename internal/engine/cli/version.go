package cli

import "runtime/debug"

// conmonVersion is the conmon whose contract this is. CRI-O and podman read it
// from --version and judge by it what they may ask for.
const conmonVersion = "2.2.1"

// version is the text of --version: two lines of conmon's, and then ours.
// CRI-O takes the third field of the text, podman what is between "version "
// and the end of the line.
func version() string {
	commit, own := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			own = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && s.Value != "" {
				commit = s.Value
			}
		}
	}
	return "conmon version " + conmonVersion + "\ncommit: " + commit + "\nunitmon " + own + "\n"
}
