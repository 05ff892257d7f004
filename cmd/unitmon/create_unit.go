package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// configUnit writes what is the manager's.
func (o *runOptions) configUnit(t *confText) {
	var service, unit []string
	for _, p := range o.Properties {
		if key, _, _ := strings.Cut(p, "="); inUnitSection(key) {
			unit = append(unit, p)
		} else {
			service = append(service, p)
		}
	}
	if len(service) > 0 || o.Slice+o.Restart != "" {
		t.WriteString("\n[Service]\n")
		t.line("Slice", o.Slice)
		t.line("Restart", o.Restart)
		t.properties(service)
	}
	if len(unit) > 0 {
		t.WriteString("\n[Unit]\n")
		t.properties(unit)
	}
}

// properties adds assignments as they are given; an empty value resets a list.
func (t *confText) properties(list []string) {
	for _, p := range list {
		key, value, ok := strings.Cut(p, "=")
		switch {
		case !ok || key == "" || strings.ContainsAny(key, "\r\n[]#;"):
			t.errs = append(t.errs, fmt.Errorf("property %q: not KEY=VALUE", p))
		case value == "":
			t.WriteString(key + "=\n")
		default:
			t.line(key, value)
		}
	}
}

// checkProperties refuses the properties that run would refuse: in a file the
// manager would pass over them.
func (o *runOptions) checkProperties(ctx context.Context) error {
	if len(o.Properties) == 0 {
		return nil
	}
	m, err := dial(ctx, o.User)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	for _, p := range o.Properties {
		_, err := container.ParseProperties(ctx, m, []string{p})
		if err != nil && !errors.Is(err, unit.ErrByFileOnly) {
			return err
		}
	}
	return nil
}

// unitSettings are the settings of [Unit], systemd.unit(5), but for Condition…=
// and Assert…=; all others of a container's unit are of [Service].
const unitSettings = " Description Documentation Wants Requires Requisite BindsTo PartOf Upholds Conflicts Before After" +
	" OnFailure OnSuccess PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom JoinsNamespaceOf" +
	" RequiresMountsFor WantsMountsFor OnFailureJobMode OnSuccessJobMode IgnoreOnIsolate StopWhenUnneeded RefuseManualStart" +
	" RefuseManualStop AllowIsolate DefaultDependencies SurviveFinalKillSignal CollectMode FailureAction SuccessAction" +
	" FailureActionExitStatus SuccessActionExitStatus JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction" +
	" JobTimeoutRebootArgument StartLimitIntervalSec StartLimitBurst StartLimitAction RebootArgument SourcePath "

func inUnitSection(key string) bool {
	return strings.Contains(unitSettings, " "+key+" ") || strings.HasPrefix(key, "Condition") || strings.HasPrefix(key, "Assert")
}
