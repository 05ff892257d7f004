package box

import (
	"encoding/json"
	"fmt"
	"os"
)

// Four stages of the same executable stand behind a guest (see GuestOptions);
// the last three run in it:
//
//   - kernel is the first process of a new pid namespace, and has its mounts
//     for itself. It makes the guest's files on a tmpfs and runs the kernel. It
//     is killed when the process that wants the guest ends (PR_SET_PDEATHSIG),
//     and with it, being the first, everything else in the namespace: of a
//     kernel that is killed alone, processes stay.
//   - init mounts what a machine has mounted and executes systemd.
//   - run is the service that systemd starts when it has booted: it runs enter,
//     moves the output to the serial lines, reports how the program ended, and
//     its own end is the guest's.
//   - enter is what it is in a box: it becomes a login and executes the
//     program.
const (
	umlStageEnv = "UNITMON_BOX_UML_STAGE"

	umlKernel = "kernel"
	umlInit   = "init"
	umlRun    = "run"
	umlEnter  = "enter"
)

const (
	// umlDir is where a guest's own files are, in the mount namespace of the
	// kernel stage and in the guest. A guest has a /run of its own in any case,
	// so nothing is hidden from it.
	umlDir = "/run/unitmon-uml"

	umlSpecFile  = umlDir + "/spec.json"
	umlStageFile = umlDir + "/stage"
	umlPrograms  = umlDir + "/bin"

	// umlSerial is the first of the serial lines standard output, standard
	// error and report, in this order.
	umlSerial = "/dev/ttyS"
	umlLines  = 3
)

// umlSpec is what the stages get to know.
type umlSpec struct {
	Name     string
	Memory   int64 // MiB
	Programs []string
	Root     string   // the module's directory, where Programs are built
	Test     string   // directory of a test package; its test binary serves as Stage and is built
	Stage    string   // the executable of the stages inside, where Test is empty
	Environ  []string // what the builds see
	Entry    entry    // the program to run
}

// umlReport is how the program ended, or why it never ran.
type umlReport struct {
	Status, Signal int
	Err            string
}

// GuestStage makes this process the stage of a guest that its environment
// names, and then does not return; otherwise it does nothing. A program that
// calls [RunGuest] calls GuestStage first thing in main; [GuestMain] does so
// itself.
func GuestStage() {
	stage, found := os.LookupEnv(umlStageEnv)
	if !found {
		return
	}
	os.Unsetenv(umlStageEnv)
	var err error
	switch stage {
	case umlKernel:
		err = runKernel()
	case umlInit:
		err = becomeGuestInit()
	case umlRun:
		err = runInGuest()
	case umlEnter:
		err = enterGuest()
	default:
		err = fmt.Errorf("%s=%s: no such stage", umlStageEnv, stage)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "unitmon-guest %s: %v\n", stage, err)
		os.Exit(255)
	}
	os.Exit(0)
}

// readSpec reads what the kernel stage has left for those inside.
func readSpec() (umlSpec, error) {
	var s umlSpec
	data, err := os.ReadFile(umlSpecFile)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("%s: %w", umlSpecFile, err)
	}
	return s, nil
}
