# An empty Debian 12 in memory, for the scripts beside this one; needs root and some 6 GiB. Packages come from where this
# machine has its own from. Afterwards $root is its folder; it is gone when the script ends.

say() { printf '== %s\n' "$*"; }

make_root() {
  root=$(mktemp -d --tmpdir postern-fresh.XXXXXX)
  trap remove_root EXIT
  # In memory: a package manager syncs every file.
  mount -t tmpfs -o mode=755,size=8g tmpfs "$root"
  say "an empty Debian 12 in $root"
  local mirror own
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | grep -v security | head -n 1)
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" "$mirror" >/dev/null ||
    { tail -n 20 "$root/debootstrap/debootstrap.log"; exit 1; }
  rm -f "$root/etc/apt/sources.list"
  # Where packages come from and which authority vouches for it belong to the machine, not to Debian.
  for own in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d /etc/apt/keyrings \
    $(grep -l Acquire /etc/apt/apt.conf.d/*) /etc/ssl/certs /etc/resolv.conf /etc/hosts "$HOME/.npmrc"; do
    [ ! -e "$own" ] || { mkdir -p "$root$(dirname "$own")" && cp -rL "$own" "$root$(dirname "$own")/" 2>/dev/null || true; }
  done
}

# enter_root: mounts what programs expect of a machine
enter_root() {
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys" && mount --make-rslave "$root/sys"
  mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
}

leave_root() {
  umount -R "$root/proc" "$root/sys" "$root/dev"
}

# inside COMMAND...: in the root, with nothing of this machine's environment
inside() {
  chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=xterm DEBIAN_FRONTEND=noninteractive \
    CCACHE_DIR=/var/cache/ccache CCACHE_BASEDIR=/tmp CCACHE_NOHASHDIR=1 CCACHE_COMPILERCHECK=content "$@"
}

program= # a process to end with the script
remove_root() {
  [ -z "$program" ] || kill "$program" 2>/dev/null || true
  umount -R "$root" && rmdir "$root"
}
