package unit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/unit/internal/setting"
)

// Errors that callers branch on, with errors.Is.
var (
	// ErrNoManager: no systemd manager answers, by the bus or privately.
	ErrNoManager = errors.New("no systemd manager")
	// ErrExists: the name is taken by a loaded unit or a unit file. A transient
	// unit that failed keeps its name until ResetFailed, unless it was started
	// with CollectMode=inactive-or-failed.
	ErrExists = errors.New("unit exists")
	// ErrNotLoaded: the manager knows no such unit (now).
	ErrNotLoaded = errors.New("unit not loaded")
	// ErrNotReferenced: this connection holds no reference to the unit.
	ErrNotReferenced = errors.New("unit not referenced")
	// ErrOnlyByDependency: the unit is started or stopped by other units only,
	// RefuseManualStart= and RefuseManualStop= in systemd.unit(5).
	ErrOnlyByDependency = errors.New("unit refuses to be started or stopped by itself")
	// ErrByFileOnly: ParseProperty cannot read a setting of this type, which a
	// unit file can have.
	ErrByFileOnly = setting.ErrUnsupported
	// ErrNoProcess: a unit has no such process, as "main" of [Conn.Kill].
	ErrNoProcess = errors.New("no such process in the unit")
	// ErrPermission: the manager, or polkit for it, refuses this caller.
	ErrPermission = fs.ErrPermission
	// ErrDisconnected: the connection, or the manager, went away during a call
	// that changes something; it may have been done or not.
	ErrDisconnected = errors.New("disconnected from the manager")
	// ErrClosed: the Conn or the Watch was closed.
	ErrClosed = errors.New("connection closed")
)

// CallError is a refusal by the manager or the bus.
type CallError struct {
	Name    string // the D-Bus error name
	Message string // the manager's own words
}

// Error returns the manager's message, or the error name if it sent none.
func (e *CallError) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return strings.TrimSuffix(e.Message, ".")
}

// Is maps the manager's error names to this package's sentinels.
func (e *CallError) Is(target error) bool {
	switch e.Name {
	case errUnitExists:
		return target == ErrExists
	case errNoSuchUnit, errNoUnitForPID:
		return target == ErrNotLoaded
	case errNoSuchProcess:
		return target == ErrNoProcess
	case errNotReferenced:
		return target == ErrNotReferenced
	case errOnlyByDependency:
		return target == ErrOnlyByDependency
	case errAccessDenied, errAuthRequired:
		return target == ErrPermission
	}
	return false
}

// PropertyError says that the manager refused a property of a unit: unknown to
// this version, not settable on this kind of unit, or a bad value.
type PropertyError struct {
	Unit     string
	Property string // empty where the manager's message does not name it
	Err      error  // the manager's *CallError
}

// Error names the unit and, where it is known, the property.
func (e *PropertyError) Error() string {
	if e.Property == "" {
		return fmt.Sprintf("properties of %s: %v", e.Unit, e.Err)
	}
	return fmt.Sprintf("property %s of %s: %v", e.Property, e.Unit, e.Err)
}

// Unwrap returns the manager's refusal.
func (e *PropertyError) Unwrap() error { return e.Err }

// refused turns a manager's refusal of one of specs' properties into a
// *PropertyError; every other error stays as it is.
func refused(err error, specs ...Spec) error {
	var ce *CallError
	if !errors.As(err, &ce) {
		return err
	}
	switch ce.Name {
	case errReadOnly, errInvalidArgs, errUnknownProp, errBadSetting:
		unit, prop := blame(ce.Message, specs)
		return &PropertyError{Unit: unit, Property: prop, Err: err}
	}
	return err
}

// blame finds the property that the manager's message speaks of. A longer name
// wins over one that it contains.
func blame(msg string, specs []Spec) (unit, prop string) {
	if len(specs) > 0 {
		unit = specs[0].Name
	}
	words := strings.FieldsFunc(msg, func(r rune) bool { return strings.ContainsRune(" ,.:='\"", r) })
	for _, s := range specs {
		for _, p := range s.Properties {
			for _, w := range words {
				if w == p.Name && len(w) > len(prop) {
					unit, prop = s.Name, w
				}
			}
		}
	}
	return unit, prop
}

// converted replaces godbus's errors by this package's.
func converted(err error) error {
	var de dbus.Error
	if !errors.As(err, &de) {
		if err != nil && lostLink(err) {
			return fmt.Errorf("%w: %w", ErrDisconnected, err)
		}
		return err
	}
	switch de.Name {
	case errNoReply, errServiceUnknown, errDisconnected:
		return fmt.Errorf("%w: %s", ErrDisconnected, de.Error())
	}
	ce := &CallError{Name: de.Name}
	if len(de.Body) > 0 {
		ce.Message, _ = de.Body[0].(string)
	}
	return ce
}

// lostLink reports whether err means that the connection is gone, not that the
// call was refused or its context ended.
func lostLink(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var ne net.Error
	return errors.Is(err, dbus.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &ne)
}
