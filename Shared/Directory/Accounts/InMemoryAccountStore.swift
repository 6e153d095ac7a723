package import Access
package import Domain
import Synchronization

/// Accounts in memory, for tests.
///
/// Passes the same contract suite as PostgreSQL's. It knows no workspaces, and takes grants for any.
package final class InMemoryAccountStore: AccountStore {
    private struct Session {
        var session: NewSession
        var seenAt: Timestamp
    }

    private struct State {
        var people: [String: Person] = [:]
        var grants: [String: [Grant]] = [:]
        var sessions: [KeyHash: Session] = [:]
        var links: [KeyHash: (person: String, expiresAt: Timestamp)] = [:]
        var states: [KeyHash: SignInState] = [:]
        var audited: [AuditEntry] = []

        /// Those who own all and may sign in.
        var owners: Set<String> {
            Set(people.values.filter { $0.disabledAt == nil }.map(\.id)).intersection(
                grants.filter { $0.value.contains(Grant(role: .owner)) }.keys
            )
        }

        func isTaken(_ person: Person) -> Bool {
            people.values.contains { other in
                other.id != person.id
                    && (other.email != nil && other.email == person.email
                        || other.identity != nil && other.identity == person.identity)
            }
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func create(_ person: Person, grants: [Grant], audit entries: [AuditEntry]) async throws {
        if let flaw = person.flaw { throw DirectoryError(.invalid, flaw) }
        try state.withLock { state in
            guard state.people[person.id] == nil, !state.isTaken(person) else { throw DirectoryError.takenPerson }
            state.people[person.id] = person
            state.grants[person.id] = grants
            state.audited += entries
        }
    }

    package func person(id: String) async throws -> Person? {
        state.withLock { $0.people[id] }
    }

    package func person(email: String) async throws -> Person? {
        state.withLock { $0.people.values.first { $0.email == email } }
    }

    package func person(_ identity: Person.Identity) async throws -> Person? {
        state.withLock { $0.people.values.first { $0.identity == identity } }
    }

    package func people(
        matching text: String?,
        reaching workspaces: [String]?,
        after id: String?,
        limit: Int
    ) async throws -> [Person] {
        let text = text?.lowercased()
        let all = state.withLock { state in
            state.people.values.filter { person in
                guard let workspaces else { return true }
                return (state.grants[person.id] ?? []).contains { $0.workspace.map(workspaces.contains) ?? true }
            }
        }
        let found = all.filter { person in
            (id.map { $0 < person.id } ?? true)
                && (text.map { person.name.lowercased().contains($0) || person.email?.contains($0) ?? false } ?? true)
        }
        return Array(found.sorted { $0.id < $1.id }.prefix(limit))
    }

    package func update(_ person: Person, audit entry: AuditEntry, at time: Timestamp) async throws -> Person {
        if let flaw = person.flaw { throw DirectoryError(.invalid, flaw) }
        return try state.withLock { state in
            guard var known = state.people[person.id] else { throw DirectoryError.noPerson(person.id) }
            guard known.version == person.version else { throw DirectoryError.changedPerson }
            guard !state.isTaken(person) else { throw DirectoryError.takenPerson }
            if person.disabledAt != nil {
                guard state.owners != [person.id] else { throw DirectoryError.lastOwner }
                state.sessions = state.sessions.filter { $0.value.session.personID != person.id }
            }
            known.email = person.email
            known.name = person.name
            known.identity = person.identity
            known.passwordHash = person.passwordHash
            known.disabledAt = person.disabledAt
            known.version += 1
            state.people[person.id] = known
            state.audited.append(entry)
            return known
        }
    }

    package func grants(of person: String) async throws -> [Grant] {
        state.withLock { $0.grants[person] ?? [] }
    }

    package func setGrants(
        _ grants: [Grant],
        of person: String,
        expecting version: Int64?,
        audit entries: [AuditEntry],
        at time: Timestamp
    ) async throws {
        try state.withLock { state in
            guard let known = state.people[person] else { throw DirectoryError.noPerson(person) }
            guard version == nil || version == known.version else { throw DirectoryError.changedPerson }
            var next = state
            next.grants[person] = grants
            next.people[person]?.version += 1
            guard state.owners.isEmpty || !next.owners.isEmpty else { throw DirectoryError.lastOwner }
            next.audited += entries
            state = next
        }
    }

    package func owners() async throws -> [String] {
        state.withLock { $0.owners.sorted() }
    }
}

// MARK: - Sessions, links and sign-ins under way

extension InMemoryAccountStore {
    package func session(_ hash: KeyHash) async throws -> SignedIn? {
        state.withLock { state in
            guard let kept = state.sessions[hash], let person = state.people[kept.session.personID],
                person.disabledAt == nil
            else { return nil }
            return SignedIn(
                personID: person.id,
                name: person.name,
                email: person.email,
                grants: state.grants[person.id] ?? [],
                isSecure: kept.session.isSecure,
                seenAt: kept.seenAt,
                expiresAt: kept.session.expiresAt
            )
        }
    }

    package func touch(_ hash: KeyHash, at time: Timestamp) async throws {
        state.withLock { state in
            if let seen = state.sessions[hash]?.seenAt { state.sessions[hash]?.seenAt = max(seen, time) }
        }
    }

    package func open(_ session: NewSession, replacing old: KeyHash?, audit entry: AuditEntry) async throws {
        try state.withLock { state in
            guard state.people[session.personID] != nil else { throw DirectoryError.noPerson(session.personID) }
            if let old { state.sessions[old] = nil }
            state.sessions[session.hash] = Session(session: session, seenAt: session.createdAt)
            state.people[session.personID]?.lastSignInAt = session.createdAt
            state.audited.append(entry)
        }
    }

    package func close(_ hash: KeyHash, audit entry: AuditEntry, at time: Timestamp) async throws {
        state.withLock { state in
            state.sessions[hash] = nil
            state.audited.append(entry)
        }
    }

    package func closeSessions(of person: String, audit entry: AuditEntry, at time: Timestamp) async throws {
        state.withLock { state in
            state.sessions = state.sessions.filter { $0.value.session.personID != person }
            state.audited.append(entry)
        }
    }

    package func note(_ entry: AuditEntry, at time: Timestamp) async throws {
        state.withLock { $0.audited.append(entry) }
    }

    /// What the audit log would hold.
    package var audited: [AuditEntry] {
        state.withLock { $0.audited }
    }

    package func keepLink(
        _ hash: KeyHash,
        of person: String,
        until time: Timestamp,
        audit entry: AuditEntry,
        at now: Timestamp
    ) async throws {
        try state.withLock { state in
            guard state.people[person] != nil else { throw DirectoryError.noPerson(person) }
            state.links = state.links.filter { $0.value.person != person }
            state.links[hash] = (person, time)
            state.audited.append(entry)
        }
    }

    package func takeLink(_ hash: KeyHash, at time: Timestamp) async throws -> String? {
        state.withLock { state in
            guard let link = state.links.removeValue(forKey: hash), link.expiresAt > time else { return nil }
            return link.person
        }
    }

    package func keep(_ state: SignInState, _ hash: KeyHash) async throws {
        self.state.withLock { $0.states[hash] = state }
    }

    package func takeState(_ hash: KeyHash, at time: Timestamp) async throws -> SignInState? {
        state.withLock { state in
            state.states.removeValue(forKey: hash).flatMap { $0.expiresAt > time ? $0 : nil }
        }
    }

    package func sweep(at time: Timestamp) async throws {
        state.withLock { state in
            state.sessions = state.sessions.filter { $0.value.session.expiresAt > time }
            state.links = state.links.filter { $0.value.expiresAt > time }
            state.states = state.states.filter { $0.value.expiresAt > time }
        }
    }
}
