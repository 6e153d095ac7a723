package import Domain
package import ServiceRuntime

/// Whose data something is: the name under which the salt is kept that ties it to the log.
///
/// Erasing the subject takes the salt away, and nothing in the log can be traced to them any more.
package struct AuditSubject: Sendable, Hashable {
    /// The name, which is erased together with the salt.
    package let text: String

    private init(_ text: String) {
        self.text = text
    }

    /// A user of a workspace, as the source apps name them.
    package static func user(_ id: String, in workspace: String) -> AuditSubject {
        AuditSubject("user:\(workspace):\(id)")
    }

    /// Somebody who signs in.
    package static func person(_ id: String) -> AuditSubject {
        AuditSubject("person:\(id)")
    }

    /// Whoever a mail address belongs to.
    package static func mail(_ address: String) -> AuditSubject {
        AuditSubject("mail:\(address.lowercased())")
    }

    /// An actor, for its name and its address.
    package static func actor(_ author: Author) -> AuditSubject {
        AuditSubject("\(author.kind.rawValue):\(author.id)")
    }
}

/// One line of the audit log: who did what to what.
///
/// Hand it to ``Directory/audit(_:at:in:)`` in the transaction of the change. `before` and `after` are the object as the API
/// shows it, without secrets.
package struct AuditEntry: Sendable, Hashable {
    /// What was changed.
    package struct Target: Sendable, Hashable {
        /// The kind, such as `budget`; the first part of the action.
        package var kind: String
        package var id: String
        /// Whose data the id itself is, if it is anybody's.
        package var subject: AuditSubject?

        package init(_ kind: String, _ id: String, subject: AuditSubject? = nil) {
            self.kind = kind
            self.id = id
            self.subject = subject
        }
    }

    /// A member of `before` and `after` that is somebody's data: `email`, `scope.id`, `recipients.0`.
    package struct Personal: Sendable, Hashable {
        package var path: String
        package var subject: AuditSubject
        /// The one document that it stands in; nil for both.
        package var document: Document?

        /// What an entry shows.
        package enum Document: String, Sendable, Hashable {
            case before, after
        }

        package init(_ path: String, of subject: AuditSubject, in document: Document? = nil) {
            self.path = path
            self.subject = subject
            self.document = document
        }
    }

    /// The workspace that it concerns; nil for the installation.
    package var workspace: String?
    package var author: Author
    /// What was done: the target's kind and a verb, as in `budget.create`.
    package var action: String
    package var target: Target
    package var before: JSONValue?
    package var after: JSONValue?
    package var personal: [Personal]

    package init(
        workspace: String?,
        author: Author,
        action: String,
        target: Target,
        before: JSONValue? = nil,
        after: JSONValue? = nil,
        personal: [Personal] = []
    ) {
        self.workspace = workspace
        self.author = author
        self.action = action
        self.target = target
        self.before = before
        self.after = after
        self.personal = personal
    }
}
