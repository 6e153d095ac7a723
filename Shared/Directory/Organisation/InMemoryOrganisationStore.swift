package import Domain
import Synchronization

/// Teams, projects, users and memberships in memory, for tests.
///
/// Passes the same contract suite as PostgreSQL's.
package final class InMemoryOrganisationStore: OrganisationStore {
    fileprivate struct Place: Hashable {
        let kind: UnitKind
        let workspace: String
        let id: String
    }

    private struct State {
        var units: [Place: OrgUnit] = [:]
        var memberships: [Membership] = []
        var audited: [AuditEntry] = []
    }

    private let workspaces: Set<String>
    private let state = Mutex(State())

    /// Makes a store that knows these workspaces.
    package init(workspaces: Set<String>) {
        self.workspaces = workspaces
    }

    /// What the audit log would have, in order.
    package var audited: [AuditEntry] {
        state.withLock { $0.audited }
    }

    /// Keeps a unit as an event makes it.
    package func mirror(_ unit: OrgUnit) {
        var unit = unit
        unit.isMirrored = true
        state.withLock { $0.units[unit.place] = unit }
    }

    package func units(
        _ kind: UnitKind,
        _ query: UnitQuery,
        after cursor: UnitCursor?,
        limit: Int
    ) async throws -> [OrgUnit] {
        let all = state.withLock { Array($0.units.values) }
        let found = all.filter { unit in
            unit.kind == kind && query.matches(unit)
                && (cursor.map { ($0.workspace, $0.id) < (unit.workspace, unit.id) } ?? true)
        }
        return Array(found.sorted { ($0.workspace, $0.id) < ($1.workspace, $1.id) }.prefix(limit))
    }

    package func unit(_ kind: UnitKind, _ id: String, in workspace: String) async throws -> OrgUnit? {
        state.withLock { $0.units[Place(kind: kind, workspace: workspace, id: id)] }
    }

    package func create(_ unit: OrgUnit, by author: Author) async throws -> OrgUnit {
        guard workspaces.contains(unit.workspace) else { throw DirectoryError.noWorkspace(unit.workspace) }
        return try state.withLock { state in
            let known = state.units[unit.place]
            if let known, !known.isMirrored { throw DirectoryError.taken(unit.id) }
            var new = unit
            if let known {
                new.createdAt = known.createdAt
                new.team = new.team ?? known.team
                new.version = known.version + 1
            }
            state.units[unit.place] = new
            let edit = DirectoryEdit("\(unit.kind.rawValue).create", by: author, at: unit.createdAt)
            state.audited.append(new.entry(edit, before: known))
            return new
        }
    }

    package func change(
        _ kind: UnitKind,
        _ id: String,
        in workspace: String,
        _ edit: DirectoryEdit,
        _ change: (inout OrgUnit) throws -> Void
    ) async throws -> OrgUnit {
        let place = Place(kind: kind, workspace: workspace, id: id)
        guard let old = state.withLock({ $0.units[place] }) else { throw DirectoryError.noUnit(kind, id) }
        try edit.check(old.version)
        var new = old
        try change(&new)
        new.forgetPerson(ofAddress: old.email)
        guard new != old else { return old }
        new.isMirrored = false
        new.version = old.version + 1
        let changed = new
        return try state.withLock { state in
            guard state.units[place] == old else { throw DirectoryError(.outdated, "it has changed meanwhile") }
            state.units[place] = changed
            state.audited.append(changed.entry(edit, before: old))
            return changed
        }
    }

    package func memberships(
        _ query: MembershipQuery,
        after cursor: (team: String, user: String)?,
        limit: Int
    ) async throws -> [NamedMembership] {
        let (all, units) = state.withLock { ($0.memberships, $0.units) }
        let found = all.filter { membership in
            membership.workspace == query.workspace && query.team ?? membership.team == membership.team
                && query.user ?? membership.user == membership.user
                && (cursor.map { ($0.team, $0.user) < (membership.team, membership.user) } ?? true)
        }
        return found.sorted { ($0.team, $0.user) < ($1.team, $1.user) }.prefix(limit).map { $0.named(by: units) }
    }

    package func put(_ new: Membership, by author: Author) async throws -> (NamedMembership, isNew: Bool) {
        try state.withLock { state in
            for (kind, id) in [(UnitKind.team, new.team), (.user, new.user)] {
                let place = Place(kind: kind, workspace: new.workspace, id: id)
                guard state.units[place] != nil else { throw DirectoryError.noUnit(kind, id) }
            }
            var kept = new
            let index = state.memberships.firstIndex { $0.isSame(as: new) }
            let old = index.map { state.memberships[$0] }
            if let old {
                kept.createdAt = old.createdAt
                if old == kept { return (old.named(by: state.units), false) }
            }
            if let index { state.memberships[index] = kept } else { state.memberships.append(kept) }
            state.audited.append(kept.entry("membership.put", by: author, before: old, after: kept))
            return (kept.named(by: state.units), old == nil)
        }
    }

    package func removeMembership(
        of user: String,
        in team: String,
        of workspace: String,
        by author: Author,
        at time: Timestamp
    ) async throws -> Bool {
        state.withLock { state in
            let index = state.memberships.firstIndex { ($0.workspace, $0.team, $0.user) == (workspace, team, user) }
            guard let index else { return false }
            let old = state.memberships.remove(at: index)
            state.audited.append(old.entry("membership.remove", by: author, before: old, after: nil))
            return true
        }
    }

    package func linkUsers(
        withVerifiedEmail email: String,
        toPerson person: String,
        by author: Author,
        at time: Timestamp
    ) async throws -> Int {
        state.withLock { state in
            let users = state.units.values.filter {
                $0.kind == .user && $0.personID == nil && AccountAddress.isSame($0.email, email)
            }
            let edit = DirectoryEdit("user.link", by: author, at: time)
            for user in users.sorted(by: { ($0.workspace, $0.id) < ($1.workspace, $1.id) }) {
                let linked = user.linked(to: person)
                state.units[user.place] = linked
                state.audited.append(linked.entry(edit, before: user))
            }
            return users.count
        }
    }

    package func users(of people: [String], in workspaces: [String]?) async throws -> [LinkedUser] {
        let all = state.withLock { Array($0.units.values) }
        return Set(people).sorted().flatMap { person in
            all.filter { $0.personID == person && (workspaces?.contains($0.workspace) ?? true) }
                .sorted { ($0.workspace, $0.id) < ($1.workspace, $1.id) }.prefix(LinkedUser.limit)
                .map { LinkedUser(person: person, workspace: $0.workspace, id: $0.id) }
        }
    }
}

extension OrgUnit {
    fileprivate var place: InMemoryOrganisationStore.Place {
        .init(kind: kind, workspace: workspace, id: id)
    }
}

extension Membership {
    fileprivate func isSame(as other: Membership) -> Bool {
        (workspace, team, user) == (other.workspace, other.team, other.user)
    }

    /// The membership with names; that of a workspace, of which the store knows no more, is its id.
    fileprivate func named(by units: [InMemoryOrganisationStore.Place: OrgUnit]) -> NamedMembership {
        let user = units[.init(kind: .user, workspace: workspace, id: user)]
        return NamedMembership(
            self,
            workspaceName: workspace,
            teamName: units[.init(kind: .team, workspace: workspace, id: team)]?.name,
            userName: user?.name,
            userEmail: user?.email
        )
    }
}

extension UnitQuery {
    fileprivate func matches(_ unit: OrgUnit) -> Bool {
        if let workspaces, !workspaces.contains(unit.workspace) { return false }
        if let team, unit.team != team { return false }
        if let isArchived, isArchived != (unit.archivedAt != nil) { return false }
        guard let search = search?.lowercased() else { return true }
        return [unit.id, unit.name, unit.email].contains { $0?.lowercased().hasPrefix(search) ?? false }
    }
}
