# Shared by scripts/run, scripts/test and scripts/check-costs; sourced, not run.
# Installs what is missing, and says so; does nothing when nothing is missing.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '== %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

is_debian() { [ -r /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; }

# Installs the named Debian packages. Elsewhere: one sentence with what to install.
install_packages() {
    [ "$#" -gt 0 ] || return 0
    if ! is_debian; then
        fail "missing here: $*. These are the Debian names; this script installs only on Debian and Ubuntu. \
On macOS \`xcode-select --install\` and \`brew install python\` bring them. Install them and run this again."
    fi
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "missing: $*. Install them as root (apt-get install $*) or install sudo, and run this again."
        sudo=(sudo)
    fi
    say "installing with apt-get: $*"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# The Swift toolchain is the one thing these scripts do not bring.
need_swift() {
    if ! command -v swift >/dev/null 2>&1; then
        # Where swiftly puts it, on Linux and on macOS.
        for folder in ${SWIFTLY_BIN_DIR:+"$SWIFTLY_BIN_DIR"} "$HOME/.local/share/swiftly/bin" "$HOME/.swiftly/bin"; do
            if [ -x "$folder/swift" ]; then
                PATH="$folder:$PATH"
                export PATH
                return 0
            fi
        done
        fail "no \`swift\` on the PATH. Install Swift 6.3 or newer from https://www.swift.org/install and run this again."
    fi
}

# What a Swift build needs beside the toolchain on Linux. Asked of files rather than of package names, which differ
# between releases; the names to install are Debian 12's. Call after need_swift.
need_build_packages() {
    if [ "$(uname -s)" != Linux ]; then
        return 0
    fi
    local missing=()
    command -v git >/dev/null 2>&1 || missing+=(git)
    command -v ld.gold >/dev/null 2>&1 || missing+=(binutils)
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
    [ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
    [ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
    [ -e /usr/include/zstd.h ] || missing+=(libzstd-dev)
    [ -e /usr/include/histedit.h ] || missing+=(libedit-dev)
    [ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
    command -v pkg-config >/dev/null 2>&1 || missing+=(pkg-config)
    # clang links against the C++ library and the start files of a gcc.
    compgen -G '/usr/lib/gcc/*/*/libstdc++.*' >/dev/null || missing+=(libstdc++-12-dev)
    # The package manager of the toolchain is a program of its own, with libraries of the system.
    local builder
    builder="$(dirname "$(readlink -f "$(command -v swift)")")/swift-build"
    if [ -e "$builder" ] && ldd "$builder" 2>/dev/null | grep -q 'not found'; then
        missing+=(libcurl4 libncurses6 libsqlite3-0 libxml2)
    fi
    install_packages ${missing[@]+"${missing[@]}"}
}

# Builds the server in release mode; its path is in HOTLINE afterwards. Further programs are built from the same objects.
build_release() {
    say "building hotline (release); the first time takes about five minutes"
    # On Linux with Swift's libraries inside: a turn costs a tenth less processor time, as calls of the runtime need no table, and the
    # program runs where no Swift is installed.
    local product folder resources flags=()
    resources="$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')"
    if [ "$(uname -s)" = Linux ] && [ -d "${resources}_static" ]; then
        flags+=(--static-swift-stdlib)
    fi
    # Beside `swift test`, which keeps the package's lock as long as it runs: it reads another configuration's products.
    if [ "${IGNORE_LOCK:-}" = yes ]; then
        flags+=(--ignore-lock)
    fi
    for product in hotline "$@"; do
        swift build --package-path "$ROOT" -c release ${flags[@]+"${flags[@]}"} --product "$product"
    done
    folder="$(swift build --package-path "$ROOT" -c release --show-bin-path)"
    HOTLINE="$folder/hotline"
    export HOTLINE
}

# Python 3.11 or newer; Debian 12 has it, and what makes a venv in a package of its own.
need_python() {
    local missing=()
    command -v python3 >/dev/null 2>&1 || missing+=(python3)
    if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
        missing+=(python3-venv)
    fi
    install_packages ${missing[@]+"${missing[@]}"}
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "this needs Python 3.11 or newer, found $(python3 --version)."
}
