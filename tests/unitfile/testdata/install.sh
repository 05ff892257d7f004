#!/bin/sh
# install.sh CONTRIB BIN: puts the unit files and the generator where an
# administrator may, with the programs in BIN.
set -eu
for kind in system user; do
	mkdir -p "/etc/systemd/$kind" "/etc/systemd/$kind-generators"
	for f in "$1/$kind"/*; do
		sed "s|@BINDIR@|$2|g; s|@LIBEXECDIR@|$2|g" "$f" >"/etc/systemd/$kind/${f##*/}"
	done
	ln -sf "$2/unitmon-generator" "/etc/systemd/$kind-generators/unitmon-generator"
done
mkdir -p /etc/unitmon
systemctl daemon-reload
