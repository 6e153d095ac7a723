internal import Directory

/// Whom a provider vouches for.
package struct ProvenIdentity: Sendable, Hashable {
    /// Why an address leads to no account, and none is made for it.
    package enum EmailFlaw: Sendable, Hashable {
        /// Letters beyond ASCII can look like others, and become others in a different case.
        case notASCII
        /// The provider could say that the address is theirs, and does not.
        case unproven
    }

    package let subject: String
    package let name: String?
    /// With ASCII letters in lower case.
    package let email: String?
    /// Whether the address is known to be theirs: only then may it lead to an account that is there.
    package let isEmailVerified: Bool
    /// Keeps out who is not known yet by the provider's own id of them.
    package let emailFlaw: EmailFlaw?
    /// What the provider says they belong to: its groups and roles.
    package let memberships: Set<String>

    /// Takes what the provider says.
    ///
    /// An address that is not ASCII never counts as verified. When it must be proven, one that is not verified keeps out who
    /// is not known yet.
    package init(
        subject: String,
        name: String?,
        email: String?,
        isEmailVerified: Bool,
        mustProveEmail: Bool = false,
        memberships: Set<String>
    ) {
        let isASCII = email.map { AccountAddress.isASCII($0) } ?? true
        self.subject = subject
        self.name = name
        self.email = email.map { AccountAddress.lowercased($0) }
        self.isEmailVerified = isEmailVerified && isASCII
        self.memberships = memberships
        if email != nil, !isEmailVerified, mustProveEmail {
            emailFlaw = .unproven
        } else {
            emailFlaw = isEmailVerified && !isASCII ? .notASCII : nil
        }
    }
}
