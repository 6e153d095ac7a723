# shellcheck shell=bash
# shellcheck disable=SC2154 # the launcher assigns root
# How the console's web app is built, read by the launcher, which gives `root`, `say` and `install_packages`.

# What bundles and checks the web app, as Debian's packages.
web_packages() {
    command -v node >/dev/null || echo nodejs
    command -v esbuild >/dev/null || echo esbuild
    command -v tsc >/dev/null || echo node-typescript
    [ -d /usr/share/nodejs/react ] || echo node-react
    [ -d /usr/share/nodejs/react-dom ] || echo node-react-dom
    [ -d /usr/share/nodejs/csstype ] || echo node-csstype
    [ -d /usr/share/nodejs/@types/prop-types ] || echo node-prop-types
    [ -d /usr/share/nodejs/d3-array ] || echo node-d3-array
    [ -d /usr/share/nodejs/d3-scale ] || echo node-d3-scale
    [ -d /usr/share/nodejs/d3-shape ] || echo node-d3-shape
}

# web_modules: what Web/package.json names, from npm if somebody has installed it, else from Debian.
web_modules() {
    local missing
    [ ! -e "$root/Web/node_modules/.package-lock.json" ] || return 0
    missing=$(web_packages)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086 # one word is one package
        install_packages $missing
    fi
    "$root/Scripts/stage-web-modules"
}

# build_web: makes Web/dist, unless it is as new as its sources.
build_web() {
    local stamp=$root/.build/oliver-stamps/web sources
    sources=$(cd "$root/Web" && find src styles public index.html build.mjs package.json -type f -printf '%p %s %T@\n' |
        LC_ALL=C sort | sha256sum)
    if [ -e "$root/Web/dist/index.html" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ]; then return; fi
    say "building the web app"
    web_modules || return 1
    (cd "$root/Web" && PATH=$PWD/node_modules/.bin:$PATH node build.mjs) || return 1
    mkdir -p "${stamp%/*}"
    printf '%s\n' "$sources" >"$stamp"
}
