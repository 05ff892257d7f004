package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
)

// This file understands what hands type that know podman and docker: it says in
// one line what unitmon is not, and what to type instead.

// noImages is what there is instead of images.
const noImages = "unitmon has no images and pulls none: it runs root directories and OCI bundles"

// getRoot is how a root directory is made of an image.
const getRoot = "podman export $(podman create IMAGE) | tar -x -C DIR"

// slipCommands are commands of podman that unitmon has not, each with what to
// do.
func slipCommands() []*cobra.Command {
	const (
		makeRoot = noImages + ": " + getRoot + ", or skopeo and umoci for a bundle"
		noNet    = "unitmon makes no networks: a container has the host's or none (--network none)"
		noDirs   = "unitmon has no volumes of its own: run --volume SRC:DST binds a directory"
	)
	var list []*cobra.Command
	for _, s := range []struct{ names, say string }{
		{"pull push load save import login logout search tag untag rmi", makeRoot},
		{"build buildx commit", noImages + ": buildah or podman build makes images, then " + getRoot},
		{"images image", makeRoot},
		{"ls list", "the containers are listed by: unitmon ps"},
		{"container", "leave the word out: unitmon ps, unitmon inspect NAME, unitmon rm NAME …"},
		{"network port", noNet},
		{"volume", noDirs},
		{"pod play kube compose", "containers are units: group them with --slice, or with Requires= and After= between them"},
		{"generate", "write a unit of your own instead: unitmon@NAME.service runs /etc/unitmon/NAME/"},
		{"cp", "unitmon copies nothing: the root directory is there on the host (unitmon inspect NAME, source)"},
		{"export diff mount", "the root directory is there on the host as it is (unitmon inspect NAME, source)"},
		{"rename", "a container's name is its unit's and stays: stop it, and run it by the other name"},
		{"info system", "the versions of what unitmon works with: unitmon version; the containers: unitmon status"},
		{"prune", "containers that have ended are gone, unless --keep was said: unitmon ps -a, unitmon rm NAME"},
	} {
		for name := range strings.FieldsSeq(s.names) {
			list = append(list, &cobra.Command{
				Use: name, Hidden: true, DisableFlagParsing: true,
				RunE: func(*cobra.Command, []string) error { return fmt.Errorf("%s: %s", name, s.say) },
			})
		}
	}
	return list
}

// near says which commands may be meant by a word that is none, after cobra's
// error about it.
func near(root *cobra.Command, err error) error {
	var word string
	if err == nil {
		return nil
	}
	if n, _ := fmt.Sscanf(err.Error(), "unknown command %q for", &word); n == 0 {
		return err
	}
	err = fmt.Errorf("unknown command %q", word)
	if names := root.SuggestionsFor(word); len(names) > 0 {
		err = fmt.Errorf("%w: is %s meant?", err, strings.Join(names, " or "))
	}
	return err
}

// slip explains an option that other container programs have and unitmon has
// not, after cobra's bare "unknown flag", and a number that is none, for which
// cobra has an error of strconv.
func slip(_ *cobra.Command, err error) error {
	text := err.Error()
	var number *strconv.NumError
	var value, flag string
	if n, _ := fmt.Sscanf(text, "invalid argument %q for %q flag:", &value, &flag); n == 2 && errors.As(err, &number) && number.Func == "ParseInt" {
		return fmt.Errorf("%s %q: it is no number of lines", flag[strings.LastIndexByte(flag, '-')+1:], value)
	}
	for _, s := range slipFlags() {
		for flag := range strings.FieldsSeq(s[0]) {
			if strings.HasSuffix(text, "flag: "+flag) {
				return fmt.Errorf("%w: %s", err, s[1])
			}
		}
	}
	return err
}

// slipFlags are options of podman run, and what to type.
func slipFlags() [][2]string {
	const (
		bundle = "write it into the config.json of a bundle: run --bundle DIR"
		noNet  = "there is no network to set up, the host's is used, or none (--network none)"
	)
	return [][2]string{
		{"--publish --publish-all --expose --ip --dns --add-host --network-alias --mac-address", noNet},
		{"--memory --memory-swap --memory-reservation", "-p MemoryMax=200M, systemd.resource-control(5)"},
		{"--cpus --cpu-shares --cpu-quota --cpuset-cpus", "-p CPUQuota=150%, CPUWeight=, AllowedCPUs=, systemd.resource-control(5)"},
		{"--pids-limit", "-p TasksMax=100"},
		{"--ulimit --oom-score-adj", "-p LimitNOFILE=…, OOMScoreAdjust=…, systemd.exec(5)"},
		{"--entrypoint", "the command is what follows NAME: unitmon run NAME -- COMMAND"},
		{"--mount --tmpfs", "--volume SRC:DST binds a directory; for others " + bundle},
		{"--privileged --cap-add --cap-drop --security-opt --device --read-only --init --sysctl --userns --pid --ipc --uts", bundle},
		{"--log-driver --log-opt", "--log journal, k8s-file:PATH, json-file:PATH or none"},
		{"--env-file", "--env KEY=VALUE for each"},
		{"--pull --platform --arch --os", noImages},
		{"--replace", "unitmon stop NAME first"},
		{"--health-cmd --health-interval", "-p WatchdogSec= with --sdnotify container, or a timer unit"},
		{"--cgroup-parent", "--slice NAME.slice"},
		{"--cgroups --conmon-pidfile --cidfile --pidfile", "the manager knows: systemctl show unitmon-NAME.service"},
	}
}

