package import Domain
internal import Synchronization

/// The ledger in memory, for tests of what stands on it.
package final class InMemoryLedgerStore: LedgerStore {
    private struct State {
        var rows: [LedgerRow] = []
        var identities: [UInt128: BatchPlan.Identity] = [:]
        var late: Set<BatchPlan.EntryKey> = []
        var outbox: [Int: [OutboxEntry]] = [:]
        var relayed: [Int: Int64] = [:]
        var positions: [Int: EntryReference] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func append(_ entries: [LedgerEntry], writer: String) async throws -> [LedgerOutcome] {
        for entry in entries { try entry.check() }
        return state.withLock { state in
            var outcomes = BatchPlan(entries).outcomes(existing: state.identities)
            for (position, entry) in entries.enumerated() {
                let furthest = state.positions[entry.partition].map { max($0, entry.reference) }
                state.positions[entry.partition] = furthest ?? entry.reference
                switch outcomes[position] {
                case .kept: Self.keep(entry, in: &state)
                case .redelivered: break
                case .lateDuplicate(let isConflict):
                    if state.late.insert(BatchPlan.EntryKey(entry)).inserted {
                        Self.refuse(entry, isConflict: isConflict, in: &state)
                    } else {
                        outcomes[position] = .redelivered
                    }
                }
            }
            return outcomes
        }
    }

    private static func keep(_ entry: LedgerEntry, in state: inout State) {
        state.identities[entry.idHash] = BatchPlan.Identity(reference: entry.reference, digest: entry.digest)
        let id = Int64(state.rows.count + 1)
        state.rows.append(LedgerRow(id: id, kind: .event, priced: entry.priced, reference: nil))
    }

    private static func refuse(_ entry: LedgerEntry, isConflict: Bool, in state: inout State) {
        let event = entry.priced.event
        let delta = OutboxEntry(
            partition: entry.partition,
            number: Int64(state.outbox[entry.partition]?.count ?? 0) + 1,
            identity: event.identity,
            provider: event.provider,
            model: event.model,
            occurredAt: event.occurredAt,
            amount: Money(picoDollars: -(entry.priced.cost.money?.picoDollars ?? 0)),
            events: -1,
            unpricedEvents: entry.priced.cost.money == nil ? -1 : 0,
            reason: isConflict ? .lateConflict : .lateDuplicate,
            reference: entry.reference
        )
        state.outbox[entry.partition, default: []].append(delta)
    }

    private func events(_ query: LedgerQuery) -> [PricedEvent] {
        state.withLock { state in state.rows.map(\.priced).filter { query.contains($0) } }
    }

    package func totals(_ query: LedgerQuery) async throws -> LedgerTotals {
        try query.check()
        return events(query).reduce(into: .zero) { $0.add($1, quantity: query.quantity) }
    }

    package func totals(_ query: LedgerQuery, excluding entries: [LedgerEntry]) async throws -> LedgerTotals {
        try query.check()
        return state.withLock { state in
            var sum = LedgerTotals.zero
            for row in state.rows where query.contains(row.priced) { sum.add(row.priced, quantity: query.quantity) }
            for entry in Set(entries) where query.contains(entry.priced) {
                guard state.identities[entry.idHash]?.reference == entry.reference else { continue }
                var excluded = LedgerTotals.zero
                excluded.add(entry.priced, quantity: query.quantity)
                sum -= excluded
            }
            return sum
        }
    }

    package func breakdown(
        _ query: LedgerQuery,
        by dimension: LedgerDimension,
        limit: Int
    ) async throws -> LedgerBreakdown {
        try query.check(limit: limit, atMost: 1_000)
        let groups = Self.ranked(events(query), by: dimension)
        var result = LedgerBreakdown(rows: [], other: nil, total: .zero)
        for (rank, group) in groups.enumerated() {
            let sum = group.events.reduce(into: LedgerTotals.zero) { $0.add($1, quantity: query.quantity) }
            result.total += sum
            if rank < limit {
                result.rows.append(LedgerGroup(key: group.key, totals: sum))
            } else {
                result.other = (result.other ?? .zero).adding(sum)
            }
        }
        return result
    }

    package func timeseries(
        _ query: LedgerQuery,
        boundaries: [Timestamp],
        by dimension: LedgerDimension?,
        limit: Int
    ) async throws -> [LedgerSeries] {
        let query = try query.spanning(boundaries)
        try query.check(limit: limit, atMost: 100)
        let empty = [LedgerTotals](repeating: .zero, count: boundaries.count - 1)
        func points(_ events: [PricedEvent]) -> [LedgerTotals] {
            events.reduce(into: empty) { points, priced in
                let slot = boundaries.lastIndex { $0 <= priced.event.occurredAt } ?? 0
                points[slot].add(priced, quantity: query.quantity)
            }
        }
        guard let dimension else { return [LedgerSeries(key: .all, points: points(events(query)))] }
        let groups = Self.ranked(events(query), by: dimension)
        var series = groups.prefix(limit).map { LedgerSeries(key: .value($0.key), points: points($0.events)) }
        let rest = groups.dropFirst(limit).flatMap(\.events)
        if !rest.isEmpty { series.append(LedgerSeries(key: .other, points: points(rest))) }
        return series
    }

    /// Events by value: the costliest first, equal ones by events, then by key, none last.
    private static func ranked(
        _ events: [PricedEvent],
        by dimension: LedgerDimension
    ) -> [(key: String?, events: [PricedEvent])] {
        Dictionary(grouping: events) { dimension.value(of: $0) }
            .map { (key: $0.key, events: $0.value, cost: $0.value.reduce(into: LedgerTotals.zero) { $0.add($1) }.cost) }
            .sorted { left, right in
                if left.cost != right.cost { return left.cost > right.cost }
                if left.events.count != right.events.count { return left.events.count > right.events.count }
                guard let leftKey = left.key, let rightKey = right.key else { return left.key != nil }
                return leftKey.utf8.lexicographicallyPrecedes(rightKey.utf8)
            }
            .map { ($0.key, $0.events) }
    }
}

extension InMemoryLedgerStore {
    package func usage(_ query: LedgerQuery, limit: Int, after cursor: LedgerCursor?) async throws -> LedgerPage {
        try query.check(limit: limit, atMost: 1_000)
        let rows = state.withLock { $0.rows }
            .filter { query.contains($0.priced) }
            .sorted { ($0.priced.event.occurredAt, $0.id) > ($1.priced.event.occurredAt, $1.id) }
            .filter { row in
                guard let cursor else { return true }
                return (row.priced.event.occurredAt, row.id) < (cursor.occurredAt, cursor.id)
            }
        let page = Array(rows.prefix(limit))
        guard rows.count > limit, let last = page.last else { return LedgerPage(rows: page, next: nil) }
        return LedgerPage(rows: page, next: LedgerCursor(occurredAt: last.priced.event.occurredAt, id: last.id))
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

    package func lastCommitted(partition: Int) async throws -> EntryReference? {
        state.withLock { $0.positions[partition] }
    }
}

extension LedgerTotals {
    fileprivate func adding(_ other: LedgerTotals) -> LedgerTotals {
        var copy = self
        copy += other
        return copy
    }
}
