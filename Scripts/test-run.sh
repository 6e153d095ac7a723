# shellcheck shell=bash
# shellcheck disable=SC2154 # the launcher assigns root
# How `./oliver test` runs the steps of test.sh: each to its end whatever the others did; the last line counts what passed
# and failed.

passed=0
failed=0
summary=()

# step NAME COMMAND…: runs one step, keeps its output, and adds its counts. A step without counts is one check.
step() {
    local name=$1 log start=$SECONDS status=0 counted
    shift
    log=$logs/$name.log
    step_passed=0 step_failed=0 counted=''
    say "== $name"
    "$@" 2>&1 | tee "$log" || status=1
    # Functions run in the pipe's subshell: they leave their counts in a file.
    if [ -s "$logs/$name.count" ]; then
        read -r step_passed step_failed <"$logs/$name.count"
        counted=1
    fi
    if [ $status != 0 ] && [ "$step_failed" = 0 ]; then step_failed=1; fi
    if [ -z "$counted" ] && [ $status = 0 ]; then step_passed=1; fi
    passed=$((passed + step_passed))
    failed=$((failed + step_failed))
    summary+=("$(printf '%-22s %5d passed %3d failed %5d s' "$name" "$step_passed" "$step_failed" $((SECONDS - start)))")
    return $status
}

# run_part PART: the steps of a part.
run_part() {
    local target
    if [ "$1" = swift ]; then
        for target in $(unit_targets); do
            step "$target" swift_tests "$target" --filter "^$target\." || true
        done
    else
        step "$1" "${1}_step"
    fi
}

run_tests() {
    local full='' parts=() part line
    logs=$root/.build/test-logs
    for part in "$@"; do
        case $part in
        --full)
            full=1
            export OLIVER_FULL=1
            ;;
        lint | build | swift | live | web | api | sdk | deploy | readme | release | compose | upgrade | wire | tsan | bench) parts+=("$part") ;;
        *) fail "unknown part of the tests: $part (known: lint build swift live web api sdk deploy readme release compose upgrade wire tsan bench)" ;;
        esac
    done
    if [ ${#parts[@]} = 0 ]; then
        parts=(lint build swift release live web api sdk deploy readme)
        [ -z "$full" ] || parts+=(upgrade wire tsan bench)
    fi
    rm -rf "$logs"
    mkdir -p "$logs"
    export OLIVER_TEST_SEED=${OLIVER_TEST_SEED:-$RANDOM$RANDOM$RANDOM}
    say "seed $OLIVER_TEST_SEED (repeat with OLIVER_TEST_SEED=$OLIVER_TEST_SEED ./oliver test)"

    local built=''
    for part in "${parts[@]}"; do
        case $part in
        build | swift | live | upgrade) built=1 ;;
        esac
    done
    if [ "${parts[0]}" = lint ]; then
        run_part lint || true
        parts=("${parts[@]:1}")
    fi
    [ "${parts[0]-}" != build ] || parts=("${parts[@]:1}")
    if [ -z "$built" ] || run_part build; then
        for part in "${parts[@]}"; do run_part "$part" || true; done
    fi

    printf '\n'
    for line in "${summary[@]}"; do printf '%s\n' "$line"; done
    printf 'seed %s, logs in %s\n' "$OLIVER_TEST_SEED" "$logs"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" = 0 ]
}
