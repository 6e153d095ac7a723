internal import Domain
internal import Ledger

/// What a repricing would change: nothing is written.
struct RepricePreview {
    /// What a row of the report is about.
    struct Key: Hashable {
        var team: String?
        var model: String
    }

    /// Sums of one team and model.
    struct Sums {
        var events: Int64 = 0
        var changed: Int64 = 0
        var before = MoneySum.zero
        var after = MoneySum.zero
        var unpricedBefore: Int64 = 0
        var unpricedAfter: Int64 = 0

        mutating func add(_ old: Cost, _ new: Cost) {
            events += 1
            if old.money != new.money { changed += 1 }
            before += old.money ?? .zero
            after += new.money ?? .zero
            if old.money == nil { unpricedBefore += 1 }
            if new.money == nil { unpricedAfter += 1 }
        }
    }

    private(set) var total = Sums()
    private(set) var groups: [Key: Sums] = [:]
    /// Whether there are more teams and models than are told apart.
    private(set) var isCut = false

    /// Teams and models that are told apart, at most.
    private static let groupLimit = 10_000
    /// Rows of the report.
    private static let rowLimit = 100

    /// Adds a row and what it would cost.
    mutating func add(_ row: LedgerRow, _ new: Cost?) {
        let (old, new) = (row.current, new ?? row.current)
        total.add(old, new)
        let event = row.priced.event
        let key = Key(team: event.identity.team, model: event.model)
        guard groups[key] != nil || groups.count < Self.groupLimit else {
            isCut = true
            return
        }
        groups[key, default: Sums()].add(old, new)
    }

    /// The rows that change most, at most 100.
    var rows: [(key: Key, sums: Sums)] {
        let changed = groups.filter { $0.value.changed > 0 }.sorted { left, right in
            let sizes = [left, right].map { ($0.value.after - $0.value.before).picoDollars.magnitude }
            if sizes[0] != sizes[1] { return sizes[0] > sizes[1] }
            return (left.key.model, left.key.team ?? "") < (right.key.model, right.key.team ?? "")
        }
        return changed.prefix(Self.rowLimit).map { (key: $0.key, sums: $0.value) }
    }
}
