package import Access
package import Domain

/// Somebody who signs in.
package struct Person: Sendable, Hashable {
    /// How a provider knows somebody: its own id of them never changes, an e-mail address may.
    package struct Identity: Sendable, Hashable {
        /// The provider's name in the settings, like `microsoft`.
        package var provider: String
        /// The `sub` claim, or what stands for it.
        package var subject: String

        package init(provider: String, subject: String) {
            self.provider = provider
            self.subject = subject
        }
    }

    package let id: String
    /// In lower case, see ``AccountAddress``; nil for the administrator that the first start makes.
    package var email: String?
    package var name: String
    /// Whom a provider vouches for; nil until the first sign-in with it.
    package var identity: Identity?
    /// The password's scrypt hash, for those who have one.
    package var passwordHash: String?
    /// Since when they may not sign in.
    package var disabledAt: Timestamp?
    package var createdAt: Timestamp
    package var createdBy: String
    package var lastSignInAt: Timestamp?
    /// Grows with every edit.
    package var version: Int64

    package init(
        id: String = RawKey.makeID(prefix: "per_"),
        email: String?,
        name: String,
        identity: Identity? = nil,
        passwordHash: String? = nil,
        disabledAt: Timestamp? = nil,
        createdAt: Timestamp,
        createdBy: String,
        lastSignInAt: Timestamp? = nil,
        version: Int64 = 1
    ) {
        self.id = id
        self.email = email.map { AccountAddress.lowercased($0) }
        self.name = name
        self.identity = identity
        self.passwordHash = passwordHash
        self.disabledAt = disabledAt
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.lastSignInAt = lastSignInAt
        self.version = version
    }

    /// What is wrong with it, in words for people; nil when it can be stored.
    package var flaw: String? {
        if !isName(name) { return "the name must have 1 to 128 characters and no control characters" }
        guard let email else { return nil }
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = email.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard isPlain, email.utf8.count <= 254, parts.count == 2, parts.allSatisfy({ !$0.isEmpty })
        else { return "the e-mail address must look like name@example.com" }
        // Only ASCII letters were made small: another one may become a letter of somebody else's address.
        return email == email.lowercased() ? nil : "the e-mail address must have small letters only"
    }
}

/// A sign-in that a provider has been asked for and has not answered.
package struct SignInState: Sendable, Hashable {
    package var provider: String
    /// What the token must repeat.
    package var nonce: String
    /// What PKCE's challenge was made from.
    package var verifier: String
    /// Where the browser goes afterwards, a path of ours.
    package var returnPath: String
    package var expiresAt: Timestamp

    package init(provider: String, nonce: String, verifier: String, returnPath: String, expiresAt: Timestamp) {
        self.provider = provider
        self.nonce = nonce
        self.verifier = verifier
        self.returnPath = returnPath
        self.expiresAt = expiresAt
    }
}

/// A session that begins.
package struct NewSession: Sendable, Hashable {
    package var hash: KeyHash
    package var personID: String
    /// How they signed in: a provider's name, `password` or `link`.
    package var method: String
    /// Whether by https.
    package var isSecure: Bool
    package var createdAt: Timestamp
    package var expiresAt: Timestamp

    package init(
        hash: KeyHash,
        personID: String,
        method: String,
        isSecure: Bool,
        createdAt: Timestamp,
        expiresAt: Timestamp
    ) {
        self.hash = hash
        self.personID = personID
        self.method = method
        self.isSecure = isSecure
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
