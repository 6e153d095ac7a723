package import Access
package import Domain
package import ServiceRuntime

extension AuditEntry {
    /// What somebody did to an account: `person.create`, `person.edit`, `person.link`, `person.password`.
    package static func person(
        _ verb: String,
        _ person: Person,
        before: Person? = nil,
        grants: [Grant]? = nil,
        by author: Author
    ) -> AuditEntry {
        let subject = AuditSubject.person(person.id)
        return AuditEntry(
            workspace: nil,
            author: author,
            action: "person.\(verb)",
            target: .init("person", person.id),
            before: before?.audited(nil),
            after: person.audited(grants),
            personal: [.init("email", of: subject), .init("name", of: subject)]
        )
    }

    /// Somebody's roles, before and after.
    package static func grants(
        of person: String,
        before: [Grant],
        after: [Grant],
        by author: Author
    ) -> AuditEntry {
        AuditEntry(
            workspace: nil,
            author: author,
            action: "person.grants",
            target: .init("person", person),
            before: ["grants": .array(before.map(\.json))],
            after: ["grants": .array(after.map(\.json))]
        )
    }
}

extension Person {
    /// The person without what is secret.
    fileprivate func audited(_ grants: [Grant]?) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("email", email.map { .string($0) } ?? .null), .init("name", .string(name)),
            .init("provider", identity.map { .string($0.provider) } ?? .null),
            .init("password", .bool(passwordHash != nil)), .init("disabled", .bool(disabledAt != nil)),
        ]
        if let grants { members.append(.init("grants", .array(grants.map(\.json)))) }
        return .object(members)
    }
}

extension Grant {
    /// The grant as the API shows it.
    package var json: JSONValue {
        [
            "role": .string(role.rawValue), "workspace": workspace.map { .string($0) } ?? .null,
            "team": team.map { .string($0) } ?? .null,
        ]
    }
}
