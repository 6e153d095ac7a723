import Directory
import Domain
import Logging
import Postgres
import TestSupport
import Testing

@Suite struct InMemoryOrganisationStoreTests {
    private let contract: OrganisationStoreContract

    init() {
        let store = InMemoryOrganisationStore(workspaces: ["acme", "beta"])
        contract = OrganisationStoreContract(
            store: store,
            mirror: { store.mirror($0) },
            audited: { store.audited.map(\.action) }
        )
    }

    @Test func `keeps teams, projects and users`() async throws { try await contract.keepsUnits() }
    @Test func `completes what events have made`() async throws { try await contract.completesMirrors() }
    @Test func `changes from the version that was read`() async throws { try await contract.changesUnits() }
    @Test func `lists by place, search, team and archive`() async throws { try await contract.listsUnits() }
    @Test func `keeps memberships`() async throws { try await contract.keepsMemberships() }
    @Test func `links users to who owns their address`() async throws { try await contract.linksUsersToPeople() }
}

@Suite(.timeLimit(.minutes(2))) struct PostgresOrganisationStoreTests {
    private func withContract(
        _ body: @escaping @Sendable (OrganisationStoreContract, PostgresPool) async throws -> Void
    ) async throws {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            _ = try await PostgresMigrator(Directory.migrations, configuration: configuration, logger: .quiet).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await pool.run() }
                let directory = PostgresDirectoryStore(pool: pool)
                for id in ["acme", "beta"] {
                    try await directory.create(Workspace(id: id, createdAt: Timestamp(seconds: 1_800_000_000)))
                }
                let contract = OrganisationStoreContract(
                    store: PostgresOrganisationStore(pool: pool),
                    mirror: { try await directory.ensure(Mirrors($0), at: $0.createdAt) },
                    audited: {
                        try await AuditLog(pool: pool).page(AuditQuery(), .oldestFirst, limit: 100).map(\.action)
                            .filter { !$0.hasPrefix("workspace.") }
                    }
                )
                try await body(contract, pool)
                group.cancelAll()
            }
        }
    }

    @Test func `keeps teams, projects and users`() async throws {
        try await withContract { contract, _ in try await contract.keepsUnits() }
    }
    @Test func `completes what events have made`() async throws {
        try await withContract { contract, _ in try await contract.completesMirrors() }
    }
    @Test func `changes from the version that was read`() async throws {
        try await withContract { contract, _ in try await contract.changesUnits() }
    }
    @Test func `lists by place, search, team and archive`() async throws {
        try await withContract { contract, _ in try await contract.listsUnits() }
    }
    @Test func `keeps memberships`() async throws {
        try await withContract { contract, _ in try await contract.keepsMemberships() }
    }
    @Test func `links users to who owns their address, until an upsert gives another`() async throws {
        try await withContract { contract, pool in
            try await contract.linksUsersToPeople()
            let directory = PostgresDirectoryStore(pool: pool)
            let person = { try await contract.store.unit(.user, "u2", in: "beta")?.personID }
            for (email, expected) in [(nil, "per_ada"), ("ADA@example.com", "per_ada"), ("eve@example.com", nil)] {
                let user = Upsert.User(id: "u2", email: email, name: "\(email ?? "none")")
                let upsert = Upsert(workspace: "beta", sourceApp: "app", users: [user])
                _ = try await directory.upsert(upsert, by: "test", at: contract.now)
                #expect(try await person() == expected)
            }
        }
    }
}

extension Mirrors {
    /// The mirror of one unit.
    fileprivate init(_ unit: OrgUnit) {
        self.init()
        switch unit.kind {
        case .team: teams.insert(.init(workspace: unit.workspace, id: unit.id))
        case .project: projects.insert(.init(workspace: unit.workspace, id: unit.id, team: unit.team))
        case .user: users.insert(.init(workspace: unit.workspace, id: unit.id, team: unit.team))
        }
    }
}
