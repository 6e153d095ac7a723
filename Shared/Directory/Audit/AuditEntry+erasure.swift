package import Domain
package import ServiceRuntime

extension AuditEntry {
    static let erasure = "user.erase"
    static let erasedValues = "erased_values"

    /// Makes the entry that tells of an erasure, without who it was.
    ///
    /// Verification finds values that are gone and that no such entry accounts for, so each chain that
    /// ``Directory/eraseFromAudit(_:in:id:pseudonym:in:)`` took values from gets one, in the same transaction.
    ///
    /// - Parameters:
    ///   - pseudonym: What is shown from now on.
    ///   - workspace: Whose chain; nil for the installation's.
    ///   - author: Who erased.
    ///   - values: How many values were taken out of the chain.
    ///   - members: What else was done.
    /// - Returns: The entry.
    package static func erasure(
        of pseudonym: String,
        in workspace: String?,
        by author: Author,
        values: Int,
        _ members: [JSONValue.Member] = []
    ) -> AuditEntry {
        AuditEntry(
            workspace: workspace,
            author: author,
            action: erasure,
            target: Target("user", pseudonym),
            after: .object(members + [.init(erasedValues, .int(Int64(values)))])
        )
    }
}

/// What a chain has lost, and what its entries say of it.
struct ErasureAccount {
    /// Values that are erased.
    private(set) var erased: Int64 = 0
    private var lastErased: Int64 = 0
    private var told: Int64 = 0
    private var lastTold: Int64 = 0
    /// Whether an entry is from before the values were counted.
    private var isUncounted = false

    mutating func lose(at sequence: Int64) {
        erased += 1
        lastErased = sequence
    }

    /// Takes an entry in, which must be known to be good.
    mutating func read(_ link: AuditLink) {
        guard link.action == AuditEntry.erasure else { return }
        lastTold = link.sequence
        let after = link.after.flatMap { try? JSONValue(parsing: Array($0.utf8)) }
        if let count = after?[AuditEntry.erasedValues]?.numberText.flatMap({ Int64($0) }) {
            told += count
        } else {
            isUncounted = true
        }
    }

    /// What is gone without being told of: behind the last erasure, or more than all of them erased.
    var flaw: AuditFlaw? {
        guard erased > 0, lastErased > lastTold || (erased > told && !isUncounted) else { return nil }
        return .untoldErasure(values: max(erased - told, 1), last: lastErased)
    }
}
