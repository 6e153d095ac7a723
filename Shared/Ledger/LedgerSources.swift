internal import Synchronization

/// What a report was made from: tells people why one is slower than another.
package enum LedgerSource: String, CaseIterable, Hashable, Sendable {
    /// Sums of closed days and months.
    case periods
    /// Sums of closed days by the value of a tag.
    case tags
    /// Sums of quarters of an hour.
    case quarters
    /// Rows.
    case events
}

/// Collects the sources of the reports that are made within a scope.
package final class LedgerSources: Sendable {
    @TaskLocal private static var current: LedgerSources?
    private let found = Mutex<Set<LedgerSource>>([])

    private init() {}

    /// Runs a body and returns what the reports in it were made from, the coarsest first.
    package static func collecting<Value>(
        _ body: () async throws -> Value
    ) async rethrows -> (value: Value, sources: [LedgerSource]) {
        let sources = LedgerSources()
        let value = try await $current.withValue(sources) { try await body() }
        let found = sources.found.withLock { $0 }
        return (value, LedgerSource.allCases.filter { found.contains($0) })
    }

    static func note(_ sources: Set<LedgerSource>) {
        current?.found.withLock { $0.formUnion(sources) }
    }
}
