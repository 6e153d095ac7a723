/// Which grants somebody who manages people sees, and which of them they may give and take.
///
/// It follows from their own roles and from nothing else: who manages the people of one workspace sees the grants that
/// reach into it, changes those in it, and neither learns of the others nor disturbs them.
package struct GrantAuthority: Sendable, Hashable {
    /// The roles that allow it; who has a role for single teams manages no people.
    private let roles: [Grant]

    /// The authority that somebody's own roles give.
    package init(_ grants: [Grant]) {
        roles = grants.filter { $0.team == nil && $0.role.permissions.contains(.people) }
    }

    /// Whether it reaches everybody, also those without any grant.
    package var isEverywhere: Bool { roles.contains { $0.workspace == nil } }

    /// Whether a grant reaches into one of the places.
    package func sees(_ grant: Grant) -> Bool {
        roles.contains { $0.overlaps(grant) }
    }

    /// Whether somebody with these grants is to be seen.
    package func seesWho(has grants: [Grant]) -> Bool {
        isEverywhere || grants.contains { sees($0) }
    }

    /// What becomes of somebody's grants when those in the places are replaced.
    ///
    /// Grants elsewhere stay. Those that are wider than the places may be repeated, as they were read.
    ///
    /// - Parameters:
    ///   - present: All that they have, seen or not.
    ///   - wanted: What they are to have in the places.
    /// - Returns: All that they have then.
    /// - Throws: ``AccessRefusal``: `role` when a role above the own one is given or taken, or when somebody with a higher
    ///   role is touched; `workspace`, `everywhere` when a place is not theirs.
    package func changing(_ present: [Grant], to wanted: [Grant]) throws(AccessRefusal) -> [Grant] {
        let others = present.filter { role(at: $0) == nil }
        let own = wanted.filter { !(others.contains($0) && sees($0)) }
        let before = Set(present).subtracting(others)
        for grant in before.symmetricDifference(own) {
            guard let role = role(at: grant) else { throw grant.workspace == nil ? .everywhere : .workspace }
            let touched = [grant] + present.filter { $0.overlaps(grant) }
            if let above = touched.map(\.role).filter({ !role.mayGrant($0) }).max() { throw .role(above) }
        }
        return others + own
    }

    /// The highest role that holds in the whole place of a grant.
    private func role(at place: Grant) -> Role? {
        roles.filter { $0.encloses(place) }.map(\.role).max()
    }
}

extension Grant {
    /// Whether some place belongs to both.
    fileprivate func overlaps(_ other: Grant) -> Bool {
        encloses(other) || other.encloses(self)
    }
}
