# shellcheck shell=bash
# shellcheck disable=SC2154 # the launcher assigns root and services
# The steps of `./oliver test`, read by the launcher, which gives `root`, `services`, `say`, `fail` and `build`, and run by
# test-run.sh.

lint_step() {
    local status=0
    (cd "$root" && swift format lint --strict --recursive --parallel Package.swift Services Shared Tests Benchmarks/Package.swift Benchmarks/Sources) || status=1
    if command -v shellcheck >/dev/null; then
        (cd "$root" && shellcheck -x oliver .ci/run Scripts/*.sh Scripts/make-secrets) || status=1
    fi
    return $status
}

# ensure_venv: some tests drive real servers and clients that are written in Python.
ensure_venv() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
}

# ensure_glewlwyd: an OpenID Connect provider. Its package is unpacked below .build, beside the libraries that it needs:
# installed, it would set up a database and a service of the machine's.
ensure_glewlwyd() {
    local folder=$root/.build/glewlwyd
    [ ! -x "$folder/usr/bin/glewlwyd" ] || return 0
    command -v apt-get >/dev/null || {
        say "glewlwyd is tested against as Debian's package, and there is no apt-get here"
        return 1
    }
    as_root apt-get -qq update
    # shellcheck disable=SC2046 # one word is one package
    install_packages $(apt-cache depends glewlwyd | awk '$1 == "Depends:" && $2 ~ /^lib/ { print $2 }')
    rm -rf "$folder" "$folder.new"
    mkdir -p "$folder.new"
    (cd "$folder.new" && apt-get -qq -o APT::Sandbox::User=root download glewlwyd && dpkg -x glewlwyd_*.deb . && rm glewlwyd_*.deb) &&
        mv "$folder.new" "$folder"
}

# build_step: the tests, in the debug configuration, which checks more.
build_step() {
    ensure_venv
    "$root/Scripts/test-tools" && ensure_glewlwyd || return 1
    # The release build serves it, and the browser tests want it.
    build_web || return 1
    swift build --package-path "$root" --product oliverPackageTests
}

# swift_tests NAME ARGUMENT…: runs tests that are built, and counts them from their report. It starts the built tests
# themselves: SwiftPM would look at the whole package before each target, for longer than most of them run.
swift_tests() {
    local name=$1 report=$logs/$1.xml tests status=0
    shift
    tests=$(compgen -G "$root/.build/debug/*PackageTests.xctest")
    # A test that waits for ever must not take the whole run with it.
    (cd "$root" && timeout --foreground "$([ -n "${OLIVER_FULL:-}" ] && echo 6h || echo 30m)" "$tests" \
        --testing-library swift-testing --xunit-output "$report" "$@") || status=1
    count_report "$name" "$report"
    return $status
}

# count_report NAME FILE: counts the cases of a JUnit file; those that did not run count as neither. A run that crashed
# wrote no file.
count_report() {
    [ -s "$2" ] || return 0
    awk -v RS='<testcase ' '
        NR == 1 { next }
        /<failure|<error/ { failed++; next }
        /<skipped/ { next }
        { passed++ }
        END { print passed + 0, failed + 0 }
    ' "$2" >"$logs/$1.count"
}

# unit_targets: the test targets that need no executables. Each runs in a process of its own, one after the other: the
# tests of one target run side by side already, and those of all together would only wait for each other's cores.
unit_targets() {
    local folder
    for folder in "$root"/Tests/*Tests; do
        case $folder in
        */LiveTests) ;;
        *) printf '%s\n' "${folder##*/}" ;;
        esac
    done
}

# release_step: what people run, and so do the tests of whole processes, which build it themselves when they run alone.
release_step() { build oliver "${services[@]}"; }

live_step() {
    build oliver "${services[@]}"
    OLIVER_BIN_DIR=$root/.build/release swift_tests live --filter '^LiveTests\.'
}

tsan_step() {
    swift test --package-path "$root" --scratch-path "$root/.build/tsan" --sanitize thread \
        --skip '^(LiveTests|LocalServersTests)\.'
}

# The environment of the web app's tests: made once, and again when what it must hold has changed.
web_environment() {
    local wanted
    wanted=$(sha256sum <"$root/Web/e2e/requirements.txt")
    [ "$(cat "$venv/stamp" 2>/dev/null)" != "$wanted" ] || return 0
    ensure_venv
    say "installing what the web app's tests need"
    rm -rf "$venv"
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install --quiet --no-compile --disable-pip-version-check -r "$root/Web/e2e/requirements.txt" &&
        printf '%s\n' "$wanted" >"$venv/stamp"
}

# web_step: types, lint, format, unit tests, and a browser.
web_step() {
    local venv=$root/.build/web-venv status=0
    command -v chromium >/dev/null || install_packages chromium
    web_environment && build_web || return 1
    build oliver
    (
        cd "$root/Web" || exit 1
        export DENO_DIR=$root/.build/web-deno PATH=$root/Web/node_modules/.bin:$venv/bin:$PATH
        status=0
        tsc -p . || status=1
        deno lint --quiet || status=1
        deno fmt --check --quiet || status=1
        OLIVER_JUNIT=$logs/web-unit.xml node test.mjs || status=1
        OLIVER_BIN_DIR=$root/.build/release python -m pytest -q -p no:cacheprovider --durations 5 \
            --junitxml "$logs/web-e2e.xml" e2e || status=1
        exit $status
    ) || status=1
    count_report web-unit "$logs/web-unit.xml"
    count_report web-e2e "$logs/web-e2e.xml"
    cat "$logs"/web-*.count 2>/dev/null | awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }' >"$logs/web.count"
    return $status
}

