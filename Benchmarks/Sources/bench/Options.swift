/// What the command line asks for.
struct Options {
    /// What can be measured by itself.
    enum Part: String, CaseIterable {
        case prices, idle, batches, singles, intake, warnings, preflights, repricing
    }

    /// What to measure; everything when it is empty.
    var parts: Set<Part> = []
    /// Events of each batch load.
    var events = 200_000
    /// Seconds of each timed load.
    var seconds = 6.0
    /// Where to make the folder of the run: it should be on the disk that Oliver is to use.
    var folder = "/var/tmp"
    /// How many events reports are measured over; nothing else is measured then.
    var analytics: Int?
    /// The data folder of an earlier run over reports, which was kept.
    var home: String?
    /// Whether missed targets make the run fail.
    var fails = false
    /// Whether the folder of the run stays.
    var keeps = false
    /// Where the report goes, beside the terminal.
    var output: String?

    static let help = """
        ./oliver bench [--quick] [--check] [--events N] [--seconds N] [--folder DIR] [--output DIR] [--keep]
                      [--part NAME …]

        Measures this checkout on this machine, in five to eight minutes, and writes last.json and last.txt into
        Benchmarks/. It starts its own servers and services and removes what they wrote.

          --quick        a tenth of the load: shows that everything works, the figures are rough
          --check        exit 1 when a target is missed
          --events N     events of each load in batches (\(Options().events))
          --analytics N  measure reports over N events of `oliver demo` instead, in workspace `demo`: 1000000 takes
                         some minutes, 10000000 half an hour
          --home DIR     with --analytics: asks over the events that an earlier run with --keep has laid there
          --seconds N    seconds of each timed load (\(Int(Options().seconds)))
          --part NAME    measure this alone: \(Part.allCases.map(\.rawValue).joined(separator: ", "))
          --folder DIR   where to put the data (\(Options().folder)); its disk is part of what is measured
          --output DIR   where to write the report
          --keep         leave data and logs in place

        \(loadHelp)
        """

    static let loadHelp = """
        ./oliver bench load PORT KEY BATCH CONNECTIONS SECONDS [REQUESTS-PER-SECOND]

        Only sends events to a server that runs already: as fast as it answers, or at a rate.
        """

    /// - Throws: when an argument is unknown or no number.
    init(_ arguments: some Sequence<String>) throws {
        var arguments = arguments.makeIterator()
        func value<Value: LosslessStringConvertible>(of name: String, _ type: Value.Type) throws -> Value {
            guard let text = arguments.next(), let value = Value(text) else {
                throw BenchError("\(name) needs a value; see --help")
            }
            return value
        }
        while let argument = arguments.next() {
            switch argument {
            case "--quick":
                events /= 10
                seconds = 1.5
            case "--check": fails = true
            case "--keep": keeps = true
            case "--events": events = max(1_000, try value(of: argument, Int.self))
            case "--analytics": analytics = max(1_000, try value(of: argument, Int.self))
            case "--home": home = try value(of: argument, String.self)
            case "--seconds": seconds = max(0.5, try value(of: argument, Double.self))
            case "--part":
                let name = try value(of: argument, String.self)
                guard let part = Part(rawValue: name) else { throw BenchError("unknown part \(name); see --help") }
                parts.insert(part)
            case "--folder": folder = try value(of: argument, String.self)
            case "--output": output = try value(of: argument, String.self)
            default: throw BenchError("unknown argument \(argument); see --help")
            }
        }
    }

    private init() {}
}
