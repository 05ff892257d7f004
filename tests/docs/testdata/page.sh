# Run by bash with the module's directory as $0 and a page's commands as
# arguments. After each command's output comes a record separator (036), its
# status, and another; at the end, the units that are left.

# unitmon, where "make install" puts it; pages and completions are not needed.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
(
	set -e
	dist=$(mktemp -d)
	mkdir "$dist/man" "$dist/completion"
	touch "$dist/man/unitmon.1" "$dist/completion/unitmon."{bash,zsh,fish}
	BIN=/opt/unitmon/bin DIST=$dist "$0/hack/install" install >/dev/null
	systemctl daemon-reload
) || exit 1

# await TEXT MATCH...: until the journal has TEXT in an entry that matches.
await() {
	local text=$1 follower found
	shift
	exec 3< <(exec journalctl --quiet --follow --lines=all --output=cat "$@" 2>&1)
	follower=$!
	grep --quiet --max-count=1 --fixed-strings -e "$text" <&3
	found=$?
	kill "$follower"
	exec 3<&-
	return "$found"
}

cd
for command; do
	eval "$command" </dev/null 2>&1
	printf '\036%d\036' $?
done
systemctl list-units --all --plain --no-legend 'unitmon-*.service' 'unitmon@*' 'unitmon-*@*' 'unitmon-*.socket' 'unitmon-*.scope'
