internal import Domain
package import Streams
internal import Synchronization

extension InMemoryLedgerStore {
    package func counterSums(_ queries: [LedgerQuery], leavingOut work: UnappliedWork) async throws -> CounterSums {
        for query in queries { try query.check() }
        let single = Set(work.single)
        return state.withLock { state in
            let toCount = state.rows.filter { row in
                row.entry.map { work.isToCount($0, among: single) } ?? false
            }
            return CounterSums(
                totals: queries.map { query in
                    MemoryLedger.sum(state.rows.filter { $0.isSelected(by: query) }, query)
                },
                unapplied: toCount.map { UnappliedChange($0.priced) }
                    + work.changes(from: state.outbox[work.partition] ?? [])
            )
        }
    }

    package func known(_ entries: [EntryReference], partition: Int) async throws -> [EntryReference] {
        state.withLock { state in
            let kept = Set(state.rows.compactMap(\.entry) + (state.outbox[partition] ?? []).compactMap(\.reference))
            return Set(entries).filter(kept.contains)
        }
    }

    package func lateBatches() async throws -> [Int: Int64] {
        state.withLock { $0.lateBatches }
    }
}

extension InMemoryLedgerStore: StreamLives {
    package func comparing(
        _ partition: Partition,
        _ body: @Sendable (KnownLife) async throws -> Int64
    ) async throws {
        let known = state.withLock { $0.life(of: partition.number) }
        let epoch = try await body(known)
        state.withLock { $0.lives[partition.number] = epoch }
    }
}

extension MemoryLedger {
    fileprivate func life(of partition: Int) -> KnownLife {
        let epoch = lives[partition]
        let furthest = positions[partition].flatMap { $0.epoch == epoch ? $0 : nil }
        return KnownLife(
            epoch: epoch,
            furthest: EntryID(
                milliseconds: UInt64(furthest?.milliseconds ?? 0),
                sequence: UInt64(furthest?.sequence ?? 0)
            ),
            outboxNumber: Int64(outbox[partition]?.count ?? 0)
        )
    }
}

extension UnappliedChange {
    fileprivate init(_ priced: PricedEvent) {
        self.init(
            identity: priced.event.identity,
            provider: priced.event.provider,
            model: priced.event.model,
            occurredAt: priced.event.occurredAt,
            cost: priced.cost.money
        )
    }
}
