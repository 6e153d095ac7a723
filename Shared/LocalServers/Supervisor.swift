/// The small shell program between this process and a server, which binds the server to this process's life.
///
/// Its standard input is a pipe that only this process holds. When the pipe closes, because `stop()` closed it or
/// because this process is gone, the supervisor asks the server to end, insists, and at last kills it. When the server
/// ends first, the supervisor ends with its status. A scratch folder is removed when the pipe closes without the order
/// `keep`, which `stop()` gives. Should the supervisor itself be killed, the kernel sends the
/// server its first signal (`setpriv --pdeathsig`).
enum Supervisor {
    /// Signals to end a server, with the tenths of a second to wait after each; `KILL` follows.
    struct StopPlan: Sendable {
        var first: String
        var firstPatience: Int
        var second: String
        var secondPatience: Int
    }

    /// `command` under a supervisor.
    ///
    /// When this process dies, the folder `scratch`, if given, is removed in the end.
    static func wrap(_ command: Command, plan: StopPlan, as account: ServerAccount?, scratch: String?) -> Command {
        let server = command.under(account, deathSignal: plan.first)
        let head = [
            "-c", script, "oliver-supervisor", plan.first, "\(plan.firstPatience)", plan.second,
            "\(plan.secondPatience)", scratch ?? "", server.executable,
        ]
        return Command("/bin/sh", head + server.arguments, environment: server.environment)
    }

    /// What the owner may write into the pipe, one a line.
    enum Order: String {
        /// Keep the scratch folder when the pipe closes.
        case keep
        /// Send the server its first signal.
        case end = "TERM"
        /// Kill the server.
        case kill = "USR2"
    }

    /// Only the shell that waits for the server signals it: so a process number used again is never hit.
    private static let script = """
        first=$1 first_patience=$2 second=$3 second_patience=$4 scratch=$5 garbage=
        shift 5
        exec 3<&0 </dev/null
        "$@" 3<&- &
        server=$!
        trap 'kill -s "$first" "$server" 2>/dev/null' TERM
        trap 'kill -s "$second" "$server" 2>/dev/null' USR1
        trap 'kill -s KILL "$server" 2>/dev/null' USR2
        trap 'garbage=$scratch' ALRM
        trap '' INT HUP
        patience() {
            tenths=$1
            while [ "$tenths" -gt 0 ]; do
                sleep 0.1
                tenths=$((tenths - 1))
            done
        }
        (
            trap - TERM USR1 USR2 ALRM
            keep=
            while read -r order <&3; do
                case $order in
                keep) keep=yes ;;
                *) kill -s "$order" $$ ;;
                esac
            done
            [ -n "$keep" ] || kill -s ALRM $$
            kill -s TERM $$ && patience "$first_patience"
            kill -s USR1 $$ && patience "$second_patience"
            kill -s USR2 $$
        ) 2>/dev/null &
        watcher=$!
        exec 3<&-
        while :; do
            wait "$server" 2>/dev/null
            status=$?
            kill -0 "$server" 2>/dev/null || break
        done
        # A signal can hide the status of a server that ended at the same time; it is still there to be asked for.
        wait "$server" 2>/dev/null
        hidden=$?
        [ "$hidden" = 127 ] || status=$hidden
        kill -s KILL "$watcher" 2>/dev/null
        [ -z "$garbage" ] || rm -rf -- "$garbage"
        exit "$status"
        """
}
