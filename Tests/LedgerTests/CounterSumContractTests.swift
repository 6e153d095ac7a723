import Domain
import Ledger
import Streams
import Testing

/// What a rebuild of a counter is told: the contract of all stores.
@Suite struct `sums for counters` {
    private func work(
        after delivered: Int64,
        epoch: Int64 = 1,
        cuts: [EntryReference] = [],
        single: [EntryReference] = [],
        mark: Int64 = 0
    ) -> UnappliedWork {
        UnappliedWork(
            partition: 3,
            delivered: EntryReference(epoch: epoch, milliseconds: delivered, sequence: 0),
            cuts: cuts,
            single: single,
            outboxMark: mark
        )
    }

    /// What is left out, summed up.
    private func leftOut(_ sums: CounterSums) -> [Int128] {
        [
            sums.unapplied.reduce(0) { $0 + $1.amount.picoDollars },
            sums.unapplied.reduce(0) { $0 + Int128($1.events) },
            sums.unapplied.reduce(0) { $0 + Int128($1.unpricedEvents) },
        ]
    }

    @Test(arguments: StoreKind.allCases)
    func `leave out kept entries that were not delivered, and single ones, and tell whose they are`(
        kind: StoreKind
    ) async throws {
        try await withStore(kind) { store in
            let tags = [EventIdentity.Tag(key: "feature", value: "x")]
            let entries = (1...5).map { makeEntry($0, cost: $0 == 5 ? nil : 10 * $0, tags: tags) }
            _ = try await store.append(entries, writer: "a")
            let unknown = makeEntry(9).reference
            let sums = try await store.counterSums(
                [everything(["acme"]), everything(["globex"]), everything(["acme"], source: .events)],
                leavingOut: work(after: 3, single: [entries[0].reference, entries[0].reference, unknown])
            )
            #expect(sums.totals.map(\.cost.picoDollars) == [100, 0, 100])
            #expect(leftOut(sums) == [10 + 40, 3, 1])
            #expect(sums.unapplied.allSatisfy { $0.identity == entries[0].priced.event.identity })
            #expect(sums.unapplied.allSatisfy { $0.model == "gpt-4o-mini" && $0.occurredAt == testDay })
            #expect(leftOut(try await store.counterSums([], leavingOut: work(after: 5))) == [0, 0, 0])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the ledger tells which entries it was given, those that it refused included`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let entries = [makeEntry(1, id: "e"), makeEntry(2), makeEntry(3, id: "e")]
            _ = try await store.append(entries, writer: "a")
            let references = entries.map(\.reference)
            let foreign = [makeEntry(4).reference, makeEntry(1, epoch: 2).reference]
            let known = try await store.known(references + foreign + references, partition: 3)
            #expect(known.sorted() == references)
            #expect(try await store.known([], partition: 3).isEmpty)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `count an entry of an earlier life only up to where the stream has it`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let old = (1...6).map { makeEntry($0, cost: $0, epoch: 7) }
            let new = [makeEntry(5, id: "n5", cost: 100, epoch: 9), makeEntry(8, id: "n8", cost: 1_000, epoch: 9)]
            _ = try await store.append(old + new, writer: "a")
            let cut = EntryReference(epoch: 7, milliseconds: 4, sequence: 0)
            let sums = try await store.counterSums(
                [everything()],
                leavingOut: work(after: 2, epoch: 9, cuts: [cut], single: [old[5].reference])
            )
            // 3 and 4 are in the stream; 5 went down with the old life; 6 is named.
            #expect(leftOut(sums)[0] == 3 + 4 + 6 + 100 + 1_000)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `leave out corrections above the mark, and refused duplicates until both their sides are counted`(
        kind: StoreKind
    ) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1, id: "e", cost: 5)], writer: "a")
            let late = makeEntry(2, id: "e", cost: 70)
            _ = try await store.append([late], writer: "a")
            func sums(after delivered: Int64, mark: Int64) async throws -> [Int128] {
                leftOut(try await store.counterSums([], leavingOut: work(after: delivered, mark: mark)))
            }
            #expect(try await sums(after: 2, mark: 1) == [0, 0, 0])
            #expect(try await sums(after: 2, mark: 0) == [-70, -1, 0])
            #expect(try await sums(after: 1, mark: 1) == [70, 1, 0])
            #expect(try await sums(after: 1, mark: 0) == [0, 0, 0])
            #expect(
                leftOut(
                    try await store.counterSums([], leavingOut: work(after: 5, single: [late.reference], mark: 1))
                ) == [70, 1, 0]
            )
            // In another life nobody has counted it, nor will.
            #expect(
                leftOut(try await store.counterSums([], leavingOut: work(after: 0, epoch: 4, mark: 0))) == [0, 0, 0]
            )
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the ledger tells the life it was told of, how far it has come in it, and the last correction`(
        kind: StoreKind
    ) async throws {
        try await withStore(kind) { store in
            let partition = Partition(number: 3)
            try await store.comparing(partition) { known in
                #expect(known == KnownLife())
                return 12
            }
            for (number, epoch) in [(9, 77), (5, 12), (7, 12), (6, 12)] as [(Int64, Int64)] {
                _ = try await store.append([makeEntry(number, epoch: epoch)], writer: number == 7 ? "b" : "a")
            }
            _ = try await store.append([makeEntry(7, id: "event-5", epoch: 12)], writer: "b")
            try await store.comparing(partition) { known in
                let furthest = EntryID(milliseconds: 7, sequence: 0)
                #expect(known == KnownLife(epoch: 12, furthest: furthest, outboxNumber: 1))
                return 13
            }
            try await store.comparing(partition) { known in
                #expect(known == KnownLife(epoch: 13, outboxNumber: 1))
                return 13
            }
            await #expect(throws: CancellationError.self) {
                try await store.comparing(partition) { _ in throw CancellationError() }
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the ledger counts the batches that it was given of a life that is over, and learns nothing else from them`(
        kind: StoreKind
    ) async throws {
        try await withStore(kind) { store in
            let partition = Partition(number: 3)
            _ = try await store.append([makeEntry(1, epoch: 11)], writer: "a")
            #expect(try await store.lateBatches() == [:])
            for epoch in [11, 12] as [Int64] { try await store.comparing(partition) { _ in epoch } }
            _ = try await store.append([makeEntry(2, epoch: 12)], writer: "a")
            #expect(try await store.lateBatches() == [:])
            _ = try await store.append([makeEntry(8, epoch: 11), makeEntry(9, epoch: 11)], writer: "a")
            _ = try await store.append([makeEntry(3, epoch: 12), makeEntry(7, epoch: 11)], writer: "a")
            #expect(try await store.lateBatches() == [3: 2])
            // What is there already adds nothing to any counter.
            _ = try await store.append([makeEntry(8, epoch: 11)], writer: "b")
            #expect(try await store.lateBatches() == [3: 2])
            try await store.comparing(partition) { known in
                #expect(known.furthest == EntryID(milliseconds: 3, sequence: 0))
                return 12
            }
        }
    }
}
