internal import Domain
package import Streams
internal import Synchronization

/// The ledger in memory, for tests of what stands on it.
package final class InMemoryLedgerStore: LedgerStore {
    let partitioning: Partitioning
    let state = Mutex(MemoryLedger())

    package init(partitioning: Partitioning = .standard) {
        self.partitioning = partitioning
    }

    package func append(_ entries: [LedgerEntry], writer: String) async throws -> [LedgerOutcome] {
        for entry in entries { try entry.check() }
        return state.withLock { state in
            var outcomes = BatchPlan(entries).outcomes(existing: state.identities)
            for (position, entry) in entries.enumerated() {
                state.advance(to: entry.reference, of: entry.partition)
                switch outcomes[position] {
                case .kept: state.keep(entry)
                case .redelivered: break
                case .lateDuplicate(let isConflict):
                    if state.late.insert(BatchPlan.EntryKey(entry)).inserted {
                        let number = state.number(of: SeriesKey(entry.priced))
                        let delta = OutboxDelta.undoing(entry, as: number, isConflict: isConflict)
                        state.send([delta], partition: entry.partition)
                    } else {
                        outcomes[position] = .redelivered
                    }
                }
            }
            state.countLate(zip(entries, outcomes).filter { $1 == .kept }.map(\.0))
            return outcomes
        }
    }

    /// The rows that a query selects.
    private func rows(_ query: LedgerQuery) -> [MemoryLedger.Row] {
        state.withLock { state in state.rows.filter { $0.isSelected(by: query) } }
    }

    package func totals(_ query: LedgerQuery) async throws -> LedgerTotals {
        try query.check()
        LedgerSources.note([.events])
        return MemoryLedger.sum(rows(query), query)
    }
}

extension InMemoryLedgerStore {
    package func usage(_ query: LedgerQuery, limit: Int, after cursor: LedgerCursor?) async throws -> LedgerPage {
        try query.check(limit: limit, atMost: 1_000)
        return state.withLock { state in
            let rows = state.rows
                .filter { $0.adjusts == nil && $0.isSelected(by: query) }
                .sorted { ($0.priced.event.occurredAt, $0.id) > ($1.priced.event.occurredAt, $1.id) }
                .filter { row in
                    guard let cursor else { return true }
                    return (row.priced.event.occurredAt, row.id) < (cursor.occurredAt, cursor.id)
                }
            let page = rows.prefix(limit).map { state.ledgerRow($0, recordedBefore: query.recordedBefore) }
            guard rows.count > limit, let last = page.last else { return LedgerPage(rows: page, next: nil) }
            return LedgerPage(
                rows: page,
                next: LedgerCursor(occurredAt: last.priced.event.occurredAt, id: last.id)
            )
        }
    }

    package func event(_ eventID: String, of workspace: String, idHash: [UInt8]) async throws -> LedgerRow? {
        let all = Timestamp.storable
        return try await event(
            eventID,
            in: LedgerQuery(workspaces: [workspace], from: all.lowerBound, to: all.upperBound)
        )
    }

    package func outbox(partition: Int, after number: Int64, limit: Int) async throws -> [OutboxEntry] {
        let entries = state.withLock { $0.outbox[partition] ?? [] }
        return Array(entries.filter { $0.number > number }.prefix(max(limit, 1)))
    }

    package func outboxPositions() async throws -> [Int: OutboxPosition] {
        state.withLock { state in
            var positions: [Int: OutboxPosition] = [:]
            for (partition, entries) in state.outbox {
                positions[partition] = OutboxPosition(
                    last: Int64(entries.count),
                    relayed: state.relayed[partition] ?? 0
                )
            }
            return positions
        }
    }

    package func markRelayed(partition: Int, through number: Int64) async throws {
        state.withLock { $0.relayed[partition] = max($0.relayed[partition] ?? 0, number) }
    }
}
