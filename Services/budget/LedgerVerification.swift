internal import Calendars
package import Directory
package import Domain
package import Ledger
package import Redis
package import Streams

/// Compares what was counted with what was kept, to the pico-dollar.
package struct LedgerVerification: Sendable {
    private let ledger: any LedgerStore
    private let counters: RedisCounters
    private let partitioning: Partitioning

    package init(ledger: any LedgerStore, counters: RedisCounters, partitioning: Partitioning) {
        self.ledger = ledger
        self.counters = counters
        self.partitioning = partitioning
    }

    /// One counter beside the ledger's sum for its scope and period.
    package struct Comparison: Sendable {
        package var scope: Scope
        package var period: String
        package var counter: MoneySum
        package var counterEvents: Int64
        package var ledger: MoneySum
        package var ledgerEvents: Int64

        package var isConsistent: Bool { counter == ledger && counterEvents == ledgerEvents }
    }

    /// The sums of one workspace.
    package struct Result: Sendable {
        package var workspace: String
        package var ledger: LedgerTotals
        package var rollups: LedgerTotals
        package var comparisons: [Comparison]

        package var isConsistent: Bool { ledger == rollups && comparisons.allSatisfy(\.isConsistent) }
    }

    /// Compares the workspaces' total and current month.
    package func run(_ workspaces: [Workspace], now: Timestamp) async throws -> VerificationReport {
        var results: [Result] = []
        for workspace in workspaces {
            results.append(try await compare(workspace, now: now))
        }
        return VerificationReport(results: results)
    }

    private func compare(_ workspace: Workspace, now: Timestamp) async throws -> Result {
        var everything = LedgerQuery(workspaces: [workspace.id], from: .distantPast, to: .distantFuture)
        everything.source = .events
        let ledgerTotals = try await ledger.totals(everything)
        everything.source = .rollups
        let rollups = try await ledger.totals(everything)
        var comparisons: [Comparison] = []
        for kind in CounterCatalogue.workspacePeriods {
            comparisons.append(try await compare(workspace, kind, now: now))
        }
        return Result(workspace: workspace.id, ledger: ledgerTotals, rollups: rollups, comparisons: comparisons)
    }

    private func compare(_ workspace: Workspace, _ kind: PeriodKind, now: Timestamp) async throws -> Comparison {
        let calendar = CalendarRules(
            timeZone: workspace.timeZone,
            weekStart: workspace.weekStart,
            fiscalYearStart: workspace.fiscalYearStart
        )
        let period = (calendar ?? .standard).period(kind, containing: now)
        let scope = Scope(type: .workspace, id: workspace.id)
        let name = CounterName(workspace: workspace.id, scope: scope, period: period).text
        let value = try await counters.values(partitioning.partition(ofWorkspace: workspace.id), names: [name])
        let query = LedgerQuery(
            workspaces: [workspace.id],
            from: kind == .total ? .distantPast : period.start,
            to: period.end ?? .distantFuture,
            source: .events
        )
        let totals = try await ledger.totals(query)
        return Comparison(
            scope: scope,
            period: period.name,
            counter: value.first??.sum ?? .zero,
            counterEvents: value.first??.events ?? 0,
            ledger: totals.cost,
            ledgerEvents: totals.events
        )
    }
}
