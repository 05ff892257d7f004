package setting

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// types are some of a service's and a socket's, as systemd 252 tells them.
func types() Types {
	t := Types{}
	for _, line := range strings.Split(strings.TrimSpace(`
b  RemainAfterExit CPUAccounting Delegate
s  Type Restart StandardOutput StandardInput SELinuxContext
i  KillSignal Nice SyslogLevel LogLevelMax CPUSchedulingPolicy SecureBits SystemCallErrorNumber FailureActionExitStatus
u  UMask DirectoryMode StartLimitBurst ManagedOOMMemoryPressureLimit
t  RestartUSec TimeoutStartUSec TimeoutStopUSec MemoryMax TasksMax CPUQuotaPerSecUSec CPUWeight TimerSlackNSec
t  LimitNOFILE LimitNOFILESoft LimitCPU LimitCPUSoft LimitNICE LimitNICESoft CapabilityBoundingSet
t  RestrictNamespaces MountFlags LimitRTTIME LimitRTTIMESoft
n  IPTTLs
as After Environment DelegateControllers RuntimeDirectory
ay AllowedCPUs StandardInputData RootHash
aay LogExtraFields
(bs) AppArmorProfile
(bas) SystemCallFilter
a(ss) DeviceAllow TemporaryFileSystem Listen LoadCredential RootImageOptions
a(st) IOReadBandwidthMax IODeviceLatencyTargetUSec
a(sb) EnvironmentFiles
(aiai) SuccessExitStatus
a(iayu) IPAddressAllow
a(sst) OpenFile
a(ssbt) BindPaths
a(say) SetCredential
a(sbbsi) Conditions Asserts
a(sasbttttuii) ExecStart
`), "\n") {
		f := strings.Fields(line)
		for _, name := range f[1:] {
			t[name] = f[0]
		}
	}
	return t
}

// is makes a single assignment.
func is(name string, value any) []Assignment { return []Assignment{{name, value}} }

