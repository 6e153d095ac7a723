import FoundationEssentials
package import LocalServers

/// Where the built executables are, for tests that run the services as separate processes.
package enum Executables {
    /// The folder that `OLIVER_BIN_DIR` names; nil when the tests run without built executables.
    package static var folder: String? {
        ProcessInfo.processInfo.environment["OLIVER_BIN_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The folder with the executables of an earlier commit, which `OLIVER_OLD_BIN_DIR` names.
    package static var oldFolder: String? {
        ProcessInfo.processInfo.environment["OLIVER_OLD_BIN_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A program of that folder, or of another one, which ends with the test process.
    ///
    /// `start()` starts it.
    package static func program(
        _ name: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        log: String,
        from other: String? = nil
    ) throws -> SupervisedProgram {
        guard let folder = other ?? folder else { throw MissingExecutables() }
        return SupervisedProgram("\(folder)/\(name)", arguments, environment: environment, log: log)
    }

    /// `OLIVER_BIN_DIR` is not set.
    package struct MissingExecutables: Error, CustomStringConvertible {
        package var description: String { "OLIVER_BIN_DIR does not say where the executables are." }
    }
}
