package import Access
package import Domain
package import ServiceRuntime

/// Makes accounts and links: what the command line, the first start and the console share.
package struct AccountAdministration: Sendable {
    private let store: any AccountStore
    private let author: Author
    private let clock: any WallClock

    /// How long a link works.
    package static let linkLifetime = Duration.seconds(86_400)

    package init(store: any AccountStore, author: Author, clock: any WallClock = SystemWallClock()) {
        self.store = store
        self.author = author
        self.clock = clock
    }

    /// Makes the first owner when nobody owns the installation.
    ///
    /// - Returns: A link to sign in with, when one was made.
    package func bootstrap() async throws -> SessionToken? {
        guard try await store.owners().isEmpty else { return nil }
        return try await link(to: try await create(email: nil, name: "Administrator", grants: [Grant(role: .owner)]))
    }

    /// Makes somebody.
    package func create(
        email: String?,
        name: String,
        grants: [Grant],
        passwordHash: String? = nil
    ) async throws -> Person {
        let person = Person(
            email: email,
            name: name,
            passwordHash: passwordHash,
            createdAt: clock.now,
            createdBy: author.signature
        )
        try await store.create(person, grants: grants, audit: .creation(of: person, grants: grants, by: author))
        return person
    }

    /// Makes a link that signs somebody in, once, within a day; their other links stop working.
    package func link(to person: Person) async throws -> SessionToken {
        let token = SessionToken.generate()
        let now = clock.now
        try await store.keepLink(
            token.hash,
            of: person.id,
            until: now.adding(Self.linkLifetime),
            audit: .person("link", person, by: author),
            at: now
        )
        return token
    }

    /// Gives somebody another password, and ends their sessions: somebody else may know the old one.
    package func setPassword(_ hash: String?, of person: Person) async throws -> Person {
        var changed = person
        changed.passwordHash = hash
        let entry = AuditEntry.person("password", changed, before: person, by: author)
        let kept = try await store.update(changed, audit: entry, at: clock.now)
        try await store.closeSessions(of: person.id, audit: .person("sign-out", kept, by: author), at: clock.now)
        return kept
    }
}
