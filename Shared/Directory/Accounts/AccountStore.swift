package import Access
package import Domain

/// Who signs in, with their roles, sessions and what a sign-in needs on its way.
///
/// All methods throw ``DirectoryError``. What is secret comes as a hash only. A change and its entry in the audit log are
/// written in one transaction.
package protocol AccountStore: SessionSource {
    /// Keeps somebody new.
    ///
    /// - Throws: `conflict` when the address or the identity is somebody's already, `invalid`.
    func create(_ person: Person, grants: [Grant], audit entries: [AuditEntry]) async throws
    func person(id: String) async throws -> Person?
    /// The person with an address, in lower case.
    func person(email: String) async throws -> Person?
    func person(_ identity: Person.Identity) async throws -> Person?
    /// One page of all, by id.
    ///
    /// - Parameters:
    ///   - text: What their name or address holds, whatever its case.
    ///   - workspaces: Where one of their grants must reach into; nil for everybody, with grants or without.
    ///   - id: Whom the page before ended with.
    ///   - limit: People at most.
    /// - Returns: The people.
    /// - Throws: `unavailable`.
    func people(matching text: String?, reaching workspaces: [String]?, after id: String?, limit: Int) async throws
        -> [Person]
    /// Writes name, address, identity, password and whether they are disabled; ends the sessions of who is disabled.
    ///
    /// - Returns: The person as kept, with the next version.
    /// - Throws: `conflict` when the address or identity is another's, `outdated` when they have another version than the
    ///   one given here, `notFound`, `invalid`, `lastOwner`.
    func update(_ person: Person, audit entry: AuditEntry, at time: Timestamp) async throws -> Person
    func grants(of person: String) async throws -> [Grant]
    /// Replaces all grants; the person's version grows.
    ///
    /// - Throws: `lastOwner` when nobody could sign in as an owner of all any more, `outdated` unless the version is nil
    ///   or the person's, `notFound` also for an unknown workspace.
    func setGrants(
        _ grants: [Grant],
        of person: String,
        expecting version: Int64?,
        audit entries: [AuditEntry],
        at time: Timestamp
    ) async throws
    /// The ids of those who own all and are not disabled, in order.
    func owners() async throws -> [String]

    /// Begins a session, ends the one that the browser had before, and notes the sign-in, also in the audit log.
    func open(_ session: NewSession, replacing old: KeyHash?, audit entry: AuditEntry) async throws
    /// Ends a session; it may have ended before.
    func close(_ hash: KeyHash, audit entry: AuditEntry, at time: Timestamp) async throws
    /// Ends all sessions of somebody.
    func closeSessions(of person: String, audit entry: AuditEntry, at time: Timestamp) async throws
    /// Writes into the audit log what changed nothing: a sign-in that failed.
    func note(_ entry: AuditEntry, at time: Timestamp) async throws

    /// Keeps a link that signs somebody in once; other links of theirs stop working.
    func keepLink(
        _ hash: KeyHash,
        of person: String,
        until time: Timestamp,
        audit entry: AuditEntry,
        at now: Timestamp
    ) async throws
    /// Takes a link: it works once.
    ///
    /// - Returns: Whose it was; nil when there is none or it has expired.
    func takeLink(_ hash: KeyHash, at time: Timestamp) async throws -> String?

    /// Keeps a sign-in that has begun, under the hash of its `state`.
    func keep(_ state: SignInState, _ hash: KeyHash) async throws
    /// Takes it: an answer of the provider counts once.
    func takeState(_ hash: KeyHash, at time: Timestamp) async throws -> SignInState?
    /// Removes what has expired.
    func sweep(at time: Timestamp) async throws
}

extension DirectoryError {
    static func noPerson(_ id: String) -> DirectoryError { DirectoryError(.notFound, "there is no person '\(id)'") }
    static let takenPerson = DirectoryError(.conflict, "somebody has this e-mail address or identity already")
    package static let changedPerson = DirectoryError(.outdated, "the person has changed since they were read")
    static let lastOwner = DirectoryError(.lastOwner, "somebody must remain who owns all and may sign in")
}