// mendCommands makes commands that podman has too understand its ways.
func mendCommands(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "run":
			mendRun(cmd)
		case "start":
			mendStart(cmd)
		}
	}
}

// mendRun takes podman's options where they can be meant in one way only.
func mendRun(cmd *cobra.Command) {
	cmd.Flags().Bool("rm", true, "")
	cmd.Flags().String("name", "", "")
	for _, hidden := range []string{"rm", "name"} {
		_ = cmd.Flags().MarkHidden(hidden) // it is there
	}
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := slipOfRun(cmd, args); err != nil {
			return err
		}
		return imageHint(cmd, args, run(cmd, args))
	}
}

// mendStart explains why a container that has run cannot be started again.
func mendStart(cmd *cobra.Command) {
	start := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := start(cmd, args)
		if errors.Is(err, container.ErrNoContainer) {
			return fmt.Errorf("%w: one of unitmon run is gone when it has ended: unitmon run makes it anew", err)
		}
		return err
	}
}

// slipOfRun is an error if a command line of "unitmon run" means something that
// unitmon cannot do.
func slipOfRun(cmd *cobra.Command, args []string) error {
	f := cmd.Flags()
	if rm, _ := f.GetBool("rm"); f.Changed("rm") && rm == f.Changed("keep") {
		return errors.New("--rm is the default, and --keep its contrary: say one or the other")
	}
	if name, _ := f.GetString("name"); f.Changed("name") {
		return fmt.Errorf("--name %s: the name is the first argument, and %s: unitmon run --rootfs DIR %s -- COMMAND, after %s",
			name, noImages, name, getRoot)
	}
	ports, _ := f.GetStringArray("property")
	if i := slices.IndexFunc(ports, isPort); i >= 0 {
		return fmt.Errorf("-p %s: it sets properties of the unit; no ports are published, the container has the host's network", ports[i])
	}
	if n, _ := f.GetString("network"); n != "" && n != "host" && n != "none" {
		return fmt.Errorf("--network %s: unitmon makes no networks: it is host, or none", n)
	}
	if onHost(cmd) && len(command(args[1:])) == 0 {
		return fmt.Errorf("container %q: no command given; if it is an image: %s. %s, then unitmon run --rootfs DIR NAME -- COMMAND",
			args[0], noImages, getRoot)
	}
	if onHost(cmd) && f.Changed("rm") && looksLikeImage(args[0]) {
		return fmt.Errorf("--rm %s: --rm is the default; %q would be the container's name, and its root the host's; if it is an image: %s. %s, then unitmon run --rootfs DIR NAME -- COMMAND",
			args[0], args[0], noImages, getRoot)
	}
	return nil
}

// onHost reports whether the container would have the host's root.
func onHost(cmd *cobra.Command) bool {
	return !cmd.Flags().Changed("rootfs") && !cmd.Flags().Changed("bundle")
}

// isPort reports whether a property is what podman run --publish takes:
// [[IP:]HOST:]CONTAINER[/PROTOCOL], with ranges.
func isPort(s string) bool {
	s, _, _ = strings.Cut(s, "/")
	return s != "" && strings.Trim(s, "0123456789.:-[]") == ""
}

// imageHint explains a command that was not found on the host and looks like an
// image.
func imageHint(cmd *cobra.Command, args []string, err error) error {
	var code codeError
	var start *container.StartError
	if !errors.As(err, &start) || start.Code != 127 || !onHost(cmd) {
		return err
	}
	words := command(args[1:])
	if len(words) == 0 || !looksLikeImage(words[0]) {
		return err
	}
	hint := fmt.Sprintf("if %q is an image: %s. %s, then unitmon run --rootfs DIR %s -- COMMAND", words[0], noImages, getRoot, args[0])
	if errors.As(err, &code) && code.err != nil {
		return codeError{code.code, fmt.Errorf("%w: %s", code.err, hint)}
	}
	return fmt.Errorf("%w: %s", err, hint)
}

// wellKnown are images that people try first.
func wellKnown() []string {
	return []string{
		"alpine", "archlinux", "busybox", "caddy", "centos", "debian", "fedora", "hello-world", "httpd", "mariadb", "mysql", "nginx",
		"node", "postgres", "python", "redis", "registry", "traefik", "ubuntu",
	}
}

// looksLikeImage reports whether a word is the name of an image: of a registry or
// another folder, with a tag or a digest, or a well-known one.
func looksLikeImage(word string) bool {
	// The grammar of github.com/distribution/reference, without its limits.
	image := regexp.MustCompile(`^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::[0-9]+)?/)?([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(:[\w.-]+)?(@sha256:[0-9a-f]+)?$`)
	m := image.FindStringSubmatch(word)
	if m == nil {
		return false
	}
	return strings.Contains(word, "/") || m[2] != "" || m[3] != "" || slices.Contains(wellKnown(), m[1])
}
