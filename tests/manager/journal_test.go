package manager

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/tests/kit"
)

// What a container writes is in the journal with its fields, found by each of
// them and by its unit, whichever way it takes.
func TestJournal(t *testing.T) {
	for _, stdio := range []string{"fifo", "journal"} {
		t.Run(stdio, func(t *testing.T) {
			name := fresh("fields-" + stdio)
			id := kit.Detach(t, name, script(name, "echo out; echo error >&2", "--stdio", stdio,
				"--tag", "tag-"+name, "--label", "app="+name, "--label", "com.example/tier=back end")...)
			kit.NothingLeft(t, name)
			kit.Sync(t)
			fields := map[string]string{
				"CONTAINER_ID": id[:12], "CONTAINER_ID_FULL": id, "CONTAINER_NAME": name, "CONTAINER_TAG": "tag-" + name,
				"SYSLOG_IDENTIFIER": "tag-" + name, "APP": name, "COM_EXAMPLE_TIER": "back end",
			}
			// With --stdio journal the manager adds the fields to the record
			// of the exit as well; the container's own lines have its tag.
			own := "SYSLOG_IDENTIFIER=" + fields["SYSLOG_IDENTIFIER"]
			for _, match := range slices.Sorted(maps.Keys(fields)) {
				entries := kit.Entries(t, match+"="+fields[match], own)
				if len(entries) != 2 {
					t.Errorf("%d entries have %s=%s, want 2", len(entries), match, fields[match])
				}
				for _, e := range entries {
					wantFields(t, e, fields)
				}
			}
			if got, want := priorities(t, "CONTAINER_ID="+id[:12], own), "3 error, 6 out"; got != want {
				t.Errorf("priorities %q, want %q", got, want)
			}
			if got, want := priorities(t, "-u", service(name), own), "3 error, 6 out"; got != want {
				t.Errorf("journalctl -u: %q, want %q", got, want)
			}
		})
	}
}

// wantFields compares the fields that are named in want.
func wantFields(t *testing.T, e journal.Fields, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got := e.Get(k); got != v {
			t.Errorf("%s=%q, want %q", k, got, v)
		}
	}
}

// priorities are the entries that match, as "PRIORITY MESSAGE", sorted: the
// order of stdout and stderr is not kept.
func priorities(t *testing.T, matches ...string) string {
	t.Helper()
	var list []string
	for _, e := range kit.Entries(t, matches...) {
		list = append(list, e.Get(journal.Priority)+" "+e.Get(journal.Message))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// The unit's journal tells a container's life as well: start, output, exit.
func TestJournal_Unit(t *testing.T) {
	shared, name := kit.Share(t), fresh("told")
	kit.Detach(t, name, script(name, "echo said; read x </shared/go; exit 9", "-v", shared.Volume())...)
	shared.Go(t)
	kit.NothingLeft(t, name)
	kit.Sync(t)
	out := kit.OK(t, "journalctl", "--output=cat", "-u", service(name))
	for _, want := range []string{"Starting", "Started", "said\n", "status=9", "Container " + name + " exited with status 9 (exit-code)\n", "Failed with result 'exit-code'"} {
		if strings.Count(out, want) != 1 {
			t.Errorf("%q is in it %d times:\n%s", want, strings.Count(out, want), out)
		}
	}
	// journald may read the record of the exit when its sender is gone, and
	// then does not know the sender's unit.
	for _, e := range kit.Entries(t, "MESSAGE_ID="+container.ExitMessageID, "UNITMON_NAME="+name) {
		wantFields(t, e, map[string]string{"OBJECT_SYSTEMD_UNIT": service(name)})
	}
}

// With --stdio journal there is neither a FIFO nor a relay, and priorities
// cannot be forged by a prefix (sd-daemon(3)).
func TestStdioJournal(t *testing.T) {
	id := kit.Detach(t, "direct", script("direct", "echo '<0>ready'; exec sleep infinity", "--stdio", "journal")...)
	kit.AwaitMessage(t, "<0>ready", "CONTAINER_ID_FULL="+id, "PRIORITY=6")
	kit.Settle(t)
	if ours := kit.Ours(t); len(ours) > 0 {
		t.Errorf("processes of ours: %v", ours)
	}
	if got := kit.OK(t, "find", "/run/unitmon/direct", "-type", "p"); got != "" {
		t.Errorf("FIFOs: %s", got)
	}
	wantShow(t, "unitmon-relay-direct.service", "ActiveState=inactive ExecMainPID=0", "ActiveState", "ExecMainPID")
}

// logs shows the output as the container wrote it, to stdout and stderr. With
// --stdio journal it is as journald has it, which drops empty lines and white
// space at the end of lines from its streams (journald-stream.c).
func TestLogs(t *testing.T) {
	for stdio, want := range map[string]string{
		"fifo":    "one\n\n  tw\303o \377 \t\nend\n",
		"journal": "one\n  tw\303o \377\nend\n",
	} {
		t.Run(stdio, func(t *testing.T) {
			name := fresh("logged-" + stdio)
			kit.Detach(t, name, script(name, `printf 'one\n\n  tw\303o \377 \t\n'; echo error >&2; echo end`, "--stdio", stdio)...)
			kit.NothingLeft(t, name)
			kit.Sync(t)
			r := kit.Unitmon(t, "logs", name)
			if r.Code != 0 || r.Stdout != want || r.Stderr != "error\n" {
				t.Errorf("logs: %+v, want %q", r, want)
			}
		})
	}
}

// A last line without an end has none in logs either; -n counts entries.
func TestLogs_Lines(t *testing.T) {
	name := fresh("short")
	kit.Detach(t, name, script(name, `printf 'one\ntwo\nend'`)...)
	kit.NothingLeft(t, name)
	kit.Sync(t)
	if r := kit.Unitmon(t, "logs", "-n", "2", name); r.Code != 0 || r.Stdout != "two\nend" {
		t.Errorf("logs -n 2: %+v", r)
	}
}

// logs --follow goes on with what comes.
func TestLogs_Follow(t *testing.T) {
	shared, name := kit.Share(t), fresh("talker")
	kit.Detach(t, name, script(name, "echo one; read x </shared/go; echo two; exec sleep infinity", "-v", shared.Volume())...)
	logs := kit.Start(t, "unitmon", "logs", "-f", name)
	logs.Await(t, "one\n")
	shared.Go(t)
	logs.Await(t, "one\ntwo\n")
}

// TestLogs_Forged: fields without '_' in front are whatever a sender says.
// What another user sends with a container's fields is not its output.
func TestLogs_Forged(t *testing.T) {
	for _, stdio := range []string{"fifo", "journal"} {
		t.Run(stdio, func(t *testing.T) {
			name := fresh("forged")
			kit.Detach(t, name, script(name, "echo true", "--stdio", stdio, "--user", "nobody")...)
			kit.NothingLeft(t, name)
			forged := "MESSAGE=forged\nCONTAINER_NAME=" + name + "\nSYSLOG_IDENTIFIER=" + name + "\n"
			kit.OK(t, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
				"sh", "-c", "printf %s \"$0\" | logger --journald", forged)
			kit.Sync(t)
			if got := kit.Messages(t, "CONTAINER_NAME="+name, "_UID=65534", "MESSAGE=forged"); len(got) != 1 {
				t.Fatalf("%d forged entries: the test shows nothing", len(got))
			}
			if got := kit.Unitmon(t, "logs", name); got != (kit.Result{Stdout: "true\n"}) {
				t.Errorf("logs: %+v", got)
			}
		})
	}
}
