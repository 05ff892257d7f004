package cli

// Options is what a command line says. After Parse the fields hold the values
// as they were given, and conmon's defaults where none was. After Check those
// that depend on the working directory and on each other are set too.
type Options struct {
	APIVersion int // 0, or 1 with --api-version
	Bundle     string
	CID        string
	CUUID      string
	Name       string

	Runtime     string
	RuntimeArgs []string // --runtime-arg: before the verb
	RuntimeOpts []string // --runtime-opt and --restore-arg, in order: after it

	ContainerPIDFile string
	ConmonPIDFile    string
	ExitDir          string
	PersistDir       string

	ExitCommand string
	ExitArgs    []string // empty ones among them are meant
	ExitDelay   int      // seconds

	Exec            bool
	ExecAttach      bool
	ExecProcessSpec string
	Restore         string // path of the checkpoint; "": no restore

	Stdin          bool
	Terminal       bool
	LeaveStdinOpen bool

	Log              Log   // set by Check
	LogSizeMax       int64 // bytes; <= 0: no limit
	LogGlobalSizeMax int64 // bytes; <= 0: no limit
	LogRotate        bool
	LogMaxFiles      int
	LogAllowlist     []string
	LogTag           string
	LogLabels        []string // NAME=value
	NoPartialMessage bool
	NoSyncLog        bool
	LogLevel         Level
	Syslog           bool

	NoNewKeyring  bool
	NoPivot       bool
	SystemdCgroup bool
	FullAttach    bool
	SocketDir     string

	SDNotifySocket   string
	ReplaceListenPID bool
	Sync             bool
	Timeout          int // seconds; <= 0: none

	// Unit is how the monitor becomes a unit: auto, stay, scope or service.
	Unit string
	// Priority is what a "<N>" before a line of the container's means for the
	// journal: stream (nothing: the stream decides) or line (N decides).
	Priority string

	apiVersion bool
	version    bool
	logPaths   []string
	logLevel   string
	given      given
}

// Log is where a container's output goes. Without any of them it goes nowhere.
type Log struct {
	File        string // absolute path, in the format k8s-file; "": none
	Journal     bool
	Passthrough bool // the runtime inherits the monitor's own stdio
}

// given tells an option with an empty value from one that is not there, where
// that makes a difference.
type given struct {
	bundle, cid, cuuid, runtime, pidFile, processSpec, restore, tag, level bool
}

// The defaults that are not a zero value.
const (
	defaultSocketDir = "/var/run/crio"
	defaultMaxFiles  = 1
	noLimit          = -1
)

// Defaults returns the options of an empty command line.
func Defaults() *Options {
	return &Options{
		LogSizeMax: noLimit, LogGlobalSizeMax: noLimit, LogMaxFiles: defaultMaxFiles,
		LogLevel: LevelWarn, SocketDir: defaultSocketDir,
	}
}
