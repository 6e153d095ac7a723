/// Where something is allowed.
package struct Reach: Sendable, Hashable {
    /// Which of a workspace's teams.
    package enum Teams: Sendable, Hashable {
        case all
        case only(Set<String>)
    }

    /// The workspaces by their ids; nil for all there are and will be.
    package private(set) var workspaces: [String: Teams]?

    /// Everywhere.
    package static let everywhere = Reach(workspaces: nil)
    /// Nowhere at all.
    package static let nowhere = Reach(workspaces: [:])

    private init(workspaces: [String: Teams]?) {
        self.workspaces = workspaces
    }

    /// Everywhere, one workspace, or one team of it.
    package init(workspace: String?, team: String? = nil) {
        workspaces = workspace.map { [$0: team.map { .only([$0]) } ?? .all] }
    }

    package var isEverywhere: Bool { workspaces == nil }
    package var isNowhere: Bool { workspaces?.isEmpty ?? false }

    /// The workspace when there is just one.
    package var only: String? {
        workspaces.flatMap { $0.count == 1 ? $0.keys.first : nil }
    }

    /// The teams of a workspace that are reached; nil when it is not reached at all.
    package func teams(of workspace: String) -> Teams? {
        workspaces.map { $0[workspace] } ?? .all
    }

    /// Adds another's places.
    package mutating func formUnion(_ other: Reach) {
        guard let theirs = other.workspaces, let ours = workspaces else {
            workspaces = nil
            return
        }
        workspaces = ours.merging(theirs) { left, right in
            guard case .only(let some) = left, case .only(let more) = right else { return .all }
            return .only(some.union(more))
        }
    }

    /// Whether no workspace is reached in some teams only.
    package var isOfWholeWorkspaces: Bool { workspaces?.values.allSatisfy { $0 == .all } ?? true }

    /// Without the workspaces of which only some teams are reached.
    package var ofWholeWorkspaces: Reach {
        Reach(workspaces: workspaces?.filter { $0.value == .all })
    }
}

/// What is allowed in one place.
package struct Allowance: Sendable, Hashable {
    package var permissions: Permission
    package var reach: Reach

    package init(_ permissions: Permission, reach: Reach) {
        self.permissions = permissions
        self.reach = reach
    }
}
