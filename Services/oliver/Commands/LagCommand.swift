internal import ArgumentParser
internal import ServiceRuntime
internal import Streams

/// How far each stage is behind.
struct LagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag",
        abstract: "Shows how far each stage is behind, in events and seconds.",
        discussion: "A terminal shows the table anew every few seconds until ^C; a file or a pipe gets it once."
    )

    @OptionGroup var installation: InstallationOptions

    @Flag(help: "Print one JSON document and end.")
    var json = false

    @Flag(help: "Print the table once and end.")
    var once = false

    @Flag(help: "One line per partition instead of one per stage.")
    var partitions = false

    @Option(help: "Seconds between two updates of the live table.")
    var interval = 2

    func validate() throws {
        guard (1...3_600).contains(interval) else {
            throw ValidationError("--interval must be from 1 to 3600 seconds.")
        }
    }

    func run() async throws {
        try await Installation.use(installation) { installation in
            try await installation.streams.prepare()
            if json {
                print(LagReport(try await installation.streams.lag(), byPartition: partitions).json)
                return
            }
            var trend = LagTrend()
            let start = ContinuousClock.now
            while true {
                let report = LagReport(try await installation.streams.lag(), byPartition: partitions)
                if once || !isTerminal { return print(report.table) }
                trend.add(report.rows, at: Int((ContinuousClock.now - start) / .milliseconds(1)))
                printNow("\u{1B}[2J\u{1B}[H\(report.table(trend))\n\nevery \(interval) s, ^C ends")
                try await Task.sleep(for: .seconds(interval))
            }
        }
    }
}
