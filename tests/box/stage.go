package box

import (
	"fmt"
	"os"
)

const (
	stageEnv  = "UNITMON_BOX_STAGE"
	insideEnv = "UNITMON_BOX"

	stageKeeper = "keeper"
	stageInit   = "init"
	stageEnter  = "enter"
)

// Stage makes this process the stage of a box that its environment names, and
// then does not return; otherwise it does nothing. A program that calls
// [Boot] calls Stage first thing in main or TestMain; [Main] does so itself.
func Stage() {
	stage, found := os.LookupEnv(stageEnv)
	if !found {
		return
	}
	os.Unsetenv(stageEnv)
	var err error
	switch stage {
	case stageKeeper:
		err = keep()
	case stageInit:
		err = becomeInit()
	case stageEnter:
		err = enter()
	default:
		err = fmt.Errorf("%s=%s: no such stage", stageEnv, stage)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "unitmon-box %s: %v\n", stage, err)
		os.Exit(255)
	}
	os.Exit(0)
}

// stageEnviron is the environment that a stage starts with. The race detector
// would wait a second before each ends.
func stageEnviron(stage string) []string {
	return []string{stageEnv + "=" + stage, "PATH=" + defaultPath, "GORACE=atexit_sleep_ms=0"}
}

// Inside reports whether this process runs in a box.
func Inside() bool { return os.Getenv(insideEnv) != "" }
