# "make help" lists the targets.

FUZZTIME   ?= 30s
SUITES     ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/unitmon/suites
GO         ?= go
BIN        ?= bin
DIST       ?= dist
VERSION    ?= $(shell hack/version)

TOOL     := $(GO) tool -modfile=tools/go.mod
PROGRAMS := $(notdir $(wildcard cmd/*))
# Packages below tests/ need systemd and boot one for themselves (tests/box).
PURE     := $$($(GO) list ./... | grep -v '/tests\(/\|$$\)')
BOX      := $(GO) run ./tests/box/boxrun -bind $(CURDIR) -bind $(CURDIR)/bin:/opt/unitmon/bin

export FUZZTIME BIN DIST

.PHONY: all
all: build ## same as build

.PHONY: build
build: ## the programs, into bin/ (BIN=…)
	@mkdir -p $(BIN)
	@set -e; for p in $(PROGRAMS); do \
		echo "build $(BIN)/$$p"; \
		CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w -X main.version=$(VERSION)' -o $(BIN)/$$p ./cmd/$$p; \
	done

.PHONY: setup
setup: ## install what the tests need (Debian 12 or 13, as root)
	@hack/setup

.PHONY: lint
lint: ## format, vet, staticcheck, modules, no heap in the relay's loop
	@out=$$($(TOOL) gofumpt -l $$(git ls-files --cached --others --exclude-standard '*.go' 2>/dev/null || find . -name '*.go')) && \
		{ [ -z "$$out" ] || { echo "gofumpt -w:" $$out >&2; exit 1; }; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(GO) mod tidy -diff
	hack/escapes ./internal/loop ./internal/logfile

.PHONY: test
test: setup lint ## everything, as root: lint, then all tests with the race detector
	$(GO) test -race $(PURE)
	$(GO) test -race -count=1 ./tests/...

.PHONY: podman
podman: setup ## all scenes of podman's with Debian's conmon and with ours; most are in "make test"
	UNITMON_PODMAN_ALL=1 $(GO) test -count=1 ./tests/podman/...

.PHONY: demo
demo: setup build ## show unitmon at work, in a private systemd where there is none
	@if [ -d /run/systemd/system ]; then hack/demo; else $(BOX) hack/demo; fi

.PHONY: box
box: setup build ## a root shell in a private systemd, with bin/ on PATH
	@$(BOX)

.PHONY: bench
bench: setup ## benchmarks; compare with: go tool -modfile=tools/go.mod benchstat
	$(GO) test -run='^$$' -bench=. -timeout=60m ./tests/bench/... ./tests/attach ./tests/many

# Each variable may be given another value.
.PHONY: endurance
endurance: export UNITMON_LINES ?= 5000000
endurance: export UNITMON_KILLS ?= 200
endurance: export UNITMON_PAUSE ?= 10
endurance: export UNITMON_PODMAN_RUNS ?= 1000
endurance: FUZZTIME = 10m
endurance: setup ## at full size what "make test" runs small; takes hours
	$(GO) test -count=1 -timeout=60m -run='^(TestKilled|TestKilled_Terminal|TestJournald_.*|TestDisk_.*)$$' ./tests/relay
	$(GO) test -count=1 -timeout=60m -run='^TestNothingLeft$$' ./tests/podman
	hack/fuzz $$($(GO) list ./internal/loop ./internal/attach ./internal/logfile/... ./internal/engine/...)

.PHONY: conformance
conformance: setup build ## suites of conmon and podman, Debian's conmon and ours side by side (FILES="035 conmon/": some)
	@tests/conformance/fetch $(SUITES)
	$(GO) run ./tests/conformance/cmd/conformance -suites $(SUITES) $(FILES)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (30s)
	@hack/fuzz $(PURE)

.PHONY: vuln
vuln: ## known vulnerabilities; asks the Go vulnerability database
	$(TOOL) govulncheck ./...

.PHONY: man
man: ## the man pages, into dist/man
	hack/man $(DIST)/man $(VERSION)

.PHONY: completion
completion: build ## what shells complete, into dist/completion
	@mkdir -p $(DIST)/completion
	@set -e; for s in bash zsh fish; do \
		echo "completion $(DIST)/completion/unitmon.$$s"; \
		$(BIN)/unitmon completion $$s >$(DIST)/completion/unitmon.$$s; \
	done

.PHONY: install
install: build man completion ## into $(DESTDIR)$(PREFIX); hack/install has the other places
	@hack/install install

.PHONY: uninstall
uninstall: man ## take away what "make install" with the same variables has installed
	@hack/install uninstall

.PHONY: deb
deb: build man completion ## a Debian package, into dist/
	hack/deb $(DIST) $(VERSION)

.PHONY: dist
dist: ## the source as an archive, into dist/; from git
	@mkdir -p $(DIST)
	@printf '%s\n' '$(VERSION)' >$(DIST)/VERSION
	git archive --prefix='unitmon-$(VERSION)/' --add-file=$(DIST)/VERSION --output='$(DIST)/unitmon-$(VERSION).tar.gz' HEAD

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12
