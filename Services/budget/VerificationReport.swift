internal import Domain
internal import Ledger
internal import Redis
internal import ServiceRuntime

/// What a verification found, for people and for programs.
package struct VerificationReport: Sendable {
    package let results: [LedgerVerification.Result]

    /// Whether everything agrees.
    package var isConsistent: Bool { results.allSatisfy(\.isConsistent) }

    /// Lines for a terminal.
    package var table: String {
        var lines: [String] = []
        for result in results {
            let mark = result.isConsistent ? "ok" : "DIFFERS"
            lines.append("\(result.workspace): \(mark), \(result.ledger.events) events, \(result.ledger.cost.usd) USD")
            if result.ledger != result.rollups {
                lines.append("  rollups have \(result.rollups.events) events, \(result.rollups.cost.usd) USD")
            }
            if result.dropped.events != 0 {
                lines.append(
                    "  of which rows were dropped for \(result.dropped.events) events, \(result.dropped.cost.usd) USD"
                )
            }
            lines += result.differingPeriods.map { "  the kept sums of \($0) differ from the rollups" }
            lines += result.counters.filter { !$0.isConsistent }.map(Self.line)
        }
        return lines.isEmpty ? "There are no workspaces." : lines.joined(separator: "\n")
    }

    private static let notRebuilt =
        "not rebuilt: `oliver budgets reconcile` does it now, a budget service when it is next used"

    private static func line(_ counter: LedgerVerification.Counter) -> String {
        let comparison = counter.comparison
        return "  counter of \(comparison.name.scopeText) \(comparison.name.periodText): "
            + "\(comparison.counter.events) events, \(comparison.counter.sum.usd) USD; "
            + "ledger: \(comparison.total.events) events, \(comparison.total.sum.usd) USD"
            + (counter.isReady ? "" : "; \(notRebuilt)")
    }

    /// One JSON document.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("workspaces")
        writer.beginArray()
        for result in results { Self.write(result, to: &writer) }
        writer.endArray()
        writer.key("consistent")
        writer.bool(isConsistent)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ result: LedgerVerification.Result, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("workspace", result.workspace)
        writer.member("events", result.ledger.events)
        writer.member("ledger_usd", result.ledger.cost.usd)
        writer.member("rollups_usd", result.rollups.cost.usd)
        writer.member("rollup_events", result.rollups.events)
        writer.member("dropped_events", result.dropped.events)
        writer.member("dropped_usd", result.dropped.cost.usd)
        writer.key("differing_periods")
        writer.beginArray()
        for period in result.differingPeriods { writer.string(period) }
        writer.endArray()
        writer.key("counters")
        writer.beginArray()
        for counter in result.counters {
            let comparison = counter.comparison
            writer.beginObject()
            writer.member("scope", comparison.name.scopeText)
            writer.member("period", comparison.name.periodText)
            writer.member("counter_usd", comparison.counter.sum.usd)
            writer.member("ledger_usd", comparison.total.sum.usd)
            writer.member("counter_events", comparison.counter.events)
            writer.member("ledger_events", comparison.total.events)
            writer.key("ready")
            writer.bool(counter.isReady)
            writer.endObject()
        }
        writer.endArray()
        writer.key("consistent")
        writer.bool(result.isConsistent)
        writer.endObject()
    }
}
