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
}

extension [AuditEntry] {
    /// Somebody's roles, before and after.
    ///
    /// Each workspace in which they changed hears of its own; the installation hears of those that hold everywhere.
    package static func grants(
        of person: String,
        before: [Grant],
        after: [Grant],
        by author: Author
    ) -> [AuditEntry] {
        let changed = Set(before).symmetricDifference(after)
        return Set(changed.map(\.workspace)).map { workspace in
            func here(_ grants: [Grant]) -> JSONValue {
                ["grants": .array(grants.filter { $0.workspace == workspace }.map(\.json))]
            }
            return AuditEntry(
                workspace: workspace,
                author: author,
                action: "person.grants",
                target: .init("person", person),
                before: here(before),
                after: here(after)
            )
        }
    }

    /// Somebody new: the installation hears of them, each workspace of the roles in it.
    package static func creation(of person: Person, grants: [Grant], by author: Author) -> [AuditEntry] {
        let given = [AuditEntry].grants(of: person.id, before: [], after: grants, by: author)
        return [.person("create", person, grants: grants, by: author)] + given.filter { $0.workspace != nil }
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
