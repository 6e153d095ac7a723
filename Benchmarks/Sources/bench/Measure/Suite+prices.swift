/// The pricing engine by itself.
extension Suite {
    /// What each figure of the engine is to reach, by the beginning of its name.
    private static let targets: [(name: String, target: Figure.Target)] = [
        ("book load", .atMost(200)), ("memory of the loaded book", .atMost(40)),
        ("costs, names resolved", .atLeast(1_000_000)), ("costs with components", .atLeast(150_000)),
    ]

    /// Runs the engine on one thread over all vectors mixed.
    func measurePrices() throws {
        let seconds = "\(options.seconds / 2)"
        let output = try Child.output([
            "\(programs.oliver)/price-engine", programs.priceMap, programs.vectors, seconds,
        ])
        let figures = output.split(separator: "\n").compactMap { line -> Figure? in
            let parts = line.split(separator: "\t").map(String.init)
            guard parts.count == 3, let value = Double(parts[1]) else { return nil }
            let target = Self.targets.first { parts[0].hasPrefix($0.name) }?.target
            return Figure(name: parts[0], value: value, unit: parts[2], target: target)
        }
        guard figures.count >= Self.targets.count else { throw BenchError("price-engine says: \(output)") }
        report.add("The pricing engine, one thread, all vectors mixed", figures)
    }
}
