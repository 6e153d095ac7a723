import Domain
import FoundationEssentials
import Glibc
import PriceBook
import Wire

/// What the pricing engine can do on one thread: run by `./oliver bench`, which shows its figures.
///
/// Prints one line a figure: name, value and unit, separated by tabs.
@main enum PriceEngine {
    /// Files larger than this are not read.
    private static let sizeLimit = 64 << 20

    static func main() throws {
        guard CommandLine.arguments.count == 4, let seconds = Double(CommandLine.arguments[3]) else {
            print("usage: price-engine PRICE-MAP VECTORS SECONDS-PER-FIGURE")
            exit(2)
        }
        let contents = try PriceMap(litellm: read(CommandLine.arguments[1])).entries.map {
            (key: $0.key, json: Array($0.json.utf8))
        }
        let before = residentBytes()
        let start = ContinuousClock.now
        let book = try load(contents)
        show("book load from \(contents.count) stored versions", milliseconds(since: start), "ms")
        show("memory of the loaded book", Double(residentBytes() - before) / 1e6, "MB")
        let calls = try calls(in: read(CommandLine.arguments[2]))
        let cache = PlanCache(book)
        let planned = calls.compactMap { call in
            cache.plan(for: call.query, at: call.request.occurredAt).map { (plan: $0, request: call.request) }
        }
        measure("costs, names resolved to plans", seconds) { sum in
            for item in planned { sum &+= item.plan.cost(of: item.request).money?.picoDollars ?? 0 }
            return planned.count
        }
        measure("costs by provider and model through the cache", seconds) { sum in
            for call in calls {
                let cost = cache.cost(provider: call.query.provider, model: call.query.model, call.request)
                sum &+= cost.money?.picoDollars ?? 0
            }
            return calls.count
        }
        measure("costs with components and provenance text", seconds) { sum in
            for item in planned {
                let explanation = item.plan.explain(item.request)
                sum &+= Int64(explanation.components.count + explanation.cost.provenance.rules.names.count)
            }
            return planned.count
        }
    }

    private struct Call {
        var query: PriceQuery
        var request: PriceRequest
    }

    private static func calls(in lines: [UInt8]) throws -> [Call] {
        let now = Timestamp(seconds: 1_795_428_000)
        return try RecordBody(ndjson: lines, limit: 100_000).items.map { item in
            guard case .event(let reported) = item else { throw BenchFailure("a vector is no event") }
            let event = try reported.event(at: now)
            let request = PriceRequest(event)
            return Call(
                query: PriceQuery(provider: event.provider, model: event.model, request: request),
                request: request
            )
        }
    }

    private static func load(_ contents: [(key: String, json: [UInt8])]) throws -> PriceBook {
        var reader = PriceEntryReader()
        let ever = Timestamp(microseconds: 0)
        return PriceBook(
            versions: try contents.map {
                PriceVersion(source: .litellm, entry: try reader.entry(key: $0.key, json: $0.json), recordedAt: ever)
            }
        )
    }

    /// Repeats a body for some seconds, in three parts, and shows the best of them.
    private static func measure(_ name: String, _ seconds: Double, _ body: (inout Int64) -> Int) {
        var best = 0.0
        var sum: Int64 = 0
        for _ in 0..<3 {
            let start = ContinuousClock.now
            var count = 0
            while milliseconds(since: start) < seconds * 1_000 / 3 { count += body(&sum) }
            best = max(best, Double(count) / milliseconds(since: start) * 1_000)
        }
        // The sum is used, so that nothing is left out as useless.
        show(name, best, sum == .min ? "" : "/s")
    }

    private static func show(_ name: String, _ value: Double, _ unit: String) {
        print("\(name)\t\(value)\t\(unit)")
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    }

    private static func read(_ path: String) throws -> [UInt8] {
        let data = try Data(contentsOf: URL(filePath: path))
        guard data.count <= sizeLimit else { throw BenchFailure("\(path) is too large") }
        return Array(data)
    }

    private static func residentBytes() -> Int {
        let text = (try? String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// Why a benchmark could not run.
private struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
