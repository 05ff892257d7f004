package conf

import "slices"

// noImages is why keys about images are refused.
const noImages = "there are no images and no pulls: unpack one and name its directory with Rootfs=, or give a bundle with Bundle="

const noNetwork = "there are no container networks: Network=host or none"

const inService = "write the setting of systemd.resource-control(5) or systemd.exec(5) into [Service]: "

// refused are keys of quadlet's [Container] that mean nothing here, and why.
var refused = map[string]string{
	"Image": noImages, "Pull": noImages, "AutoUpdate": noImages,
	"Entrypoint":    "Exec= has the whole command",
	"ContainerName": "the name is the directory's",
	"ServiceName":   "the unit is unitmon@NAME.service",
	"PodmanArgs":    "there is no podman behind it; RuntimeArg= has arguments of the runtime",
	"GlobalArgs":    "there is no podman behind it; RuntimeArg= has arguments of the runtime",
	"Pod":           "there are no pods; Requires= and After= of [Unit] make containers depend on one another",
	"StartWithPod":  "there are no pods",
	"PublishPort":   noNetwork, "IP": noNetwork, "IP6": noNetwork, "NetworkAlias": noNetwork, "ExposeHostPort": noNetwork,
	"DNS": noNetwork, "DNSOption": noNetwork, "DNSSearch": noNetwork, "AddHost": noNetwork,
	"Secret":      "LoadCredential= of [Service] with Volume=, or EnvironmentFile=",
	"Mount":       "Volume= and Tmpfs= have mounts; all others need a bundle",
	"LogOpt":      "LogDriver=DRIVER:PATH, LogMaxSize= and LogMaxFiles= have it",
	"Memory":      inService + "MemoryMax=",
	"PidsLimit":   inService + "TasksMax=",
	"CgroupsMode": "the container is always in a control group of its own, below its unit",
	"Ulimit":      "a bundle has process.rlimits",
	"HealthCmd":   "a timer unit, or WatchdogSec= of [Service] with Notify=yes",
	"AddDevice":   "a bundle has linux.devices",
	"Sysctl":      "a bundle has linux.sysctl",
	"ShmSize":     "Tmpfs=/dev/shm:size=…",
	"RunInit":     "there is no init of ours; name one in Exec=",
	"UserNS":      "a bundle has linux.namespaces and linux.uidMappings",
	"Timezone":    "Environment=TZ=…, or Volume=/etc/localtime:/etc/localtime:ro",
}

const inRoot = "the runtime needs the host's root; Rootfs= of [Container] or a bundle has the container's"

// refusedService are settings of [Service] that would break the unit, and why.
var refusedService = map[string]string{
	"Type":             "it is notify",
	"NotifyAccess":     "it is all: launch, and with Notify=yes the container, tell the manager",
	"ExecStart":        "it is unitmon launch; Exec= of [Container] has the container's command",
	"Delegate":         "it is yes: the runtime makes the container's control group",
	"KillMode":         "it is mixed: the stop signal goes to the container's init",
	"KillSignal":       "StopSignal= of [Container] has it",
	"TimeoutStopSec":   "StopTimeout= of [Container] has it",
	"TimeoutSec":       "TimeoutStartSec= and StopTimeout= of [Container] have it",
	"PIDFile":          "the manager is told the main process",
	"GuessMainPID":     "the manager is told the main process",
	"BusName":          "the unit's type is notify",
	"ExitType":         "the container's init is the main process",
	"RemainAfterExit":  "the exit of the container is the exit of the unit",
	"User":             "the runtime is root's; User= of [Container] is the user in the container",
	"Group":            "the runtime is root's; Group= of [Container] is the group in the container",
	"DynamicUser":      "the runtime is root's; User= of [Container] is the user in the container",
	"Sockets":          "the sockets are those of the relay",
	"StandardInput":    "Interactive= and Terminal= of [Container] give a stdin",
	"StandardOutput":   "LogDriver= of [Container] says where the output goes",
	"StandardError":    "LogDriver= of [Container] says where the output goes",
	"DelegateSubgroup": "unitmon makes the control groups below the unit",
	"RootDirectory":    inRoot,
	"RootImage":        inRoot,
}

// refusedEmpty are lists of [Service] that may be added to, but not emptied, and why.
var refusedEmpty = map[string]string{
	"ExecStartPost": "emptied it lacks unitmon begin, which starts the container",
	"ExecStopPost":  "emptied it lacks unitmon reap, which stores the last output and the exit",
}

// serviceRefusal is why a setting of [Service] is refused; empty: it is not.
func serviceRefusal(key, value string) string {
	if why := refusedService[key]; why != "" || value != "" {
		return why
	}
	return refusedEmpty[key]
}

// PropertyRefusal is why a property KEY=VALUE would break a container's unit;
// empty: it would not. What [Service] must not have only because [Container] has a
// key for it does no harm.
func PropertyRefusal(key, value string) string {
	if slices.Contains([]string{"KillSignal", "TimeoutStopSec", "TimeoutSec"}, key) {
		return ""
	}
	return serviceRefusal(key, value)
}

// refusedInstall are settings of [Install] that a generator cannot make true.
var refusedInstall = map[string]string{
	"Alias":           "an instance has no other name",
	"Also":            "enable the other unit itself",
	"DefaultInstance": "the instance is the directory's name",
	"UpheldBy":        "Upholds= in the other unit does it",
}
