internal import ArgumentParser
internal import LocalServers
internal import ServiceRuntime

/// What is wrong with an installation, and what to do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what is wrong with a running installation, and what to do about it.",
        discussion: """
            Looks at Redis (persistence, eviction, memory), PostgreSQL (schema), both clocks, every stage's lag and \
            consumers, dead letters, prices and disks. Changes nothing. Exits 1 when it finds a fault.
            """
    )

    @OptionGroup var installation: InstallationOptions

    @Option(help: "Seconds that a stage may be behind.")
    var lag = Doctor.Limits().lag

    @Option(help: "Seconds that an entry may be with a consumer.")
    var pending = Doctor.Limits().pending

    @Option(help: "Percent of a disk that may be used.")
    var disk = Doctor.Limits().disk

    @Option(help: "Hours since prices were last looked at.")
    var prices = Doctor.Limits().prices

    @Option(name: .customLong("folder"), help: "A further folder whose disk is looked at.")
    var folders: [String] = []

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let home = installation.home ?? HomeFolder.defaultPath
        // Servers on other machines have their disks there.
        let watched = folders + (try RunFile.load(fromHome: home) == nil ? [] : [home])
        let diagnosis = try await Installation.use(installation) { installation in
            var limits = Doctor.Limits()
            limits.lag = lag
            limits.pending = pending
            limits.disk = disk
            limits.prices = prices
            return await Doctor(installation: installation, limits: limits, folders: watched).examine()
        }
        print(json ? diagnosis.json : diagnosis.text)
        if !diagnosis.isHealthy { throw ExitCode.failure }
    }
}
