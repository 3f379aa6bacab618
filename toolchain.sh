# Finds what the build and the program need; sourced by ./mvnw and ./navarch. Sets JAVA_HOME and MVN.
# Nothing is downloaded here but Debian packages, and those only by root.

navarch_say() { printf '%s\n' "navarch: $*" >&2; }

navarch_java_version() { # DIR -> feature release of the JDK in it, or nothing
    [ -x "$1/bin/javac" ] || return 0
    "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'
}

navarch_apt_install() { # PACKAGE... -> installs Debian packages; fails if it may not or cannot
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    navarch_say "installing $* from Debian's packages"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    apt-get update -qq >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

navarch_find_jdk() {
    local dir version
    for dir in "${JAVA_HOME:-}" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "$(command -v javac | xargs -r readlink -f | sed 's,/bin/javac$,,')"; do
        [ -n "$dir" ] && [ -d "$dir" ] || continue
        version=$(navarch_java_version "$dir")
        if [ -n "$version" ] && [ "$version" -ge 25 ]; then
            JAVA_HOME=$dir
            export JAVA_HOME
            return 0
        fi
    done
    return 1
}

navarch_toolchain() {
    if ! navarch_find_jdk; then
        if ! { apt-cache show openjdk-25-jdk-headless >/dev/null 2>&1 && navarch_apt_install openjdk-25-jdk-headless && navarch_find_jdk; }; then
            navarch_say "no JDK 25 found: looked at JAVA_HOME, /usr/lib/jvm, ~/.sdkman, ~/.jdks and the PATH."
            navarch_say "Install one (any vendor's build) and set JAVA_HOME to its folder."
            return 1
        fi
    fi
}

navarch_maven() {
    MVN=${MAVEN_HOME:+$MAVEN_HOME/bin/mvn}
    [ -n "$MVN" ] && [ -x "$MVN" ] || MVN=$(command -v mvn || true)
    if [ -z "$MVN" ]; then
        navarch_apt_install maven && MVN=$(command -v mvn) || {
            navarch_say "Maven is missing and only root can install it here: 'apt-get install maven', or set MAVEN_HOME."
            return 1
        }
    fi
}