func TestParse(t *testing.T) {
	const inf = uint64(math.MaxUint64)
	for in, want := range map[string][]Assignment{
		"Type=notify":                          is("Type", "notify"),
		"RemainAfterExit=On":                   is("RemainAfterExit", true),
		"KillSignal=INT":                       is("KillSignal", int32(2)),
		"Nice=-5":                              is("Nice", int32(-5)),
		"SyslogLevel=debug":                    is("SyslogLevel", int32(7)),
		"LogLevelMax=info":                     is("LogLevelMax", int32(6)),
		"CPUSchedulingPolicy=idle":             is("CPUSchedulingPolicy", int32(5)),
		"SecureBits=keep-caps":                 is("SecureBits", int32(16)),
		"SystemCallErrorNumber=EIO":            is("SystemCallErrorNumber", int32(5)),
		"FailureActionExitStatus=":             is("FailureActionExitStatus", int32(-1)),
		"UMask=027":                            is("UMask", uint32(0o27)),
		"StartLimitBurst=10":                   is("StartLimitBurst", uint32(10)),
		"ManagedOOMMemoryPressureLimit=100%":   is("ManagedOOMMemoryPressureLimit", uint32(math.MaxUint32)),
		"RestartSec=1min 30s":                  is("RestartUSec", uint64(90e6)),
		"RestartSec=1.5":                       is("RestartUSec", uint64(1.5e6)),
		"RestartSec=0.29s":                     is("RestartUSec", uint64(290000)),
		"RestartSec=infinity":                  is("RestartUSec", inf),
		"TimeoutSec=3":                         {{"TimeoutStartUSec", uint64(3e6)}, {"TimeoutStopUSec", uint64(3e6)}},
		"TimerSlackNSec=3us":                   is("TimerSlackNSec", uint64(3000)),
		"MemoryMax=1.5K":                       is("MemoryMax", uint64(1536)),
		"MemoryMax=50%":                        is("MemoryMaxScale", uint32(2147483648)),
		"TasksMax=infinity":                    is("TasksMax", inf),
		"CPUQuota=20%":                         is("CPUQuotaPerSecUSec", uint64(200000)),
		"CPUQuota=":                            is("CPUQuotaPerSecUSec", inf),
		"CPUWeight=idle":                       is("CPUWeight", uint64(0)),
		"LimitNOFILE=1:2":                      {{"LimitNOFILE", uint64(2)}, {"LimitNOFILESoft", uint64(1)}},
		"LimitCPU=1500ms":                      {{"LimitCPU", uint64(2)}, {"LimitCPUSoft", uint64(2)}},
		"LimitNICE=+5":                         {{"LimitNICE", uint64(15)}, {"LimitNICESoft", uint64(15)}},
		"LimitRTTIME=7":                        {{"LimitRTTIME", uint64(7)}, {"LimitRTTIMESoft", uint64(7)}},
		"CapabilityBoundingSet=cap_kill chown": is("CapabilityBoundingSet", uint64(1<<5|1)),
		"RestrictNamespaces=no":                is("RestrictNamespaces", uint64(0x7e020000)),
		"RestrictNamespaces=~user":             is("RestrictNamespaces", uint64(0x6e020000)),
		"After=a.service b.service":            is("After", []string{"a.service", "b.service"}),
		"After=":                               is("After", []string{}),
		`Environment=A=1 "B=x y" C=\x41`:       is("Environment", []string{"A=1", "B=x y", "C=A"}),
		"EnvironmentFile=-/x":                  is("EnvironmentFiles", []MarkedAfter{{"/x", true}}),
		"AllowedCPUs=0-2,9":                    is("AllowedCPUs", []byte{7, 2}),
		"LogExtraFields=A_B=c d":               is("LogExtraFields", [][]byte{[]byte("A_B=c d")}),
		"AppArmorProfile=-p":                   is("AppArmorProfile", Marked{true, "p"}),
		"SystemCallFilter=~@a b":               is("SystemCallFilter", List{false, []string{"@a", "b"}}),
		"DeviceAllow=/dev/null rw":             is("DeviceAllow", []Pair{{"/dev/null", "rw"}}),
		"DeviceAllow=":                         is("DeviceAllow", []Pair{}),
		"TemporaryFileSystem=/a:ro /b":         is("TemporaryFileSystem", []Pair{{"/a", "ro"}, {"/b", ""}}),
		"LoadCredential=x":                     is("LoadCredential", []Pair{{"x", "x"}}),
		"IOReadBandwidthMax=/d 5K":             is("IOReadBandwidthMax", []Amount{{"/d", 5000}}),
		"IODeviceLatencyTargetSec=/d 5ms":      is("IODeviceLatencyTargetUSec", []Amount{{"/d", 5000}}),
		"SuccessExitStatus=3 SIGKILL TEMPFAIL": is("SuccessExitStatus", ExitStatuses{[]int32{3, 75}, []int32{9}}),
		"IPAddressAllow=10.0.0.0/8":            is("IPAddressAllow", []Prefix{{2, []byte{10, 0, 0, 0}, 8}}),
		"OpenFile=/a:n:read-only,graceful":     is("OpenFile", []Triple{{"/a", "n", 9}}),
		"BindPaths=/a -/b:/c:norbind":          is("BindPaths", []Bind{{"/a", "/a", false, msRec}, {"/b", "/c", true, 0}}),
		`SetCredential=a:\x62`:                 is("SetCredential", []Credential{{"a", []byte("b")}}),
		"RuntimeDirectory=a:b c":               {{"RuntimeDirectory", []string{"a", "c"}}, {"RuntimeDirectorySymlink", []Triple{{"a", "b", 0}}}},
		"ConditionPathExists=|!/x":             is("Conditions", []Condition{{"ConditionPathExists", true, true, "/x"}}),
		"AssertHost=":                          is("Asserts", []Condition{}),
		"ListenFIFO=/x":                        is("Listen", []Pair{{"FIFO", "/x"}}),
		"StandardOutput=append:/x":             is("StandardOutputFileToAppend", "/x"),
		"StandardInput=fd:n":                   is("StandardInputFileDescriptorName", "n"),
		"StandardInputData=aGk=":               is("StandardInputData", []byte("hi")),
		"StandardInputText=a\\n":               is("StandardInputData", []byte("a\n\n")),
		"Delegate=cpu io":                      is("DelegateControllers", []string{"cpu", "io"}),
		"Delegate=yes":                         is("Delegate", true),
		`ExecStart=-/bin/a "b c"`:              is("ExecStart", []Exec{{"/bin/a", []string{"/bin/a", "b c"}, true}}),
		"ExecStart=@/bin/a z":                  is("ExecStart", []Exec{{"/bin/a", []string{"z"}, false}}),
		"ExecStart=+!!/bin/a":                  is("ExecStartEx", []ExecEx{{"/bin/a", []string{"/bin/a"}, []string{"privileged", "ambient"}}}),
		"ExecStart=":                           is("ExecStart", []Exec{}),
		"SELinuxContext=c":                     is("SELinuxContext", "c"),
		"IPTTLs=7":                             is("IPTTLs", int16(7)),
		"MountFlags=slave":                     is("MountFlags", uint64(1<<19)),
	} {
		key, value, _ := strings.Cut(in, "=")
		got, err := Parse(types(), key, value)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

func TestParse_Refuses(t *testing.T) {
	for in, want := range map[string]string{
		"Foo=1":                     "unknown",
		"FooSec=1":                  "unknown",
		"RemainAfterExit=maybe":     "no truth value",
		"KillSignal=0":              "no signal",
		"UMask=9":                   "base 8",
		"UMask=77777":               "base 8",
		"Nice=x":                    "no number",
		"RestartSec=":               "no time span",
		"RestartSec=1 fortnight":    "unknown unit",
		"RestartSec=-1":             "no number",
		"RestartSec=9999999999999y": "too long",
		"MemoryMax=1Q":              "no size",
		"MemoryMax=99999999E":       "too large",
		"MemoryMax=101%":            "more than 100%",
		"CPUQuota=1":                "no percentage",
		"CPUQuota=0%":               "is none",
		"LimitNOFILE=2:1":           "above",
		"LimitNOFILE=":              "no limit",
		`After="a`:                  "unbalanced",
		`After=a\`:                  "backslash",
		`Environment=A=\xZZ`:        "bad escape",
		`Environment=A=\x00`:        "bad escape",
		"Environment=1A=b":          "no variable name",
		"Environment=A":             "no NAME=VALUE",
		"AllowedCPUs=3-1":           "no range",
		"AllowedCPUs=99999":         "no range",
		"LogExtraFields=_A=b":       "no journal field",
		"LogExtraFields=a=b":        "no journal field",
		"RootHash=00":               "cannot be set",
		"RootImageOptions=a":        "cannot be set",
		"SuccessExitStatus=256":     "neither",
		"IPAddressAllow=1.2.3":      "no address",
		"BindPaths=/a:/b:x":         "unknown option",
		"OpenFile=/a:b:x":           "unknown option",
		"ExecStart=a":               "absolute",
		"ExecStart=@/a":             "no command",
		"ExecStart=--/a":            "twice",
		"CapabilityBoundingSet=x":   "no capability",
		"RestrictNamespaces=x":      "no kind",
		"SetCredential=x":           "NAME:DATA",
		"IOReadBandwidthMax=/d":     "not PATH",
		"MountFlags=x":              "propagation",
		"Type=a\nb":                 "line break",
		"IPTTLs=70000":              "no number",
	} {
		key, value, _ := strings.Cut(in, "=")
		got, err := Parse(types(), key, value)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "property "+key+": ") {
			t.Errorf("%s: %v, %v; want %q", in, got, err, want)
		}
	}
}
