# Makes podman work in a box: without controllers, without CAP_SYS_RESOURCE,
# without a network. Read by bash from its standard input, as root.
set -eu
trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR

cp -r /opt/suites/podman /tmp/podman
rm /tmp/podman/contrib/systemd/system/podman-kube@.service.in # or it is built, with Go; the package has the unit

# On an overlay podman would use the slow driver vfs.
mkdir -p /var/lib/containers /etc/containers
mount -t tmpfs tmpfs /var/lib/containers

# No pids controller; limits that a box can set; crun wants to raise one.
cat >/etc/containers/containers.conf <<-END
	[containers]
	pids_limit=0
	default_ulimits=["nofile=1024:1024", "nproc=4096:4096"]
		[engine]
	runtime="runc"
END

# A test that brings a containers.conf of its own gets podman's defaults again:
# crun, a pids limit and limits that are too high.
mv /usr/bin/runc /usr/bin/runc.real
cat >/usr/bin/runc <<-'END'
	#!/bin/bash
	if [[ -n ${CONTAINERS_CONF-} && " $* " =~ " --bundle "([^ ]+) ]]; then
		config=${BASH_REMATCH[1]}/config.json
		plain=$(jq 'del(.linux.resources.pids, .process.rlimits)' "$config") && printf '%s\n' "$plain" >"$config"
	fi
	exec /usr/bin/runc.real "$@"
END
chmod 755 /usr/bin/runc
ln -sf runc /usr/bin/crun

# The registry of this box stands for those that the tests name.
registry=127.0.0.1:5099
cat >>/etc/containers/registries.conf <<-END
	[[registry]]
	prefix="quay.io"
	location="$registry"
	insecure=true
	[[registry]]
	prefix="k8s.gcr.io"
	location="$registry/libpod"
	insecure=true
END
scratch=$(mktemp -d)
cd "$scratch"
cat >registry.yml <<-END
	version: 0.1
	log: {level: info, accesslog: {disabled: true}}
	storage: {filesystem: {rootdirectory: $scratch/store}}
	http: {addr: "$registry"}
END
systemd-run --quiet --unit=registry --service-type=exec /opt/suites/registry serve "$scratch/registry.yml"
journalctl --unit=registry --follow --lines=all --output=cat | grep --quiet --max-count=1 'listening on'

# The test image as its maker describes it (test/system/build-testimage of
# podman's source), on busybox instead of a distribution.
mkdir -p root/{bin,sbin,usr/bin,usr/sbin,home/podman,tmp,etc,root,srv,var/tmp,proc,sys,dev,run}
chmod 1777 root/tmp root/var/tmp
mkdir root/usr/share
touch root/usr/share/{1..60} # a test expects more than 50 files
cp /bin/busybox root/bin/
for name in $(/bin/busybox --list); do
	[[ -e root/bin/$name ]] || ln -s busybox "root/bin/$name"
done
cat >root/bin/printenv <<-'END' # Debian's busybox has none
	#!/bin/sh
	[ $# -gt 0 ] || tr '\0' '\n' </proc/$$/environ
	status=0
	for name; do
		value=$(tr '\0' '\n' </proc/$$/environ | grep "^$name=") && echo "${value#*=}" || status=1
	done
	exit $status
END
cat >root/bin/busybox-extras <<-'END'
	#!/bin/sh
	exec /bin/busybox "$@"
END
chmod 755 root/bin/{printenv,busybox-extras}
ln -s /proc/mounts root/etc/mtab
printf '%s\n' root:x:0:0:root:/root:/bin/ash bin:x:1:1:bin:/bin:/sbin/nologin \
	nobody:x:65534:65534:nobody:/:/sbin/nologin >root/etc/passwd
printf '%s\n' root:x:0:root bin:x:1:root nobody:x:65534: >root/etc/group
printf '%s\n' 'NAME="Alpine Linux"' ID=alpine >root/etc/os-release
echo 3.16.0 >root/etc/alpine-release
echo 'http 80/tcp' >root/etc/services
echo 20220615 >root/home/podman/testimage-id
touch --date=@1600000000 root/home/podman/testimage-id
cat >root/home/podman/pause <<-'END'
	#!/bin/sh
	echo "Confirmed: testimage pause invoked as $0"
	while :; do sleep 1; done
END
chmod 755 root/home/podman/pause
tar c -C root . >root.tar

# build makes the image NAME:TAG of the registry's user libpod.
build() {
	podman build --quiet --timestamp=1655251200 --squash --tag "quay.io/libpod/$1" - <<-END
		FROM localhost/interim-image
		LABEL created_by=test/system/build-testimage
		LABEL created_at=2022-06-15T00:00:00Z
		$2
		WORKDIR /home/podman
		CMD ["/bin/echo", "This container is intended for podman CI testing"]
	END
	podman push --quiet --tls-verify=false "quay.io/libpod/$1" "docker://$registry/libpod/$1"
}

podman import --quiet root.tar localhost/interim-image
for name in testimage:00000004 testimage:multiimage alpine:latest busybox:latest pause:3.5; do
	build "$name" "LABEL name=$name"
	podman rmi "quay.io/libpod/$name"
done
build testimage:20220615 ""
podman rmi localhost/interim-image

# The tests of sd_notify want an image with systemd-notify.
mkdir -p fedora/{usr/bin,proc,sys,dev,run,etc,tmp}
ln -s usr/bin fedora/bin
for program in sh systemd-notify printenv sleep ls touch cat rm; do
	program=$(command -v $program)
	cp --parents --dereference "$program" $(ldd "$program" | grep --only-matching '/[^ )]*') fedora
done
tar c -C fedora . | podman import --quiet - quay.io/libpod/fedora:31
podman push --quiet --tls-verify=false quay.io/libpod/fedora:31 "docker://$registry/libpod/fedora:31"
podman rmi quay.io/libpod/fedora:31
