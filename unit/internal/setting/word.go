package setting

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// capabilityNames are the kernel's, in the order of their numbers; see
// <linux/capability.h>. New ones are only ever added at the end.
const capabilityNames = "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap " +
	"linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module " +
	"sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time " +
	"sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog " +
	"wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"

// capabilities reads names, "~" for all but these, as a bit mask.
func capabilities(value string) (uint64, error) {
	value, invert := strings.CutPrefix(value, "~")
	list, err := words(value, unquote)
	if err != nil {
		return 0, err
	}
	var mask uint64
	for _, w := range list {
		bit := bitOf(strings.TrimPrefix(strings.ToLower(w), "cap_"), capabilityNames)
		if bit == 0 {
			return 0, fmt.Errorf("%q is no capability", w)
		}
		mask |= bit
	}
	if invert {
		mask = ^mask & allCapabilities
	}
	return mask, nil
}

// allCapabilities has room for what later kernels add; the manager ignores
// bits that its kernel does not have.
const allCapabilities = math.MaxUint64 >> 1

// bitOf returns the bit of a word in a list, 0 if it is not there.
func bitOf(s, list string) uint64 {
	i := slices.Index(strings.Fields(list), s)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// namespaces reads a truth value or kinds of namespaces, as the mask of those
// that are allowed; the bits are those of clone(2).
func namespaces(value string) (uint64, error) {
	const all = 0x02000000 | 0x08000000 | 0x40000000 | 0x00020000 | 0x20000000 | 0x10000000 | 0x04000000
	if b, err := parseBool(value); err == nil {
		if b {
			return 0, nil
		}
		return all, nil
	}
	value, invert := strings.CutPrefix(value, "~")
	var mask uint64
	for _, w := range strings.Fields(value) {
		bit := namespace(w)
		if bit == 0 {
			return 0, fmt.Errorf("%q is no kind of namespace", w)
		}
		mask |= bit
	}
	if invert {
		mask = all &^ mask
	}
	return mask, nil
}

func namespace(s string) uint64 {
	switch s {
	case "cgroup":
		return 0x02000000
	case "ipc":
		return 0x08000000
	case "net":
		return 0x40000000
	case "mnt":
		return 0x00020000
	case "pid":
		return 0x20000000
	case "user":
		return 0x10000000
	case "uts":
		return 0x04000000
	}
	return 0
}

// secureBits reads names of capabilities(7) as a bit mask.
func secureBits(value string) (int32, error) {
	const names = "noroot noroot-locked no-setuid-fixup no-setuid-fixup-locked keep-caps keep-caps-locked"
	list, err := words(value, unquote)
	var mask int32
	for _, w := range list {
		bit := bitOf(w, names)
		if bit == 0 {
			return 0, fmt.Errorf("%q is no secure bit", w)
		}
		mask |= int32(bit)
	}
	return mask, err
}

// wordNumber returns the number that a setting's word stands for. "?" is a
// number without a word.
func wordNumber(key, word string) (int32, bool) {
	var names string
	switch key {
	case "SyslogLevel", "LogLevelMax":
		names = "emerg alert crit err warning notice info debug"
	case "SyslogFacility":
		names = "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ? ? ? ? " +
			"local0 local1 local2 local3 local4 local5 local6 local7"
	case "CPUSchedulingPolicy":
		names = "other fifo rr batch ? idle"
	case "IOSchedulingClass":
		names = "none realtime best-effort idle"
	case "NUMAPolicy":
		names = "default preferred bind interleave local"
	case "IPTOS":
		return ipTOS(word)
	}
	i := slices.Index(strings.Fields(names), word)
	return int32(i), i >= 0 && word != "?"
}

// ipTOS returns the values of <netinet/ip.h>.
func ipTOS(word string) (int32, bool) {
	switch word {
	case "low-delay":
		return 0x10, true
	case "throughput":
		return 0x08, true
	case "reliability":
		return 0x04, true
	case "low-cost":
		return 0x02, true
	}
	return 0, false
}

// exitName returns the code of an exit status name: the C library's two and
// those of <sysexits.h>, which begin at 64. The manager's own and the LSB's
// can be given by number.
func exitName(s string) (int32, bool) {
	const sysexits = "USAGE DATAERR NOINPUT NOUSER NOHOST UNAVAILABLE SOFTWARE OSERR OSFILE CANTCREAT " +
		"IOERR TEMPFAIL PROTOCOL NOPERM CONFIG"
	switch s {
	case "SUCCESS":
		return 0, true
	case "FAILURE":
		return 1, true
	}
	i := slices.Index(strings.Fields(sysexits), s)
	return int32(i) + 64, i >= 0
}