# python_environment VENV REQUIREMENTS [PROJECT]: what tests in Python run with, and the project they test: made once, and
# again when what it must hold has changed.
python_environment() {
    local venv=$1 requirements=$2 project=${3-} wanted
    wanted=$(cat "$requirements" ${project:+"$project/pyproject.toml"} | sha256sum)
    [ "$(cat "$venv/stamp" 2>/dev/null)" != "$wanted" ] || return 0
    ensure_venv
    say "installing what the tests in ${requirements%/*} need"
    rm -rf "$venv"
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install --quiet --no-compile --disable-pip-version-check -r "$requirements" || return 1
    if [ -n "$project" ]; then
        "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e "$project" ||
            return 1
    fi
    printf '%s\n' "$wanted" >"$venv/stamp"
}

# api_step: the HTTP API against its OpenAPI document: examples, the authorization matrix, and requests of all kinds.
api_step() {
    local venv=$root/.build/api-venv tests=$root/Tests/api status=0
    python_environment "$venv" "$tests/requirements.txt" || return 1
    build oliver
    cd "$tests" || return 1
    "$venv/bin/ruff" check --quiet . || status=1
    "$venv/bin/ruff" format --check --quiet . || status=1
    OLIVER_BIN_DIR=$root/.build/release "$venv/bin/python" -m pytest --junitxml "$logs/api.xml" || status=1
    count_report api "$logs/api.xml"
    return $status
}

sdk_step() {
    local venv=$root/.build/sdk-venv status=0
    python_environment "$venv" "$root/SDK/python/tests/requirements.txt" "$root/SDK/python" || return 1
    build oliver
    cd "$root/SDK/python" || return 1
    "$venv/bin/ruff" check src tests bench.py || status=1
    "$venv/bin/ruff" format --check --quiet src tests bench.py || status=1
    "$venv/bin/mypy" || status=1
    OLIVER_BIN_DIR=$root/.build/release "$venv/bin/python" -m pytest --junitxml "$logs/sdk.xml" || status=1
    count_report sdk "$logs/sdk.xml"
    return $status
}

# ensure_monitoring: promtool, amtool and a Prometheus, which check rules, dashboard and metrics.
ensure_monitoring() {
    local missing=()
    command -v promtool >/dev/null || missing+=(prometheus)
    command -v amtool >/dev/null || missing+=(prometheus-alertmanager)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# deploy_step: rules, dashboard, manifests and compose.yaml against the programs as they are.
deploy_step() {
    ensure_venv
    "$root/Scripts/test-tools" || return 1
    ensure_monitoring
    build oliver
    command -v kubectl >/dev/null || say "kubectl is not here: the Kubernetes manifests are not checked"
    OLIVER_BIN_DIR=$root/.build/release "$root/.build/test-tools/bin/python3" "$root/Scripts/check-deploy.py" \
        "$logs/deploy.count"
}

# compose_step: builds the images and runs them all: a quarter of an hour or more, so only when asked for.
compose_step() {
    ensure_venv
    "$root/Scripts/test-tools" && build_web || return 1
    "$root/.build/test-tools/bin/python3" "$root/Scripts/test-compose" "$logs/compose.count"
}

# upgrade_step: services of an earlier commit beside those of this one: of OLIVER_OLD_REF, else of the last release, else of
# the commit before the last twenty. They are built in a work tree of their own, which takes as long as the first build.
upgrade_step() {
    local ref=${OLIVER_OLD_REF:-} tree=$root/.build/upgrade/source scratch=$root/.build/upgrade/build name
    [ -n "$ref" ] || ref=$(git -C "$root" describe --tags --abbrev=0 HEAD^ 2>/dev/null) ||
        ref=$(git -C "$root" rev-list --first-parent --max-count=21 HEAD | tail -1)
    ref=$(git -C "$root" rev-parse --verify "$ref^{commit}") || return 1
    if [ -z "${OLIVER_OLD_BIN_DIR:-}" ]; then
        say "building the services of $(git -C "$root" log -1 --format='%h (%s)' "$ref")"
        git -C "$root" worktree prune
        if [ -e "$tree/.git" ]; then
            git -C "$tree" checkout --quiet --detach "$ref" || return 1
        else
            git -C "$root" worktree add --quiet --force --detach "$tree" "$ref" || return 1
        fi
        for name in oliver "${services[@]}"; do
            swift build --package-path "$tree" --scratch-path "$scratch" --product "$name" || return 1
        done
        export OLIVER_OLD_BIN_DIR=$scratch/debug
    fi
    build oliver "${services[@]}"
    OLIVER_BIN_DIR=$root/.build/release swift_tests upgrade --filter '^LiveTests\..*UpgradeTests'
}

# wire_step: the committed Swift of the schemas is what they make. Building the generator takes a minute, so only in full.
wire_step() { "$root/Scripts/generate-wire" --check; }

bench_step() { OLIVER_BIN_DIR=$root/.build/release "$root/oliver" bench --quick; }

# readme_step: the README's example works with what people run.
readme_step() { build oliver && build_web && python3 "$root/Scripts/check-readme.py" "$root/.build/release/oliver"; }
