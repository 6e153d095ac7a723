import Domain
import Ledger
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct JobContractTests {
    @Test(arguments: StoreKind.allCases)
    func `the same key in a workspace is the same job`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let filters = [LedgerFilter(.tag("a \"b\""), ["x", "🦉"]), LedgerFilter(.model, ["m"])]
            let request = makeRequest("j", workspace: "acme", filters: filters, unpricedOnly: true)
            let job = try await store.createJob(request, at: later)
            #expect(job.request == request)
            #expect(job.query.workspaces == ["acme"])
            #expect(job.state == .pending)
            #expect(job.pages == 0)
            #expect(job.cursor == nil)
            #expect(job.reversedBy == nil)
            #expect(try await store.createJob(request, at: later.adding(.seconds(5))) == job)
            var other = request
            other.reason = "another"
            try await expectError(.conflict) { try await store.createJob(other, at: later) }
            other.workspace = "globex"
            let second = try await store.createJob(other, at: later)
            other.workspace = nil
            let third = try await store.createJob(other, at: later)
            #expect(Set([job.id, second.id, third.id]).count == 3)
            #expect(try await store.job(job.id) == job)
            #expect(try await store.job(999) == nil)
            var wrong = [request, request, request]
            wrong[0].key = ""
            wrong[1].reason = "nul\u{0}"
            wrong[2].kind = .reversal
            for request in wrong {
                try await expectError(.invalidQuery) { try await store.createJob(request, at: later) }
            }
            func list(_ query: LedgerJobQuery, before id: Int64? = nil) async throws -> [Int64] {
                try await store.jobs(query, limit: 2, before: id).map(\.id)
            }
            #expect(try await list(LedgerJobQuery()) == [third.id, second.id])
            #expect(try await list(LedgerJobQuery(), before: second.id) == [job.id])
            #expect(try await list(LedgerJobQuery(workspaces: ["acme", "globex"])) == [second.id, job.id])
            #expect(try await list(LedgerJobQuery(kinds: [.manual])) == [])
            #expect(try await list(LedgerJobQuery(states: [.done, .pending])) == [third.id, second.id])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a job is worked on by one replica until its lease ends`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let job = try await store.createJob(makeRequest("j"), at: later)
            func claim(_ owner: String, at seconds: Int64) async throws -> Int64? {
                let now = later.adding(.seconds(seconds))
                let lease = LedgerLease(owner: owner, until: now.adding(.seconds(60)))
                return try await store.claimJob([.repricing, .unpriced], lease: lease, at: now)?.id
            }
            #expect(try await store.claimJob([.manual], lease: lease, at: later) == nil)
            #expect(try await claim("a", at: 0) == job.id)
            #expect(try await claim("b", at: 59) == nil)
            #expect(try await claim("b", at: 60) == job.id)
            try await store.releaseJob(job.id, owner: "a")
            #expect(try await claim("a", at: 61) == nil)
            try await store.releaseJob(job.id, owner: "b")
            #expect(try await claim("a", at: 61) == job.id)
            #expect(try await store.job(job.id)?.state == .running)
            let cancelled = try await store.endJob(job.id, as: .cancelled, failure: nil, at: later)
            #expect(cancelled.state == .cancelled)
            #expect(cancelled.finishedAt == later)
            try await expectError(.conflict) {
                try await store.endJob(job.id, as: .failed, failure: "x", at: later)
            }
            try await expectError(.notFound) { try await store.endJob(99, as: .failed, failure: "x", at: later) }
            #expect(try await claim("a", at: 500) == nil)
            #expect(try await store.resumeJob(job.id, at: later).state == .pending)
            try await expectError(.conflict) { try await store.resumeJob(job.id, at: later) }
            #expect(try await claim("c", at: 500) == job.id)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a scan reads each event once, oldest first in its workspace`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            var random = Seed.generator(for: "a scan reads each event once")
            let entries = randomEntries(300, using: &random)
            _ = try await store.append(entries, writer: "a")
            let job = try await store.run(makeRequest("j", filters: [LedgerFilter(.model, ["o1"])])) { row in
                row.priced.event.identity.team == "core" ? makeCost(77) : nil
            }
            #expect(job.progress.changed > 0)
            let tagged = [LedgerFilter(.tag("feature"), ["x"]), LedgerFilter(.model, ["o1"])]
            for filters in [[], [LedgerFilter(.team, ["growth"])], tagged] {
                for unpricedOnly in [false, true] {
                    let query = LedgerScanQuery(
                        workspaces: Bool.random(using: &random) ? nil : ["globex", "nobody"],
                        from: testDay.adding(.seconds(3_000)),
                        to: testDay.adding(.seconds(70_000)),
                        filters: filters,
                        unpricedOnly: unpricedOnly
                    )
                    let rows = try await store.scanAll(query, limit: 7)
                    let whole = LedgerQuery(
                        workspaces: query.workspaces,
                        from: query.from,
                        to: query.to,
                        filters: filters
                    )
                    let expected = try await store.list(whole).filter { row in
                        !unpricedOnly || [.unpriced, .partiallyPriced].contains(row.current.state)
                    }
                    #expect(Set(rows) == Set(expected))
                    #expect(rows.count == expected.count)
                    for workspace in ["acme", "globex"] {
                        let times = rows.filter { $0.priced.event.identity.workspace == workspace }
                            .map(\.priced.event.occurredAt)
                        #expect(times == times.sorted())
                    }
                    #expect(rows.map(\.priced.event.identity.workspace).split { $0 == "acme" }.count <= 1)
                }
            }
        }
    }
}
