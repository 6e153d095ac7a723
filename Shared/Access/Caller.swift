package import ServiceRuntime

/// Who does something, as logs and audits name them.
package struct Principal: Sendable, Hashable {
    /// What does it.
    package enum Kind: String, Sendable, Hashable {
        case key, person
    }

    package let kind: Kind
    /// The id of the key, never the key, or of the person.
    package let id: String
    /// What people call it.
    package let name: String

    package init(kind: Kind, id: String, name: String) {
        self.kind = kind
        self.id = id
        self.name = name
    }
}

/// Who sent a request, and where they may do what it needs.
///
/// ``Authenticator`` narrows it to the permission that a route needs, so that a route asks only where: a caller that
/// may read two workspaces and set budgets in one of them reaches that one in the routes that set budgets.
package struct Caller: Sendable, Hashable {
    package let principal: Principal
    /// The program the key belongs to; people use the console.
    package let sourceApp: String
    /// All that is allowed, whatever this request needs.
    package let allowances: [Allowance]
    /// The roles that it comes from; a key that may do everything counts as an administrator.
    private let grants: [Grant]
    /// Where the caller may do what the request needs.
    package private(set) var reach: Reach
    /// The workspaces that are not hidden, where the caller reaches all and some are; nil when it makes no difference.
    package internal(set) var unhidden: [String]?

    /// Makes a caller who is not narrowed to one permission yet.
    private init(principal: Principal, sourceApp: String, allowances: [Allowance], grants: [Grant]) {
        self.principal = principal
        self.sourceApp = sourceApp
        self.allowances = allowances
        self.grants = grants
        reach = allowances.reduce(into: .nowhere) { $0.formUnion($1.reach) }
    }

    /// The caller of a key.
    package init(keyID: String, name: String = "", scopes: Scopes, workspace: String?, sourceApp: String) {
        self.init(
            principal: Principal(kind: .key, id: keyID, name: name),
            sourceApp: sourceApp,
            allowances: [Allowance(scopes.permissions, reach: Reach(workspace: workspace))],
            grants: scopes.contains(.admin) ? [Grant(role: .admin, workspace: workspace)] : []
        )
    }

    /// The caller of a person who signed in.
    package init(personID: String, name: String, grants: [Grant]) {
        self.init(
            principal: Principal(kind: .person, id: personID, name: name),
            sourceApp: "console",
            allowances: grants.map(\.allowance),
            grants: grants
        )
    }

    /// Whose roles the caller may see, give and take.
    package var authority: GrantAuthority { GrantAuthority(grants) }

    /// The id of the key or the person.
    package var id: String { principal.id }

    /// Where the caller may do this.
    package func reach(for permission: Permission) -> Reach {
        allowances.reduce(into: .nowhere) { reach, allowance in
            if allowance.permissions.isSuperset(of: permission) { reach.formUnion(allowance.reach) }
        }
    }

    /// Whether the caller may do this anywhere.
    package func has(_ permission: Permission) -> Bool {
        allowances.contains { $0.permissions.isSuperset(of: permission) }
    }

    /// The caller as one who does this.
    ///
    /// - Parameters:
    ///   - permission: What the request needs.
    ///   - limitedToTeams: Whether the request keeps to the teams of a caller who may see no more of a workspace; if it
    ///     cannot, such a workspace is out of reach.
    /// - Returns: The caller, whose reach is not empty.
    /// - Throws: ``AccessRefusal`` when that is allowed nowhere.
    package func narrowed(to permission: Permission, limitedToTeams: Bool = false) throws(AccessRefusal) -> Caller {
        // A key has one allowance, and its reach is that one's whatever is needed: nothing is to be made.
        if allowances.count == 1, allowances[0].permissions.isSuperset(of: permission),
            limitedToTeams || reach.isOfWholeWorkspaces, !reach.isNowhere
        {
            return self
        }
        var caller = self
        caller.reach = reach(for: permission)
        guard !caller.reach.isNowhere else {
            throw principal.kind == .key
                ? .scope(permission.scope.names.first ?? "admin") : .permission(permission.names.first ?? "read")
        }
        if !limitedToTeams {
            caller.reach = caller.reach.ofWholeWorkspaces
            guard !caller.reach.isNowhere else { throw .team }
        }
        return caller
    }

    /// Who does something: the person that the request names, with the key that vouches for them.
    package func author(naming person: String?) -> String {
        person.map { "\($0) (\(id))" } ?? id
    }
}

extension Caller {
    /// Whether the caller reaches what belongs to a workspace, or with nil to the whole installation.
    package func reaches(_ workspace: String?) -> Bool {
        workspace.map { reach.teams(of: $0) != nil } ?? reach.isEverywhere
    }

    /// The workspace a request is about.
    ///
    /// Who reaches one workspace works in that one and may name no other; the others must name one they reach.
    ///
    /// - Returns: The workspace, or nil when the caller reaches all and none was named.
    /// - Throws: ``AccessRefusal/workspace``, ``AccessRefusal/ambiguous``.
    package func workspace(naming requested: String?) throws(AccessRefusal) -> String? {
        if let requested {
            guard reaches(requested) else { throw .workspace }
            return requested
        }
        if reach.isEverywhere { return nil }
        guard let only = reach.only else { throw .ambiguous }
        return only
    }

    /// The workspaces that a list or a report is about: those named, else all that the caller reaches.
    ///
    /// - Returns: The workspaces, or nil for all there are.
    /// - Throws: ``AccessRefusal/workspace`` when one is named that the caller does not reach.
    package func workspaces(naming requested: [String]) throws(AccessRefusal) -> [String]? {
        guard !requested.isEmpty else { return reach.workspaces?.keys.sorted() }
        guard requested.allSatisfy({ reaches($0) }) else { throw .workspace }
        return requested
    }

    /// The workspaces that a report is about: as ``workspaces(naming:)``, but hidden ones are in it only when they are
    /// named.
    ///
    /// - Returns: The workspaces, or nil for all there are.
    /// - Throws: ``AccessRefusal/workspace`` when one is named that the caller does not reach.
    package func shown(naming requested: [String]) throws(AccessRefusal) -> [String]? {
        try workspaces(naming: requested) ?? unhidden
    }

    /// ``workspace(naming:)``, refusing with the answer to the client.
    package func named(_ requested: String?) throws(Problem) -> String? {
        if let requested, requested.utf8.contains(0) {
            throw .invalid("workspace", code: "invalid_format", detail: "must not have a NUL character")
        }
        do {
            return try workspace(naming: requested)
        } catch {
            throw error.problem
        }
    }

    /// ``named(_:)`` for what is always about one workspace: who reaches all must name it.
    package func required(_ requested: String?) throws(Problem) -> String {
        guard let workspace = try named(requested) else {
            throw .invalid("workspace", code: "required", detail: "is missing")
        }
        return workspace
    }

    /// ``workspaces(naming:)`` for lists that can be narrowed to one, refusing with the answer to the client.
    package func listed(_ requested: String?) throws(Problem) -> [String]? {
        do {
            return try workspaces(naming: requested.map { [$0] } ?? [])
        } catch {
            throw error.problem
        }
    }

    /// ``shown(naming:)`` for lists that can be narrowed to one, refusing with the answer to the client.
    package func shown(_ requested: String?) throws(Problem) -> [String]? {
        try listed(requested) ?? unhidden
    }

    /// Makes sure that the caller may do it everywhere: what concerns the whole installation is nobody's else.
    ///
    /// - Throws: A 403 problem.
    package func requireEverywhere() throws(Problem) {
        guard reach.isEverywhere else { throw AccessRefusal.everywhere.problem }
    }
}
