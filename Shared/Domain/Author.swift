/// Who does something, and by which request: what a change is signed with.
///
/// A literal names a part of Oliver itself, such as `"oliver"`.
package struct Author: Sendable, Hashable, ExpressibleByStringLiteral {
    /// What kind of actor it is.
    package enum Kind: String, Sendable, CaseIterable {
        /// A program, by its API key.
        case key
        /// A person who has signed in.
        case person
        /// Somebody at the command line, who reaches the servers themselves.
        case commandLine = "cli"
        /// A part of Oliver.
        case system
    }

    package var kind: Kind
    /// The id of the key or the person; a stable word for the others.
    package var id: String
    /// What people call the actor; nil when there is nothing better than the id.
    package var name: String?
    /// The person a program's request names; the key vouches for them.
    package var onBehalfOf: String?
    /// The network address the request came from.
    package var address: String?
    package var requestID: String?

    package init(
        _ kind: Kind,
        id: String,
        name: String? = nil,
        onBehalfOf: String? = nil,
        address: String? = nil,
        requestID: String? = nil
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.onBehalfOf = onBehalfOf
        self.address = address
        self.requestID = requestID
    }

    package init(stringLiteral name: String) {
        self.init(.system, id: name)
    }

    /// How it stands beside what it did, in `created_by` and its likes.
    package var signature: String {
        onBehalfOf.map { "\($0) (\(id))" } ?? id
    }

    /// The same author, naming the person it acts for; as it is when none is named.
    package func naming(_ person: String?) -> Author {
        var author = self
        author.onBehalfOf = person ?? onBehalfOf
        return author
    }
}
