import Directory
import Domain
import Postgres
import ServiceRuntime
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct AuditLogTests {
    @Test func `an entry is read back with all its parts in their places`() async throws {
        try await AuditRig.with { rig in
            let entry = rig.entry(7)
            try await rig.write([entry])
            let record = try #require(try await rig.log.page(AuditQuery(), limit: 10).first)
            #expect(record.workspace == "acme")
            #expect(record.sequence == 1)
            #expect(record.at == rig.now)
            #expect(record.author == rig.ann)
            #expect(record.action == "user.update")
            #expect(record.targetKind == "user" && record.targetID == "u-7")
            #expect(record.before == entry.before)
            #expect(record.after == entry.after)
            #expect(record.hash.count == 64)
        }
    }

    @Test func `what is somebody's data stands beside the chain, not in it`() async throws {
        try await AuditRig.with { rig in
            try await rig.write([rig.entry(7)])
            for text in ["u-7", "Ann", "192.0.2.7", "New"] {
                let found = try await rig.count(
                    "SELECT count(*) AS n FROM audit_log AS l WHERE l::text LIKE '%' || $1 || '%'",
                    [.text(text)]
                )
                #expect(found == 0, "\(text)")
            }
        }
    }

    @Test func `each workspace has a chain of its own, and so has the installation`() async throws {
        try await AuditRig.with { rig in
            try await rig.write([
                rig.entry(1, workspace: nil), rig.entry(2, workspace: "b"), rig.entry(3), rig.entry(4),
            ])
            #expect(try await rig.log.chains() == [nil, "acme", "b"])
            for (workspace, entries) in [(nil, 1), ("b", 1), ("acme", 2)] as [(String?, Int64)] {
                let found = try await rig.log.verify(workspace)
                #expect(found.flaw == nil)
                #expect(found.entries == entries)
                #expect(found.head?.sequence == entries)
            }
            #expect(try await rig.log.verify("nobody's").entries == 0)
        }
    }

    @Test func `a change that is undone leaves no entry and no gap`() async throws {
        struct Undone: Error {}
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 2)
            await #expect(throws: Undone.self) {
                try await rig.pool.withTransaction { connection in
                    try await Directory.audit([rig.entry(3)], at: rig.now, in: connection)
                    throw Undone()
                }
            }
            try await rig.write([rig.entry(4)])
            let found = try await rig.log.verify("acme")
            #expect(found.flaw == nil)
            #expect(found.entries == 3)
        }
    }

    @Test func `writers at once make one chain in each workspace`() async throws {
        try await AuditRig.with { rig in
            try await withThrowingDiscardingTaskGroup { group in
                for writer in 0..<6 {
                    group.addTask {
                        for round in 0..<10 {
                            // Both workspaces in one transaction, in either order.
                            let names = writer % 2 == 0 ? ["acme", "b"] : ["b", "acme"]
                            try await rig.write(names.map { rig.entry(round, workspace: $0) })
                        }
                    }
                }
            }
            for workspace in ["acme", "b"] {
                let found = try await rig.log.verify(workspace)
                #expect(found.flaw == nil)
                #expect(found.entries == 60)
            }
        }
    }

    @Test func `nobody changes, deletes or empties the log`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 1)
            let refused: [SQL] = [
                "UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log",
                "DELETE FROM audit_log WHERE false",
            ]
            for statement in refused {
                await #expect(throws: PostgresError.self) { _ = try await rig.pool.query(statement) }
            }
            #expect(try await rig.log.verify("acme").entries == 1)
        }
    }

    @Test func `pages go on where the one before ended, from either end`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 5)
            for (order, expected) in [
                (AuditQuery.Order.newestFirst, [5, 4, 3, 2, 1]), (.oldestFirst, [1, 2, 3, 4, 5]),
            ] {
                var found: [Int64] = []
                var cursor: Int64?
                while true {
                    let page = try await rig.log.page(AuditQuery(), order, after: cursor, limit: 2)
                    found += page.map(\.sequence)
                    guard let last = page.last, page.count == 2 else { break }
                    cursor = last.id
                }
                #expect(found == expected.map(Int64.init))
            }
        }
    }

    @Test func `all filters must hold`() async throws {
        try await AuditRig.with { rig in
            try await rig.write([rig.entry(1), rig.entry(2, workspace: "b")])
            var other = rig.entry(3)
            other.author = "oliver"
            other.action = "userland.create"
            other.target = AuditEntry.Target("budget", "x")
            try await rig.write([other])
            let questions: [(AuditQuery, Int)] = [
                (AuditQuery(workspaces: ["acme"]), 2), (AuditQuery(workspaces: []), 0),
                (AuditQuery(actor: "oliver"), 1), (AuditQuery(action: "user"), 2),
                (AuditQuery(action: "user.update"), 2), (AuditQuery(target: "u-2"), 1), (AuditQuery(target: "x"), 1),
                (AuditQuery(workspaces: ["acme"], target: "u-2"), 0), (AuditQuery(from: rig.now), 3),
                (AuditQuery(to: rig.now), 0),
            ]
            for (query, expected) in questions {
                let found = try await rig.log.page(query, limit: 10)
                #expect(found.count == expected, "\(query)")
            }
        }
    }

    @Test func `an erased person is in no table, and the chain stays good`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 3)
            try await rig.pool.withTransaction { connection in
                let values = try await Directory.eraseFromAudit(
                    .user("u-2", in: "acme"),
                    in: "acme",
                    id: "u-2",
                    pseudonym: "erased-1",
                    in: connection
                )
                let entry = AuditEntry.erasure(of: "erased-1", in: "acme", by: rig.ann, values: values)
                try await Directory.audit([entry], at: rig.now, in: connection)
            }
            let found = try await rig.log.verify("acme")
            #expect(found.flaw == nil)
            #expect(found.entries == 4)
            // The target, and in before and after: id, name, and the tag in after.
            #expect(found.erasedValues == 6)
            let record = try #require(try await rig.log.page(AuditQuery(target: "erased-1"), limit: 10).last)
            #expect(record.sequence == 2)
            #expect(record.before == ["id": "erased-1", "name": .null, "team": "growth"])
            #expect(record.author == rig.ann)
            for table in ["audit_log", "audit_personal", "audit_salts"] {
                let sql = SQL(assembled: "SELECT count(*) AS n FROM \(table) AS t WHERE t::text LIKE '%u-2%'")
                #expect(try await rig.count(sql) == 0, "\(table)")
            }
            // Later entries about the same id stand for themselves.
            try await rig.write([rig.entry(2)])
            #expect(try await rig.log.verify("acme").flaw == nil)
        }
    }
}
