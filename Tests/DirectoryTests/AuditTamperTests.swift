import Directory
import Domain
import Postgres
import TestSupport
import Testing

/// What somebody could do to the log who owns the database, and what is said about it.
@Suite(.timeLimit(.minutes(2))) struct AuditTamperTests {
    @Test func `a change of any column of an entry is found`() async throws {
        let changes: [SQL] = [
            "UPDATE audit_log SET at = at + interval '1 microsecond' WHERE sequence = 3",
            "UPDATE audit_log SET actor_kind = 'system' WHERE sequence = 3",
            "UPDATE audit_log SET actor_id = 'p-2' WHERE sequence = 3",
            "UPDATE audit_log SET action = 'user.create' WHERE sequence = 3",
            "UPDATE audit_log SET target_kind = 'team' WHERE sequence = 3",
            "UPDATE audit_log SET target_id = 'u-9' WHERE sequence = 3",
            "UPDATE audit_log SET before = NULL WHERE sequence = 3",
            "UPDATE audit_log SET after = after || ' ' WHERE sequence = 3",
            "UPDATE audit_log SET request_id = NULL WHERE sequence = 3",
            "UPDATE audit_log SET fields = fields[2:] WHERE sequence = 3",
            "UPDATE audit_log SET commitments[1] = commitments[2] WHERE sequence = 3",
            "UPDATE audit_log SET previous = sha256('x') WHERE sequence = 3",
            "UPDATE audit_log SET hash = sha256('x') WHERE sequence = 3",
        ]
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 5)
            _ = try await rig.pool.query("CREATE TABLE saved AS SELECT * FROM audit_log")
            for change in changes {
                try await rig.tamper(change)
                #expect(try await rig.log.verify("acme").flaw == .altered(sequence: 3), "\(change.text)")
                try await rig.tamper(
                    "DELETE FROM audit_log",
                    "INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT * FROM saved"
                )
                #expect(try await rig.log.verify("acme").flaw == nil)
            }
        }
    }

    @Test func `an entry that was taken out is found`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 5)
            try await rig.tamper("DELETE FROM audit_log WHERE sequence = 3")
            #expect(try await rig.log.verify("acme").flaw == .missing(sequence: 3))
            // Closing the gap does not help.
            try await rig.tamper("UPDATE audit_log SET sequence = sequence - 1 WHERE sequence > 3")
            #expect(try await rig.log.verify("acme").flaw == .altered(sequence: 3))
        }
    }

    @Test func `entries that changed places are found`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 5)
            try await rig.tamper(
                "UPDATE audit_log SET sequence = -2 WHERE sequence = 2",
                "UPDATE audit_log SET sequence = 2 WHERE sequence = 4",
                "UPDATE audit_log SET sequence = 4 WHERE sequence = -2"
            )
            #expect(try await rig.log.verify("acme").flaw == .altered(sequence: 2))
        }
    }

    @Test func `an end that was cut off is found`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 5)
            try await rig.tamper("DELETE FROM audit_log WHERE sequence > 3")
            #expect(try await rig.log.verify("acme").flaw == .truncated(last: 3, head: 5))
            try await rig.tamper("DELETE FROM audit_log")
            #expect(try await rig.log.verify("acme").flaw == .truncated(last: 0, head: 5))
        }
    }

    @Test func `a chain that was cut and sealed anew is found by an entry kept elsewhere`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 5)
            let kept = try #require(try await rig.log.verify("acme").head)
            try await rig.tamper(
                "DELETE FROM audit_log WHERE sequence > 3",
                "DELETE FROM audit_personal WHERE sequence > 3",
                """
                UPDATE audit_heads SET sequence = 3, hash = l.hash FROM audit_log AS l
                WHERE l.workspace = audit_heads.workspace AND l.sequence = 3
                """
            )
            #expect(try await rig.log.verify("acme").flaw == nil)
            #expect(try await rig.log.verify("acme", expecting: kept).flaw == .unexpected(sequence: 5))
            // Also when other entries have taken the place.
            try await rig.write([rig.entry(8), rig.entry(9)])
            #expect(try await rig.log.verify("acme").flaw == nil)
            #expect(try await rig.log.verify("acme", expecting: kept).flaw == .unexpected(sequence: 5))
        }
    }

    @Test func `a head that is gone or points elsewhere is found`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 3)
            try await rig.tamper("UPDATE audit_heads SET sequence = 2")
            #expect(try await rig.log.verify("acme").flaw == .beyondHead(sequence: 3))
            try await rig.tamper("UPDATE audit_heads SET sequence = 3, hash = sha256('x')")
            #expect(try await rig.log.verify("acme").flaw == .altered(sequence: 3))
            try await rig.tamper("DELETE FROM audit_heads")
            #expect(try await rig.log.verify("acme").flaw == .noHead(last: 3))
        }
    }

    @Test func `a value of somebody that was changed or added is found`() async throws {
        try await AuditRig.with { rig in
            try await rig.write(chainOf: 3)
            try await rig.tamper(
                "UPDATE audit_personal SET value = '\"Eve\"' WHERE sequence = 2 AND field = 'actor'"
            )
            #expect(try await rig.log.verify("acme").flaw == .alteredValue(sequence: 2, field: "actor"))
            try await rig.tamper(
                "UPDATE audit_personal SET value = '\"Ann\"' WHERE sequence = 2 AND field = 'actor'",
                "INSERT INTO audit_personal VALUES ('acme', 1, 'before.team', NULL, '\"x\"')"
            )
            #expect(try await rig.log.verify("acme").flaw == .alteredValue(sequence: 1, field: "before.team"))
        }
    }
    @Test func `a value of somebody that is gone, and that no erasure tells of, is found`() async throws {
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
            try await rig.write([rig.entry(5)])
            #expect(try await rig.log.verify("acme").flaw == nil)
            for table in ["audit_personal", "audit_salts"] {
                _ = try await rig.pool.query(SQL(assembled: "CREATE TABLE saved_\(table) AS TABLE \(table)"))
            }
            let changes: [(SQL, AuditFlaw)] = [
                ("DELETE FROM audit_personal WHERE sequence = 1", .missingValue(sequence: 1, field: "actor")),
                ("DELETE FROM audit_personal WHERE sequence = 2", .missingValue(sequence: 2, field: "actor")),
                ("DELETE FROM audit_salts", .missingValue(sequence: 1, field: "actor")),
                // As an erasure would leave it, which there was, but not of so many values, nor of later ones.
                (
                    "UPDATE audit_personal SET subject = NULL, value = 'null' WHERE sequence = 1 AND field = 'actor'",
                    .untoldErasure(values: 1, last: 2)
                ),
                (
                    "UPDATE audit_personal SET subject = NULL, value = 'null' WHERE sequence = 5 AND field = 'actor'",
                    .untoldErasure(values: 1, last: 5)
                ),
            ]
            for (change, flaw) in changes {
                try await rig.tamper(change)
                #expect(try await rig.log.verify("acme").flaw == flaw, "\(change.text)")
                for table in ["audit_personal", "audit_salts"] {
                    _ = try await rig.pool.query(SQL(assembled: "DELETE FROM \(table)"))
                    _ = try await rig.pool.query(SQL(assembled: "INSERT INTO \(table) TABLE saved_\(table)"))
                }
                #expect(try await rig.log.verify("acme").flaw == nil)
            }
        }
    }
}
