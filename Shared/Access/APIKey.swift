package import Domain

/// What is kept of an API key: everything but the key.
package struct APIKey: Hashable, Sendable {
    /// Names the key in lists and in the audit log.
    package var id: String
    /// SHA-256 of the raw key.
    package var hash: KeyHash
    /// The first characters of the raw key.
    package var prefix: String
    package var name: String
    package var scopes: Scopes
    /// The only workspace it may touch; nil for all.
    package var workspace: String?
    /// The program it belongs to.
    package var sourceApp: String
    package var createdAt: Timestamp
    /// Who made it: a person or a key id.
    package var createdBy: String
    package var lastUsedAt: Timestamp?
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// SHA-256 of the raw key before the last rotation, which is good until ``graceUntil``.
    package var previousHash: KeyHash?
    package var graceUntil: Timestamp?
    package var rotatedAt: Timestamp?
    /// The directory's version that wrote it.
    package var version: Int64 = 0

    package init(
        id: String,
        hash: KeyHash,
        prefix: String,
        name: String,
        scopes: Scopes = .standard,
        workspace: String? = nil,
        sourceApp: String,
        createdAt: Timestamp,
        createdBy: String,
        lastUsedAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.hash = hash
        self.prefix = prefix
        self.name = name
        self.scopes = scopes
        self.workspace = workspace
        self.sourceApp = sourceApp
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// Makes a new key and what is kept of it.
    ///
    /// The raw key cannot be had again.
    package static func make(
        name: String,
        scopes: Scopes = .standard,
        workspace: String? = nil,
        sourceApp: String,
        createdAt: Timestamp,
        createdBy: String,
        expiresAt: Timestamp? = nil
    ) -> (key: APIKey, raw: RawKey) {
        let raw = RawKey.generate()
        let key = APIKey(
            id: RawKey.makeID(prefix: "key_"),
            hash: raw.hash,
            prefix: raw.shownPrefix,
            name: name,
            scopes: scopes,
            workspace: workspace,
            sourceApp: sourceApp,
            createdAt: createdAt,
            createdBy: createdBy,
            expiresAt: expiresAt
        )
        return (key, raw)
    }

    /// Takes another raw key in the old one's place; everything else stays, the id too.
    ///
    /// The old one is good until the grace ends, and the one before it no longer.
    package mutating func rotate(to raw: RawKey, at time: Timestamp, grace: Duration) {
        previousHash = grace > .zero ? hash : nil
        graceUntil = grace > .zero ? time.adding(grace) : nil
        hash = raw.hash
        prefix = raw.shownPrefix
        rotatedAt = time
    }

    /// Whether a raw key with this hash is this key's at this time.
    package func accepts(_ hash: KeyHash, at time: Timestamp) -> Bool {
        hash == self.hash || (hash == previousHash && graceUntil.map { time < $0 } ?? false)
    }

    /// Whether it may be used at this time.
    package func isActive(at time: Timestamp) -> Bool {
        revokedAt == nil && expiresAt.map { time < $0 } ?? true
    }
}
