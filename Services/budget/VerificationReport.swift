internal import Domain
internal import Ledger
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
            for comparison in result.comparisons where !comparison.isConsistent {
                lines.append(
                    "  counter of \(comparison.scope.id) \(comparison.period): \(comparison.counterEvents) events, "
                        + "\(comparison.counter.usd) USD; ledger: \(comparison.ledgerEvents) events, "
                        + "\(comparison.ledger.usd) USD"
                )
            }
        }
        return lines.isEmpty ? "There are no workspaces." : lines.joined(separator: "\n")
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
        writer.key("counters")
        writer.beginArray()
        for comparison in result.comparisons {
            writer.beginObject()
            writer.member("scope", "\(comparison.scope.type.rawValue):\(comparison.scope.id)")
            writer.member("period", comparison.period)
            writer.member("counter_usd", comparison.counter.usd)
            writer.member("ledger_usd", comparison.ledger.usd)
            writer.member("counter_events", comparison.counterEvents)
            writer.member("ledger_events", comparison.ledgerEvents)
            writer.endObject()
        }
        writer.endArray()
        writer.key("consistent")
        writer.bool(result.isConsistent)
        writer.endObject()
    }
}
