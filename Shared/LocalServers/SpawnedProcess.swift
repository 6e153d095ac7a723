import CSpawn
import Dispatch
import Glibc
import Synchronization

/// A child process in a session of its own, whose standard input is a pipe that this process holds.
///
/// Its own session keeps the terminal's Ctrl-C away from it. The pipe closes when this object's owner says so or when
/// this process ends, however it ends.
final class SpawnedProcess: Sendable {
    let identifier: pid_t
    /// Is fulfilled when the process has ended and was reaped.
    let exit = ExitLatch()
    private let input: Mutex<Int32?>

    /// Starts the command.
    ///
    /// Its output and errors go to `output`, or nowhere.
    init(_ command: Command, output: Int32? = nil) throws {
        // A pair of sockets instead of a pipe: writing to a process that is gone must not raise SIGPIPE.
        var pipe: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pipe) == 0 else {
            throw Files.failure("open a pipe for", command.executable)
        }
        defer { close(pipe[0]) }
        do {
            identifier = try spawn(command, input: pipe[0], output: output)
        } catch {
            close(pipe[1])
            throw error
        }
        input = Mutex(pipe[1])
        reap()
    }

    deinit {
        closeInput()
    }

    /// Writes to the standard input; what does not fit into the pipe is lost.
    func write(_ text: String) {
        input.withLock { descriptor in
            guard let descriptor else { return }
            _ = Array(text.utf8).withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
        }
    }

    func closeInput() {
        input.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    /// Waits for the end on a thread of its own: `waitpid` blocks.
    private func reap() {
        let (identifier, exit) = (identifier, exit)
        DispatchQueue(label: "oliver.reap.\(identifier)").async {
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
            exit.fulfil(ExitStatus(waitStatus: status))
        }
    }
}

private func spawn(_ command: Command, input: Int32, output: Int32?) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    for target: Int32 in [1, 2] {
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, target)
        } else {
            posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_WRONLY, 0)
        }
    }
    // Sockets and pipes of this process must not live on in a child: another child's pipe would never close.
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    // The account of the child may not be able to enter the folder that this process stands in.
    posix_spawn_file_actions_addchdir_np(&actions, "/")

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Signals that this process ignores or blocks work again in the child: a shell cannot trap an ignored one.
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    let flags = Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK) | oliver_spawn_setsid
    posix_spawnattr_setflags(&attributes, flags)

    var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"]
    variables.merge(command.environment) { $1 }
    var arguments = ([command.executable] + command.arguments).map { strdup($0) } + [nil]
    var environment = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + environment { free(text) } }

    var child = pid_t()
    let status = posix_spawn(&child, command.executable, &actions, &attributes, &arguments, &environment)
    guard status == 0 else {
        throw LocalServersError(.command, "Cannot start \(command.executable): \(Files.reason(status)).")
    }
    return child
}
