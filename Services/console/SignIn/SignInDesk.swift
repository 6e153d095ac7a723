package import Access
package import Directory
internal import Domain
package import Logging
package import ServiceRuntime

/// Who may sign in, and what becomes of them: the decisions, without HTTP.
package struct SignInDesk: Sendable {
    /// Why somebody is not let in.
    package enum Refusal: Error, Sendable, Hashable {
        /// A wrong password or link, an account that is disabled: one answer for all.
        case credentials
        /// The provider vouches for somebody nobody gave a role to.
        case noAccess(String?)
        /// The account is another identity's.
        case otherIdentity
        /// The address proves nothing, and nobody is known by the identity.
        case email(ProvenIdentity.EmailFlaw)
        /// The sign-in was not begun by this browser, or too long ago.
        case state
        case provider(OpenIDFailure)
    }

    /// By which request it happens.
    package struct Origin: Sendable {
        package var requestID: String
        /// The session the browser had, which ends.
        package var previous: KeyHash?
        /// The client's network address.
        package var address: String?

        package init(requestID: String, previous: KeyHash?, address: String?) {
            self.requestID = requestID
            self.address = address
            self.previous = previous
        }
    }

    private let store: any AccountStore
    private let organisation: any OrganisationStore
    private let passwords: Passwords
    private let limiter: AttemptLimiter
    private let isSecure: Bool
    private let clock: any WallClock
    private let logger: Logger

    package init(
        store: any AccountStore,
        organisation: any OrganisationStore,
        passwords: Passwords,
        isSecure: Bool,
        clock: any WallClock,
        uptimeClock: any UptimeClock,
        logger: Logger
    ) {
        self.store = store
        self.organisation = organisation
        self.passwords = passwords
        self.isSecure = isSecure
        self.clock = clock
        self.logger = logger
        limiter = AttemptLimiter(clock: uptimeClock)
    }

    /// Signs in with a password kept here.
    package func signIn(email: String, password: String, _ origin: Origin) async throws -> SessionToken {
        // As addresses are kept. That letters beyond ASCII may become others here harms nobody: the password proves whose it is.
        let email = email.lowercased()
        let found = try await limiter.attempt(on: email, from: origin.address) { () async throws -> Person? in
            let person = try await store.person(email: email)
            let isRight = try await passwords.matches(password, person?.passwordHash)
            return isRight && person?.disabledAt == nil ? person : nil
        }
        guard let found else {
            try await refuse("password", "wrong", email: email, origin)
            throw Refusal.credentials
        }
        return try await open(found, method: "password", origin)
    }

    /// Signs in with a link, which works once.
    package func signIn(link: SessionToken, _ origin: Origin) async throws -> SessionToken {
        try limiter.countLink(from: origin.address)
        guard let id = try await store.takeLink(link.hash, at: clock.now), let person = try await store.person(id: id),
            person.disabledAt == nil
        else {
            try await refuse("link", "unknown, used or expired", email: nil, origin)
            throw Refusal.credentials
        }
        return try await open(person, method: "link", origin)
    }

    /// Signs in whom a provider vouches for.
    package func signIn(
        _ identity: ProvenIdentity,
        of provider: ProviderSettings,
        _ origin: Origin
    ) async throws -> SessionToken {
        do {
            var person = try await person(for: identity, of: provider)
            if !provider.roles.isEmpty {
                person = try await take(grants(of: identity, by: provider), for: person)
            }
            guard person.disabledAt == nil else { throw Refusal.noAccess(identity.email) }
            guard try await !store.grants(of: person.id).isEmpty else { throw Refusal.noAccess(identity.email) }
            try await link(identity, to: person, by: provider)
            return try await open(person, method: provider.name, origin)
        } catch let refusal as Refusal {
            try await refuse(provider.name, "\(refusal.word)", email: identity.email, origin)
            throw refusal
        }
    }

    /// Notes that a provider's answer was not good.
    package func note(_ failure: OpenIDFailure, of provider: ProviderSettings, _ origin: Origin) async throws {
        logger.notice(
            "a sign-in failed",
            metadata: ["provider": "\(provider.name)", "reason": "\(failure.description)"]
        )
        try await refuse(provider.name, failure.description, email: nil, origin)
    }

    /// Ends one session, or all of the same person.
    package func signOut(_ signedIn: SignedIn, _ token: SessionToken, everywhere: Bool, _ origin: Origin) async throws {
        let author = Author(
            .person,
            id: signedIn.personID,
            name: signedIn.name,
            address: origin.address,
            requestID: origin.requestID
        )
        let entry = AuditEntry(
            workspace: nil,
            author: author,
            action: "session.close",
            target: .init("session", signedIn.personID),
            after: ["everywhere": .bool(everywhere)]
        )
        if everywhere {
            try await store.closeSessions(of: signedIn.personID, audit: entry, at: clock.now)
        } else {
            try await store.close(token.hash, audit: entry, at: clock.now)
        }
    }

    // MARK: - Whom it is

    private func person(for identity: ProvenIdentity, of provider: ProviderSettings) async throws -> Person {
        let known = Person.Identity(provider: provider.name, subject: identity.subject)
        if let person = try await store.person(known) { return person }
        if let flaw = identity.emailFlaw { throw Refusal.email(flaw) }
        // An address that nobody has proven must not lead to somebody's account.
        let email = identity.isEmailVerified ? identity.email : nil
        if let email, var person = try await store.person(email: email) {
            guard person.identity == nil else { throw Refusal.otherIdentity }
            let before = person
            person.identity = known
            let entry = AuditEntry.person("edit", person, before: before, by: Author(.system, id: provider.name))
            return try await store.update(person, audit: entry, at: clock.now)
        }
        guard !grants(of: identity, by: provider).isEmpty else { throw Refusal.noAccess(identity.email) }
        let person = Person(
            email: email,
            name: String((identity.name ?? email ?? identity.subject).prefix(128)),
            identity: known,
            createdAt: clock.now,
            createdBy: provider.name
        )
        guard person.flaw == nil else { throw Refusal.noAccess(identity.email) }
        try await store.create(
            person,
            grants: [],
            audit: [.person("create", person, by: Author(.system, id: provider.name))]
        )
        return person
    }

    private func grants(of identity: ProvenIdentity, by provider: ProviderSettings) -> [Grant] {
        var grants: [Grant] = []
        for value in identity.memberships.sorted() { grants += provider.roles[value] ?? [] }
        // In one place the highest role counts.
        return Dictionary(grouping: grants) { [$0.workspace, $0.team] }.compactMap { $1.max { $0.role < $1.role } }
    }

    /// The provider decides about roles where its groups have a meaning: who left a group loses what it gave.
    private func take(_ grants: [Grant], for person: Person) async throws -> Person {
        let before = try await store.grants(of: person.id)
        guard Set(before) != Set(grants) else { return person }
        let author = Author(.system, id: person.identity?.provider ?? "sign-in")
        do {
            try await store.setGrants(
                grants,
                of: person.id,
                expecting: nil,
                audit: .grants(of: person.id, before: before, after: grants, by: author),
                at: clock.now
            )
        } catch let error as DirectoryError where error.code == .lastOwner {
            logger.warning(
                "a provider takes the last owner's role away: it is kept",
                metadata: ["person": "\(person.id)"]
            )
        } catch let error as DirectoryError where error.code == .notFound {
            logger.warning("a provider's role is for a workspace that does not exist", error: error)
            throw Refusal.noAccess(person.email)
        }
        return try await store.person(id: person.id) ?? person
    }

    /// The users of the source apps with the address that was just proven are this person.
    ///
    /// Nothing else proves one: an administrator types it, and links and passwords are handed over as anybody likes.
    private func link(_ identity: ProvenIdentity, to person: Person, by provider: ProviderSettings) async throws {
        guard identity.isEmailVerified, let email = identity.email else { return }
        let count = try await organisation.linkUsers(
            withVerifiedEmail: email,
            toPerson: person.id,
            by: Author(.system, id: provider.name),
            at: clock.now
        )
        guard count > 0 else { return }
        logger.info("users are a person now", metadata: ["person": "\(person.id)", "users": "\(count)"])
    }

    // MARK: - What becomes of it

    private func open(_ person: Person, method: String, _ origin: Origin) async throws -> SessionToken {
        let token = SessionToken.generate()
        let now = clock.now
        let session = NewSession(
            hash: token.hash,
            personID: person.id,
            method: method,
            isSecure: isSecure,
            createdAt: now,
            expiresAt: now.adding(SessionRules.absolute)
        )
        let entry = AuditEntry(
            workspace: nil,
            author: Author(
                .person,
                id: person.id,
                name: person.name,
                address: origin.address,
                requestID: origin.requestID
            ),
            action: "session.open",
            target: .init("session", person.id),
            after: ["method": .string(method)]
        )
        try await store.open(session, replacing: origin.previous, audit: entry)
        return token
    }

    private func refuse(_ method: String, _ reason: String, email: String?, _ origin: Origin) async throws {
        guard limiter.mayNote(method) else {
            return logger.notice("a sign-in was refused", metadata: ["method": "\(method)", "reason": "\(reason)"])
        }
        var after: JSONValue = ["method": .string(method), "reason": .string(reason)]
        if let email { after = ["method": .string(method), "reason": .string(reason), "email": .string(email)] }
        let entry = AuditEntry(
            workspace: nil,
            author: Author(.system, id: "sign-in", address: origin.address, requestID: origin.requestID),
            action: "session.refuse",
            target: .init("session", method),
            after: after,
            personal: email.map { [.init("email", of: .mail($0))] } ?? []
        )
        try await store.note(entry, at: clock.now)
    }
}

extension SignInDesk.Refusal {
    /// The refusal in the audit log.
    var word: String {
        switch self {
        case .credentials: "wrong credentials"
        case .noAccess: "no role"
        case .otherIdentity: "the account is another identity's"
        case .email(.notASCII): "the address is not ASCII"
        case .email(.unproven): "the address is not proven"
        case .state: "not begun here"
        case .provider(let failure): failure.description
        }
    }
}
