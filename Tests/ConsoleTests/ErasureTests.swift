import Directory
import Domain
import HTTPTypes
import Postgres
import ServiceRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct ErasureTests {
    /// Puts a user into everything that can name one.
    private func fill(_ rig: AdminRig) async throws {
        let user =
            #"{"id":"u-secret","workspace":"acme","name":"Ann Secret","email":"Secret@example.com","team":"growth"}"#
        #expect(try await rig.send(.post, "/v1/users", body: user).status == 201)
        _ = try await rig.send(.post, "/v1/teams", body: #"{"id":"growth","workspace":"acme"}"#)
        let membership = #"{"workspace":"acme","team":"growth","user":"u-secret"}"#
        #expect(try await rig.send(.put, "/v1/memberships", body: membership).status == 201)
        _ = try await rig.send(.patch, "/v1/users/u-secret?workspace=acme", ifMatch: "*", body: #"{"name":"Secret"}"#)
        let budget: SQL = """
            INSERT INTO budgets (id, workspace, name, scope_type, scope_id, period, limit_pico, action, thresholds,
                recipients, limit_version, version, created_at, created_by, updated_at)
            VALUES ($1, 'acme', 'B', $2, $3, 'month', 1, 'notify', '{50}', $4::text[], 1, 1, now(), 'test', now())
            """
        let recipients: PostgresValue = .textArray(["secret@example.com", "lead@example.com"])
        _ = try await rig.pool.query(budget, ["b-1", "user", "u-secret", recipients])
        _ = try await rig.pool.query(budget, ["b-2", "tag", "user=u-secret", recipients])
        _ = try await rig.pool.query(budget, ["b-3", "team", "growth", recipients])
        _ = try await rig.pool.query(budget, ["b-4", "tag", "user_email=SECRET@Example.com", recipients])
        // Somebody tried to sign in with the address: the installation's log keeps it.
        let refusal = AuditEntry(
            workspace: nil,
            author: Author(.system, id: "sign-in"),
            action: "session.refuse",
            target: .init("session", "password"),
            after: ["email": "secret@example.com"],
            personal: [.init("email", of: .mail("secret@example.com"))]
        )
        try await rig.pool.withTransaction { connection in
            try await Directory.audit([refusal], at: Timestamp(seconds: 1_800_000_000), in: connection)
        }
        _ = try await rig.pool.query("INSERT INTO ledger_workspaces (name) VALUES ('acme'), ('other')")
        _ = try await rig.pool.query(
            """
            INSERT INTO series (workspace, digest, team, user_id, source_app, provider, model, operation)
            SELECT number, sha256('x'), 'growth', 'u-secret', 'app', 'openai', 'gpt', 'chat' FROM ledger_workspaces
            """
        )
    }

    /// The tables that hold a text, whatever its case.
    private func tables(holding text: String, in rig: AdminRig) async throws -> [String] {
        let names = try await rig.pool.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        var found: [String] = []
        for name in try names.map({ try $0.value("tablename", as: String.self) }) {
            let sql = SQL(assembled: "SELECT 1 FROM \(name) AS t WHERE t::text ILIKE '%' || $1 || '%' LIMIT 1")
            if try await !rig.pool.query(sql, [.text(text)]).isEmpty { found.append(name) }
        }
        return found.sorted()
    }

    @Test func `an erased user is in no table, and all that was theirs stands under a pseudonym`() async throws {
        try await AdminRig.with { rig in
            try await fill(rig)
            #expect(try await tables(holding: "secret", in: rig).count > 5)
            let erased = try await rig.send(.post, "/v1/users/u-secret/erase?workspace=acme")
            #expect(erased.status == 200)
            let pseudonym = try #require(erased["pseudonym"])
            #expect(pseudonym.hasPrefix("erased-"))
            #expect(erased["series"] == "1" && erased["budgets"] == "3")
            // The other workspace's user of the same name is another one.
            _ = try await rig.pool.query("DELETE FROM series WHERE user_id = 'u-secret'")
            #expect(try await tables(holding: "secret", in: rig).isEmpty)
            #expect(try await rig.send(.get, "/v1/users/u-secret?workspace=acme").status == 404)
            let user = try await rig.send(.get, "/v1/users/\(pseudonym)?workspace=acme")
            #expect(user.status == 200 && user["name"] == nil && user["email"] == nil && user["archived_at"] != nil)
            let budgets = try await rig.pool.query(
                "SELECT scope_id, archived_at IS NOT NULL AS ended, recipients FROM budgets ORDER BY id"
            )
            #expect(
                try budgets.map { try $0.value("scope_id") } == [
                    pseudonym, "user=\(pseudonym)", "growth", "user_email=\(pseudonym)@erased.invalid",
                ]
            )
            #expect(try budgets.map { try $0.value("ended") } == [true, true, false, true])
            #expect(try budgets.map { try $0.value("recipients") } == Array(repeating: ["lead@example.com"], count: 4))
            let digest = try await rig.pool.query(
                """
                SELECT digest = sha256(convert_to(jsonb_build_array(team, project, user_id, source_app, provider, model,
                    operation, service_tier)::text, 'UTF8')) AS is_right FROM series WHERE user_id = $1
                """,
                [.text(pseudonym)]
            )
            #expect(try digest.map { try $0.value("is_right") } == [true])
        }
    }

    @Test func `the audit log tells of the erasure, and stays whole`() async throws {
        try await AdminRig.with { rig in
            try await fill(rig)
            let erased = try await rig.send(.post, "/v1/users/u-secret/erase?workspace=acme")
            let pseudonym = try #require(erased["pseudonym"])
            let check = try await AuditLog(pool: rig.pool).verify("acme")
            #expect(check.flaw == nil)
            #expect(check.erasedValues > 0)
            let own = try await AuditLog(pool: rig.pool).verify(nil)
            #expect(own.flaw == nil && own.erasedValues == 1)
            let lines = try await rig.audited().filter { $0.targetID == pseudonym && $0.workspace == "acme" }
            #expect(lines.map(\.action) == ["user.create", "membership.put", "user.update", "user.erase"])
            #expect(lines[0].after?["name"] == nil && lines[0].after?["id"]?.text == pseudonym)
            // Whose id comes again is somebody new.
            let again = #"{"id":"u-secret","workspace":"acme"}"#
            #expect(try await rig.send(.post, "/v1/users", body: again).status == 201)
            #expect(try await AuditLog(pool: rig.pool).verify("acme").flaw == nil)
        }
    }

    @Test func `an erasure that was stopped goes on under the same pseudonym`() async throws {
        try await AdminRig.with { rig in
            try await fill(rig)
            _ = try await rig.pool.query("UPDATE users SET pseudonym = 'erased-begun' WHERE id = 'u-secret'")
            let erased = try await rig.send(.post, "/v1/users/u-secret/erase?workspace=acme")
            #expect(erased["pseudonym"] == "erased-begun")
        }
    }

    @Test func `only a known user of the caller's workspace is erased, once`() async throws {
        try await AdminRig.with { rig in
            try await fill(rig)
            let path = "/v1/users/u-secret/erase"
            let cases: [(String, caller: String, status: Int)] = [
                ("\(path)?workspace=acme", "other", 403), (path, "other", 404), (path, "admin", 422),
                ("\(path)?workspace=acme", "reader", 403), ("/v1/users/none/erase?workspace=acme", "admin", 404),
                ("\(path)?workspace=acme", "acme", 200), ("\(path)?workspace=acme", "acme", 404),
                ("/v1/users/erased-x/erase?workspace=acme", "acme", 409),
            ]
            for (path, caller, status) in cases {
                let answer = try await rig.send(.post, path, as: caller)
                #expect(answer.status == status, "\(path) as \(caller)")
            }
        }
    }
}
