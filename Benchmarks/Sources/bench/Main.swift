import FoundationEssentials
import Glibc

/// Measures Oliver.
///
/// With the argument `bare` it is the server that single posts are compared with, with `fsync` it watches the disk, with
/// `pace` the machine.
@main
struct Main {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        do {
            if arguments.first == "bare", let port = arguments.last.flatMap({ Int($0) }) {
                return try await BareServer.run(port: port)
            }
            if arguments.first == "fsync", let seconds = arguments.last.flatMap({ Double($0) }) {
                return print(try Disk.measure(file: arguments[2], seconds: seconds).line)
            }
            if arguments.first == "pace", let seconds = arguments.last.flatMap({ Double($0) }) {
                return Pace.watch(seconds: seconds).forEach { print($0.start, $0.end) }
            }
            if arguments.first == "load" { return try sendOnly(Array(arguments.dropFirst())) }
            if arguments.contains("--help") || arguments.contains("-h") { return print(Options.help) }
            try run(Options(arguments))
        } catch {
            print("bench: \(error)")
            if !arguments.contains("--keep") { Scratch.remove() }
            exit(2)
        }
    }

    private static func run(_ options: Options) throws {
        try Scratch.make(in: options.folder)
        if options.keeps { try Scratch.keep() }
        let suite = try Suite(options)
        let report = try options.analytics.map { try suite.runAnalytics($0) } ?? suite.run()
        if options.keeps { print("Data and logs are in \(Scratch.path).") } else { Scratch.remove() }
        if options.analytics == nil { print(report.stageTable, terminator: "\n\n") }
        if let folder = options.output ?? (options.parts.isEmpty ? packageFolder : nil) {
            let name = options.analytics == nil ? "last" : "analytics"
            try Files.write(try report.json(), to: "\(folder)/\(name).json")
            try Files.write(report.text, to: "\(folder)/\(name).txt")
            print("\(folder)/\(name).txt and \(name).json have it all. \(Int(report.seconds)) s.")
        }
        print(report.missed.isEmpty ? "All targets are met." : "\(report.missed.count) targets are missed.")
        if options.fails, !report.missed.isEmpty { exit(1) }
    }

    /// Sends a load to a server that runs already.
    private static func sendOnly(_ words: [String]) throws {
        let numbers = words.compactMap { Double($0) }
        guard words.count == numbers.count + 1, numbers.count >= 4 else { throw BenchError(Options.loadHelp) }
        let source = EventSource(keys: [words[1]], batch: Int(numbers[1]))
        let result = try LoadGenerator.run(
            Load(
                port: Int(numbers[0]),
                connections: Int(numbers[2]),
                source: source,
                pace: numbers.count > 4 ? .open(perSecond: numbers[4]) : .closed,
                seconds: numbers[3]
            )
        )
        let times = [0.5, 0.9, 0.99, 1].map { "\(Figure.text(result.latency($0) * 1e3)) ms" }.joined(separator: ", ")
        print("\(result.accepted) events accepted, \(Figure.text(Double(result.accepted) / result.seconds))/s")
        print("\(result.answered) requests answered, \(result.refused) refused; p50, p90, p99, longest: \(times)")
    }

    /// The package of this executable, which lies in its build folder.
    private static var packageFolder: String? {
        guard var folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = String(folder[..<slash])
            if access("\(folder)/Package.swift", F_OK) == 0 { return folder }
        }
        return nil
    }
}
