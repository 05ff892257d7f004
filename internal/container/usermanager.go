package container

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// systemOnly are settings of systemd.exec(5) that are for system services
// only. A user's own manager takes those of logging and does nothing (252 to
// 262), and lets a service with the others fail.
func systemOnly() []string {
	return []string{
		"LogExtraFields", "LogNamespace", "LogRateLimitBurst", "LogRateLimitIntervalSec", "LogRateLimitIntervalUSec",
		"DynamicUser", "Group", "SupplementaryGroups", "User",
	}
}

// checkManager refuses what a user's own manager does not have.
func (p *Plan) checkManager() error {
	if !p.config.User {
		return nil
	}
	for _, key := range p.keys() {
		if slices.Contains(systemOnly(), key) {
			return fmt.Errorf("property %s: it is for the system manager only", key)
		}
	}
	return nil
}

// keys are the names of the properties that were asked for.
func (p *Plan) keys() []string {
	var keys []string
	for _, a := range p.config.Properties {
		key, _, _ := strings.Cut(a, "=")
		keys = append(keys, key)
	}
	return keys
}

// Notes tell what was asked for and will have no effect with a user's own
// manager; one line each.
func (p *Plan) Notes() []string {
	if !p.config.User {
		return nil
	}
	var notes []string
	if p.config.Stdio == StdioJournal {
		notes = append(notes, fmt.Sprintf("a user manager has no LogExtraFields=: the output has no CONTAINER_ fields, see journalctl --user -u %s",
			UnitName(p.config.Name)))
	}
	delegated, err := os.ReadFile(delegatedControllers(p.config.OCI.UID))
	if err != nil {
		return notes // not known
	}
	for _, key := range p.keys() {
		if c := controllerOf(key); c != "" && !slices.Contains(strings.Fields(string(delegated)), c) {
			notes = append(notes, fmt.Sprintf("property %s has no effect: the %s controller is not delegated to the user manager", key, c))
		}
	}
	return notes
}

// delegatedControllers is the file that lists the controllers which a user's
// own manager may give to its units, user@.service(5).
func delegatedControllers(uid int) string {
	return fmt.Sprintf("%s/user.slice/user-%d.slice/user@%d.service/cgroup.controllers", cgroupRoot, uid, uid)
}

// controllerOf is the cgroup controller without which a setting of
// systemd.resource-control(5) does nothing; empty if it needs none.
func controllerOf(key string) string {
	switch key {
	case "MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax", "MemoryZSwapMax":
		return "memory"
	case "CPUWeight", "StartupCPUWeight", "CPUQuota":
		return "cpu"
	case "TasksMax":
		return "pids"
	case "AllowedCPUs", "StartupAllowedCPUs", "AllowedMemoryNodes", "StartupAllowedMemoryNodes":
		return "cpuset"
	case "IOWeight", "StartupIOWeight", "IODeviceWeight", "IODeviceLatencyTargetSec",
		"IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax":
		return "io"
	}
	return ""
}
