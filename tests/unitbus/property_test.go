package unitbus

import (
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// settings are compared with systemd-run, which reads the same words: what
// systemctl show prints of a unit made by either must be equal. The last field
// names the properties to look at where the setting's own name is not enough.
const settings = `
service Description=some text here
service TimeoutStartSec=1min 30s|TimeoutStartUSec
service TimeoutStopSec=infinity|TimeoutStopUSec
service TimeoutSec=12|TimeoutStartUSec,TimeoutStopUSec
service RestartSec=250ms|RestartUSec
service RuntimeMaxSec=1h 2m 3s|RuntimeMaxUSec
service WatchdogSec=5min 7us|WatchdogUSec
service TimerSlackNSec=3us|TimerSlackNSec
service Restart=on-failure
service RemainAfterExit=yes
service KillSignal=SIGINT
service RestartKillSignal=34
service FinalKillSignal=RTMIN+2
service KillMode=mixed
service SendSIGHUP=on
service UMask=0027
service RuntimeDirectory=aaa bbb
service RuntimeDirectoryMode=0711
service StateDirectory=cmp-state
service Nice=7
service OOMScoreAdjust=-100
service LimitNOFILE=1024:2048|LimitNOFILE,LimitNOFILESoft
service LimitCORE=infinity|LimitCORE,LimitCORESoft
service LimitAS=4G|LimitAS,LimitASSoft
service LimitCPU=2min|LimitCPU,LimitCPUSoft
service LimitNICE=+5|LimitNICE,LimitNICESoft
service LimitRTTIME=2s|LimitRTTIME,LimitRTTIMESoft
service MemoryMax=64M
service MemoryHigh=50%
service MemoryLow=1.5K
service MemorySwapMax=infinity
service TasksMax=33
service TasksMax=10%
service CPUQuota=20%|CPUQuotaPerSecUSec
service CPUQuota=150.5%|CPUQuotaPerSecUSec
service CPUQuotaPeriodSec=50ms|CPUQuotaPeriodUSec
service CPUWeight=200
service CPUWeight=idle
service IOWeight=50
service IOReadBandwidthMax=/dev/null 5M
service IODeviceWeight=/dev/null 20
service IODeviceLatencyTargetSec=/dev/null 5ms|IODeviceLatencyTargetUSec
service AllowedCPUs=0-1
service CPUAffinity=0 1
service DeviceAllow=/dev/null rw
service DevicePolicy=closed
service IPAddressAllow=10.0.0.0/8 fe80::1
service IPAddressAllow=localhost
service IPAddressDeny=any
service Delegate=yes|Delegate,DelegateControllers
service Delegate=cpu memory|Delegate,DelegateControllers
service Slice=cmp-test.slice
service Environment=A=1 "B=two words" 'C=x y'
service PassEnvironment=HOME TERM
service UnsetEnvironment=LANG
service EnvironmentFile=-/etc/nowhere|EnvironmentFiles
service SuccessExitStatus=3 SIGUSR1 TEMPFAIL
service RestartPreventExitStatus=1 2 SIGKILL
service RestartForceExitStatus=SIGTERM 77
service LogExtraFields=CONTAINER_ID=abc def
service SyslogIdentifier=ident
service SyslogLevel=debug
service SyslogFacility=local3
service SyslogLevelPrefix=no
service StandardOutput=null
service StandardOutput=append:/tmp/cmp-out|StandardOutput
service StandardInput=fd:name|StandardInput,StandardInputFileDescriptorName
service StandardInputData=aGVsbG8=
service ConditionPathExists=!/nonexistent|Conditions
service AssertPathExists=|/|Asserts
service OnFailure=a.service b.service
service After=network.target
service PartOf=c.service
service StartLimitIntervalSec=0|StartLimitIntervalUSec
service StartLimitBurst=9
service CollectMode=inactive-or-failed
service SystemCallFilter=~@debug @mount
service SystemCallErrorNumber=EPERM
service SystemCallArchitectures=native
service RestrictAddressFamilies=AF_UNIX AF_INET
service RestrictNamespaces=net pid
service CapabilityBoundingSet=CAP_NET_ADMIN CAP_KILL
service CapabilityBoundingSet=~CAP_SYS_ADMIN
service AmbientCapabilities=CAP_NET_RAW
service SecureBits=keep-caps
service BindPaths=/tmp /var/tmp:/mnt:norbind
service BindReadOnlyPaths=-/none:/mnt
service TemporaryFileSystem=/mnt:ro,size=1M
service ReadOnlyPaths=/etc "/a b"
service InaccessiblePaths=-/x
service ProtectSystem=strict
service PrivateTmp=yes
service NoNewPrivileges=true
service WorkingDirectory=-/tmp
service CPUSchedulingPolicy=batch
service IOSchedulingClass=idle
service MountFlags=slave
service ExecStartPre=-/bin/true a "b c"|ExecStartPre
service ExecStartPre=+/bin/true|ExecStartPreEx
service ExecStopPost=@/bin/echo argv0 x\x20y|ExecStopPost
service LogRateLimitIntervalSec=1us|LogRateLimitIntervalUSec
service FileDescriptorStoreMax=7
service NotifyAccess=all
service OOMPolicy=stop
service FailureActionExitStatus=3
service LoadCredential=x:/etc/hostname
service SetCredential=y:da\x41ta
service AppArmorProfile=-prof
service Personality=x86-64
scope TimeoutStopSec=7|TimeoutStopUSec
scope RuntimeMaxSec=1h|RuntimeMaxUSec
scope MemoryMax=1G
scope KillSignal=9
`

func TestParseProperty_AsSystemdRun(t *testing.T) {
	c := dial(t)
	for _, line := range strings.Split(strings.TrimSpace(settings), "\n") {
		kind, setting, _ := strings.Cut(line, " ")
		t.Run(setting, func(t *testing.T) {
			key, _, _ := strings.Cut(setting, "=")
			show := key
			if i := strings.LastIndex(setting, "|"); i > strings.Index(setting, "=")+1 {
				setting, show = setting[:i], setting[i+1:]
			}
			ours, theirs := name(t, kind), name(t, kind)
			byUs := made(t, c, kind, ours, setting, show)
			byThem := ran(t, kind, theirs, setting, show)
			byUs = strings.ReplaceAll(byUs, ours, theirs)
			if byUs != byThem {
				t.Errorf("by us:\n%s\nby systemd-run:\n%s", byUs, byThem)
			}
			if byUs == "" || strings.Contains(byUs, "[exit") {
				t.Errorf("nothing to compare: %s", byUs)
			}
		})
	}
}

// made starts a unit through package unit and shows properties.
func made(t *testing.T, c *unit.Conn, kind, unitName, setting, show string) string {
	props, err := c.ParseProperty(t.Context(), kind, setting)
	if err != nil {
		t.Fatal(err)
	}
	if kind == "scope" {
		cmd, release := sleeper(t)
		if err := c.StartScope(t.Context(), unit.Spec{Name: unitName, Properties: props}, cmd); err != nil {
			t.Fatal(err)
		}
		defer release()
		return shown(t, unitName, show)
	}
	props = append(props, unit.Property{Name: "AddRef", Value: true}, unit.Property{
		Name: "ExecStart", Value: []unit.Exec{{Path: "/bin/sleep", Args: []string{"/bin/sleep", "1000"}}},
	})
	if _, err := c.Start(t.Context(), unit.Spec{Name: unitName, Properties: props}); err != nil {
		t.Fatal(err)
	}
	defer drop(t, unitName)
	return shown(t, unitName, show)
}

// ran does the same through systemd-run.
func ran(t *testing.T, kind, unitName, setting, show string) string {
	if kind == "scope" {
		out := command(t, "systemd-run", "--quiet", "--scope", "--unit", unitName, "-p", setting, "sh", "-c",
			"systemctl show -p "+show+" "+unitName)
		return mask(out)
	}
	// RemainAfterExit= keeps the unit, whatever becomes of its process: a missing
	// StandardInput=fd: is a success to systemd 257.
	out := command(t, "systemd-run", "--no-block", "--unit", unitName, "-p", "RemainAfterExit=yes", "-p", setting, "/bin/sleep", "1000")
	if strings.Contains(out, "[exit") {
		t.Fatalf("systemd-run: %s", out)
	}
	defer drop(t, unitName)
	return shown(t, unitName, show)
}

// shown waits for the unit's start, or repeats one that failed: WatchdogUSec
// is set by it.
func shown(t *testing.T, unitName, show string) string {
	command(t, "systemctl", "start", unitName)
	return mask(command(t, "systemctl", "show", "-p", show, unitName))
}

// mask removes what differs from one start to the next.
func mask(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if j := strings.Index(l, " ; start_time="); j >= 0 {
			lines[i] = l[:j]
		}
		if list, ok := strings.CutPrefix(l, "After="); ok { // in no order
			names := strings.Fields(list)
			slices.Sort(names)
			lines[i] = "After=" + strings.Join(names, " ")
		}
	}
	return strings.Join(lines, "\n")
}

