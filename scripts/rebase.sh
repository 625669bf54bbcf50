#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: rebase.sh VERSION
#
# Rebase the series onto Linux VERSION, e.g. 7.4.1. For another release than that of
# the series, bases/7.4 and build-7.4/linux are made; what they are made from stays as
# it is, and LINUX=7.4 selects the new ones from then on. A later version of the same
# release becomes the base of the same directory. At a conflict it stops: solve it
# there, git rebase --continue, and run this again, which goes on to the export.
# Exits with 1 at a conflict, and when what is numbered has a number twice.
#
# FROM=       the series that is taken: another directory of bases/ than the default
# LINUX_SRC=  a directory or tarball with the source; without it, see fetch.sh
if [[ ${1:-} =~ ^([0-9]+\.[0-9]+)\.[0-9]+$ ]]; then
	export LINUX=${BASH_REMATCH[1]}
else
	set --
fi
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"
. "${BASH_SOURCE[0]%/*}/base.sh"

[ $# -eq 1 ] || usage 2
version=$1
from=${FROM:-$default}
source=$top/build/linux
[ "$from" = "$default" ] || source=$top/build-$from/linux

# The BASE of the new version, as far as it is known before there is its source.
draft_base()
{
	local old

	old=$(sed -n 's/^VERSION=//p' "$top/bases/$from/BASE")
	sed "/^RELEASE_/s/v[0-9]*\.x/v${version%%.*}.x/; /^RELEASE_/s/${old//./\\.}/$version/
		s/^VERSION=.*/VERSION=$version/; s/^\(DEB_VERSION\|DEB_SHA256\|TREE\)=.*/\1=/" "$top/bases/$from/BASE"
}

# Pin what was fetched.
pin_base()
{
	local deb=$1 tree=$2

	sed -i "s/^TREE=.*/TREE=$tree/" "$base_file"
	case $deb in
	*.deb)	sed -i "s/^DEB_VERSION=.*/DEB_VERSION=$(dpkg-deb -f "$deb" Version)/
			s/^DEB_SHA256=.*/DEB_SHA256=$(digest "$deb")/" "$base_file" ;;
	esac
}

# Make $new of the source, with the tag base.
new_base()
{
	export BASE_FILE=$scratch/BASE
	base_file=$BASE_FILE
	draft_base >"$base_file"
	rm -rf "$new"
	mkdir -p "$new"
	[ -n "${LINUX_SRC:-}" ] || LINUX_SRC=$("$top/scripts/fetch.sh")
	obtain
	[ "$(source_version "$new")" = "$version" ] ||
		die "what was found is Linux $(source_version "$new"), not $version: rebase onto that, or give LINUX_SRC="
	commit_base
	pin_base "$LINUX_SRC" "$(git -C "$new" rev-parse 'base^{tree}')"
}

# share_objects FROM TO: of the same files, so that neither needs the other. What both
# have is linked anew, as else cp stops there.
share_objects()
{
	cp -alf "$1/.git/objects/." "$2/.git/objects/" 2>/dev/null || cp -a "$1/.git/objects/." "$2/.git/objects/"
}

in_one_tree()
{
	read_sync
	[ "$series_moved$patches_moved" = nono ] || die "$tree and $queue differ: make patches, or make linux"
	[ -z "$(lgit status --porcelain -uno)" ] || die "$tree has uncommitted edits: commit them or git -C $tree stash"
	new_base
	share_objects "$new" "$linux"
	lgit tag -f old-base base >/dev/null
	lgit tag -f base "$(git -C "$new" rev-parse base)" >/dev/null
	rm -rf "$new"
}

in_a_new_tree()
{
	new_base
	share_objects "$source" "$new"
	git -C "$new" tag old-base "$(git -C "$source" rev-parse base)"
	git -C "$new" update-ref refs/heads/series "$(git -C "$source" rev-parse series)"
	git -C "$new" reset -q --hard
	mv "$new" "$linux"
}

start()
{
	[ -d "$source/.git" ] || die "there is no ${source#"$top"/}: make linux"
	need linux
	mkdir -p "$build"
	need_space 4 "$build"
	if [ "$from" = "$LINUX" ]; then
		in_one_tree
	else
		[ ! -d "$patches" ] || die "$queue is there: edit that series, or remove it"
		in_a_new_tree
	fi
	mkdir -p "$state"
	cp "$base_file" "$state/BASE"
	say rebase "$(lgit rev-list --count old-base..series) commits onto Linux $version, in $tree"
	as_committer "$base_date" lgit rebase -q --keep-empty --empty=keep --onto base old-base series \
		>"$build/log/rebase.log" 2>&1 || conflicts || log_failure 'git rebase' "$build/log/rebase.log"
}

conflicts()
{
	lgit diff --name-only --diff-filter=U | grep .
}

check_rebase()
{
	[ ! -d "$linux/.git/rebase-merge" ] ||
		die "$(lgit log -1 --format='"%s"' REBASE_HEAD) conflicts in $(conflicts | xargs): solve that in $tree, git add -u, git rebase --continue, and run this again"
	lgit merge-base --is-ancestor base series || die "the rebase in $tree was given up: git -C $tree rebase --keep-empty --empty=keep --onto base old-base series, or begin again without $tree"
}

sections_twice()
{
	lgit show "$1:Documentation/virt/kvm/api.rst" | grep -oE '^4\.[0-9]+ ' | sort | uniq -d | xargs
}

# A number that upstream has taken in the meantime is no conflict.
check_numbers()
{
	local twice

	twice=$(lgit show series:include/uapi/linux/kvm.h |
		awk '/^#define KVM_CAP_/ { n = $3 in name ? name[$3] " and " : ""; name[$3] = n $2; if ($2 == "KVM_CAP_MAP_MEMORY") our = $3 }
			END { if (name[our] ~ / and /) print name[our] }')
	[ -z "$twice" ] || die "$twice have the same number: give ours another one in its patch, run this again"
	twice=$(sections_twice series)
	[ "$twice" = "$(sections_twice base)" ] ||
		die "api.rst has section $twice twice: give ours another number in its patch, run this again"
}

mkdir -p "$build/log"
[ -e "$state/BASE" ] || start
check_rebase
check_numbers
mkdir -p "$patches"
cp "$state/BASE" "$patches/BASE"
"$top/scripts/patches.sh"
rm "$state/BASE"
say rebase "$queue is for Linux $version: LINUX=$LINUX make test, then commit it"
