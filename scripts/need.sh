#!/bin/sh
# Check that this machine has what is asked for: python, curl, browser. What is missing is installed by apt-get for root
# on Debian and Ubuntu; elsewhere the line to run is printed, and the exit status is 1.
#
# Usage: PYTHON=python3 scripts/need.sh python [curl] [browser]
set -eu

system=other
if [ -r "${OS_RELEASE:-/etc/os-release}" ]; then
  # shellcheck source=/dev/null
  system=$(. "${OS_RELEASE:-/etc/os-release}" && echo " ${ID:-} ${ID_LIKE:-} ")
fi

has() { command -v "$1" >/dev/null 2>&1; }
has_python() { "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_venv() { "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null; }
has_browser() { [ -n "${GROK_VIDEO_TEST_CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome; }

# Playwright's own Node is linked to it; a minimal Debian has not got it.
has_libatomic() {
  for file in "${LIB_ROOT:-}"/lib/*/libatomic.so.1 "${LIB_ROOT:-}"/usr/lib*/libatomic.so.1 \
    "${LIB_ROOT:-}"/usr/lib/*/libatomic.so.1; do
    [ -e "$file" ] && return 0
  done
  return 1
}

packages=""
for need in "$@"; do
  case $need in
    python)
      has_python || packages="$packages python"
      has_python && { has_venv || packages="$packages venv"; }
      ;;
    curl) has curl || packages="$packages curl" ;;
    # Ubuntu's package is a snap, which does not start in containers: there `make dev` gets a browser from Playwright.
    browser)
      case $system in *" ubuntu "*) ;; *) has_browser || packages="$packages browser" ;; esac
      has_libatomic || packages="$packages libatomic"
      ;;
    *) echo "need.sh: unknown need: $need" >&2; exit 2 ;;
  esac
done
[ -n "$packages" ] || exit 0

# The names of the packages on this system, and the command that installs them.
names=""
for package in $packages; do
  case "$system:$package" in
    *" debian "*:python) name="python3 python3-venv" ;;
    *" debian "*:venv) name="python3-venv" ;;
    *" fedora "*:python | *" rhel "*:python) name="python3" ;;
    *" arch "*:python) name="python" ;;
    *:browser) name="chromium" ;;
    *" debian "*:libatomic) name="libatomic1" ;;
    *" arch "*:libatomic) name="gcc-libs" ;;
    *) name="$package" ;;
  esac
  names="$names $name"
done
case $system in
  *" debian "*) line="apt-get install -y --no-install-recommends$names" ;;
  *" fedora "* | *" rhel "*) line="dnf install -y$names" ;;
  *" arch "*) line="pacman -S --needed$names" ;;
  *) line="" ;;
esac

if [ "$(id -u)" = 0 ] && has apt-get; then
  echo "Installing$names by apt-get ..."
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $names
  case $packages in *python*)
    has_python || { echo "Python 3.11 or newer is needed; this system's is older: PYTHON=... make" >&2; exit 1; }
  esac
  exit 0
fi
if [ -n "$line" ]; then
  [ "$(id -u)" = 0 ] || line="sudo $line"
  echo "Missing:$names. Run this, then make again:" >&2
  echo "  $line" >&2
else
  echo "Missing:$names. Install it with your system's package manager, then make again." >&2
fi
exit 1