func drop(t *testing.T, unitName string) {
	command(t, "systemctl", "kill", "-s", "KILL", unitName)
	command(t, "systemctl", "stop", unitName)
	command(t, "systemctl", "reset-failed", unitName)
}

func TestParseProperty_Refuses(t *testing.T) {
	c := dial(t)
	for _, s := range []struct{ kind, assignment, want string }{
		{"service", "Foo=1", "property Foo: unknown"},
		{"scope", "ExecStart=/bin/true", "property ExecStart: unknown"},
		{"service", "NoValue", "not KEY=VALUE"},
		{"service", "RootHash=00", "property RootHash: cannot be set"},
		{"timer", "A=b", "not a service"},
		{"service", "KillSignal=SIGNOPE", "no signal"},
	} {
		_, err := c.ParseProperty(t.Context(), s.kind, s.assignment)
		if err == nil || !strings.Contains(err.Error(), s.want) {
			t.Errorf("%s: %v, want %q", s.assignment, err, s.want)
		}
	}
}

// socketSettings cannot be shown by systemd-run, whose sockets have another
// unit to it; they are read back.
func TestParseProperty_Socket(t *testing.T) {
	c := dial(t)
	s := unit.Spec{Name: name(t, "socket")}
	dir := "/run/" + s.Name
	for _, a := range []string{
		"ListenFIFO=" + dir + "/f", "ListenSequentialPacket=" + dir + "/s", "SocketMode=0600", "DirectoryMode=0700",
		"PipeSize=64K", "RemoveOnStop=yes", "FileDescriptorName=nnn", "TimeoutSec=3s", "Backlog=5", "PassCredentials=yes",
	} {
		props, err := c.ParseProperty(t.Context(), "socket", a)
		if err != nil {
			t.Fatal(err)
		}
		s.Properties = append(s.Properties, props...)
	}
	service := unit.Spec{Name: strings.TrimSuffix(s.Name, "socket") + "service", Properties: shell(t, "exit 0").Properties}
	start(t, c, s, service)
	got := command(t, "systemctl", "show", s.Name, "-p",
		"Listen,SocketMode,DirectoryMode,PipeSize,RemoveOnStop,FileDescriptorName,TimeoutUSec,Backlog,PassCredentials,Triggers")
	for _, want := range []string{
		dir + "/f (FIFO)", dir + "/s (SequentialPacket)", "SocketMode=0600", "DirectoryMode=0700", "PipeSize=65536",
		"RemoveOnStop=yes", "FileDescriptorName=nnn", "TimeoutUSec=3s", "Backlog=5", "PassCredentials=yes",
		"Triggers=" + service.Name,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
