package lifecycle

// row says where an operation leads from each state, in the order of [States];
// no is that it is not allowed.
type row struct {
	op   Op
	next [6]State
}

const no State = ""

// containerTable is the life of a container. Where it is stricter than the
// runtimes, it is so because they differ or do harm: to pause a created container
// is allowed by runc and a panic of runsc; to checkpoint one destroys it with
// runsc; stats and ps of one are refused by runsc. It lets a paused container be
// killed, which KILL does at once; other signals arrive when it is resumed.
func containerTable() []row {
	return []row{
		//                  creating  created  running  paused   stopped  deleted
		{OpCreate, [6]State{no, no, no, no, no, Creating}},
		{opCreated, [6]State{Created, no, no, no, no, no}},
		{OpStart, [6]State{no, Running, no, no, no, no}},
		{OpExec, [6]State{no, no, Running, no, no, no}},
		{OpKill, [6]State{no, Created, Running, Paused, no, no}},
		{OpKillAll, [6]State{no, Created, Running, Paused, no, no}},
		{OpResize, [6]State{no, Created, Running, Paused, no, no}},
		{OpPause, [6]State{no, no, Paused, no, no, no}},
		{OpResume, [6]State{no, no, no, Running, no, no}},
		{OpCheckpoint, [6]State{no, no, Stopped, Stopped, no, no}},
		{OpCheckpointLeave, [6]State{no, no, Running, Paused, no, no}},
		{OpRestore, [6]State{no, Running, no, no, no, Running}},
		{OpUpdate, [6]State{no, Created, Running, Paused, no, no}},
		{OpStats, [6]State{no, no, Running, Paused, no, no}},
		{OpProcesses, [6]State{no, no, Running, Paused, no, no}},
		{OpStatus, [6]State{Creating, Created, Running, Paused, Stopped, Deleted}},
		{OpWait, [6]State{Creating, Created, Running, Paused, Stopped, Deleted}},
		{OpDelete, [6]State{no, Deleted, no, no, Deleted, no}},
		{OpDeleteForce, [6]State{Deleted, Deleted, Deleted, Deleted, Deleted, Deleted}},
		{opExit, [6]State{Stopped, Stopped, Stopped, Stopped, Stopped, Deleted}},
	}
}

// processTable is the life of a process that is executed in a container: it is
// created with its options, and what concerns the whole container is not for it.
func processTable() []row {
	return []row{
		//                  creating  created  running  paused   stopped  deleted
		{OpStart, [6]State{no, Running, no, no, no, no}},
		{OpKill, [6]State{no, no, Running, no, no, no}},
		{OpResize, [6]State{no, Created, Running, no, no, no}},
		{OpStatus, [6]State{Creating, Created, Running, Paused, Stopped, Deleted}},
		{OpWait, [6]State{Creating, Created, Running, Paused, Stopped, Deleted}},
		{OpDelete, [6]State{no, Deleted, no, no, Deleted, no}},
		{opExit, [6]State{no, Stopped, Stopped, no, Stopped, Deleted}},
	}
}

// next is where op leads from s by a table; no if it is not allowed.
func next(table []row, s State, op Op) State {
	for _, r := range table {
		if r.op != op {
			continue
		}
		for i, state := range States() {
			if state == s {
				return r.next[i]
			}
		}
	}
	return no
}

// Next is the state of a container after op has succeeded; false if s does not
// allow it.
func (s State) Next(op Op) (State, bool) {
	n := next(containerTable(), s, op)
	return n, n != no
}

// Check is nil if a container in state s allows op, else a *NotAllowed.
func (s State) Check(op Op) error {
	if next(containerTable(), s, op) == no {
		return &NotAllowed{State: s, Op: op}
	}
	return nil
}

// CheckProcess is Check for a process that is executed in a container.
func (s State) CheckProcess(op Op) error {
	if next(processTable(), s, op) == no {
		return &NotAllowed{State: s, Op: op, Process: true}
	}
	return nil
}
