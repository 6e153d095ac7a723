package import Domain
package import Ledger
package import Logging
package import ServiceRuntime
internal import Synchronization

/// What calls of a model used lately, and what events of a workspace cost, remembered for some minutes.
///
/// Who asks first for something waits for the ledger; others use what was known before, meanwhile. The ledger's failure
/// is no reason to fail an estimate: then nothing is known.
package final class ObservedUsage: Sendable {
    private enum Question: Hashable {
        case outputTokens(workspace: String, LedgerModel)
        case eventCost(workspace: String)
    }

    private struct Entry {
        var value: Int64?
        /// When it is to be asked for again.
        var due: Timestamp
    }

    private let ledger: any LedgerObservations
    private let clock: any WallClock
    private let logger: Logger
    private let entries = Mutex<[Question: Entry]>([:])

    /// Answers that are remembered at most; beyond, all are forgotten.
    private static let capacity = 10_000
    private static let lifetime = Duration.seconds(600)
    /// The pause after a failure, and the time that others do without while one asks.
    private static let pause = Duration.seconds(30)
    /// How far back the ledger is looked at.
    private static let window = Duration.seconds(7 * 86_400)

    package init(ledger: any LedgerObservations, clock: any WallClock, logger: Logger) {
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
    }

    /// The output tokens that 19 of 20 calls of a model did not pass lately; `nil` when none are known.
    package func outputTokens(of model: LedgerModel, in workspace: String) async -> Int64? {
        await value(.outputTokens(workspace: workspace, model)) { since in
            try await self.ledger.outputTokens(of: model, in: workspace, since: since)
        }
    }

    /// The cost that 19 of 20 events did not pass lately; `nil` when none is known.
    package func eventCost(in workspace: String) async -> Money? {
        await value(.eventCost(workspace: workspace)) { since in
            try await self.ledger.eventCost(in: workspace, since: since)?.picoDollars
        }.map { Money(picoDollars: $0) }
    }

    private func value(_ question: Question, ask: (Timestamp) async throws -> Int64?) async -> Int64? {
        let now = clock.now
        let known: (value: Int64?, isDue: Bool) = entries.withLock { entries in
            let entry = entries[question]
            guard let entry, now < entry.due else {
                if entry == nil, entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
                entries[question] = Entry(value: entry?.value, due: now.adding(Self.pause))
                return (entry?.value, true)
            }
            return (entry.value, false)
        }
        guard known.isDue else { return known.value }
        do {
            let value = try await ask(now.adding(.zero - Self.window))
            entries.withLock { $0[question] = Entry(value: value, due: now.adding(Self.lifetime)) }
            return value
        } catch {
            logger.debug("what was used lately is not known", metadata: ["error": "\(error)"])
            return known.value
        }
    }
}
