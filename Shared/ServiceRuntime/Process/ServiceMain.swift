import ArgumentParser
import FoundationEssentials
import Glibc
import Logging

/// Runs a service as its own executable.
package enum ServiceMain {
    /// Handles the command line, builds the service, runs it and ends the process.
    ///
    /// `--help` and `--version` print and exit 0. `--validate` prints every problem of the configuration and exits 1, or
    /// says that all is well. A configuration with problems never starts.
    package static func run<Settings: ComponentConfiguration>(_ definition: ServiceDefinition<Settings>) async -> Never
    {
        let options = parseOptions(name: definition.name, summary: definition.summary)
        let environment = ProcessInfo.processInfo.environment
        let reader = await SettingsReader.load(
            environment: environment,
            file: options.config ?? environment["OLIVER_CONFIG"]
        )
        let common = CommonConfiguration(
            reader: reader,
            defaultPort: definition.defaultPort,
            defaultNiceness: definition.niceness
        )
        let settings = Settings(reader: reader.scoped(to: definition.name))
        let problems = reader.problems + common.validate() + settings.validate()
        for problem in problems {
            print(problem.description, to: STDERR_FILENO)
        }
        guard problems.isEmpty else { exit(1) }
        if options.probes { exit(HealthProbe.isReady(host: common.host, port: common.port) ? 0 : 1) }
        if options.onlyValidates {
            for remark in settings.remarks { print(remark, to: STDOUT_FILENO) }
            print("\(definition.name): the configuration is valid", to: STDOUT_FILENO)
            exit(0)
        }
        Niceness.apply(common.niceness)
        let process = ServiceProcess(name: definition.name, common: common)
        process.bootstrapGlobals()
        exit(await run(definition, settings: settings, in: process))
    }

    @concurrent
    private static func run<Settings: ComponentConfiguration>(
        _ definition: ServiceDefinition<Settings>,
        settings: Settings,
        in process: ServiceProcess
    ) async -> Int32 {
        let context = process.context(for: definition.name)
        do {
            context.logger.info("starting", metadata: ["version": .string(OliverVersion.current)])
            let parts = try await definition.build(settings, context)
            try await process.run([parts]) { port in
                context.logger.info("listening", metadata: ["http.port": .stringConvertible(port)])
            }
            context.logger.info("stopped")
            return 0
        } catch is CancellationError {
            context.logger.warning("stopped, work that took too long was cancelled")
            return 0
        } catch {
            context.logger.critical("stopped by an error", error: error)
            return 1
        }
    }

    private static func parseOptions(name: String, summary: String) -> OliverExecutableOptions {
        do {
            let options = try OliverExecutableOptions.parse()
            guard options.version else { return options }
            print("\(name) \(OliverVersion.current)", to: STDOUT_FILENO)
            exit(0)
        } catch {
            let text = renamed(OliverExecutableOptions.fullMessage(for: error), to: name)
            guard OliverExecutableOptions.exitCode(for: error) == .success else {
                print(text, to: STDERR_FILENO)
                exit(64)
            }
            print("\(name): \(summary)\n\n\(text)", to: STDOUT_FILENO)
            exit(0)
        }
    }

    /// Puts the executable's name where the parser has its type's.
    static func renamed(_ text: String, to name: String) -> String {
        text.split(separator: "oliver_executable", omittingEmptySubsequences: false).joined(separator: name)
    }
}

/// The command line of every service.
struct OliverExecutableOptions: ParsableArguments {
    @Option(help: "A JSON file of settings. The environment (OLIVER_…) wins over it.")
    var config: String?

    @Flag(name: .customLong("validate"), help: "Check the configuration, print all its problems and exit.")
    var onlyValidates = false

    @Flag(
        name: .customLong("probe"),
        help: "Ask the service that runs on this machine whether it is ready, and exit 0 if so, else 1."
    )
    var probes = false

    @Flag(help: "Print the version and exit.")
    var version = false
}

/// Writes a line to a descriptor.
///
/// Glibc's `stdout` is a global variable, which Swift 6 does not let us touch.
private func print(_ text: String, to descriptor: Int32) {
    DescriptorLogSink(descriptor: descriptor).write(line: Array("\(text)\n".utf8))
}
