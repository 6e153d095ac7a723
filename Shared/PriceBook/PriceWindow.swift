import Domain

/// The time around a moment in which the same versions hold, found by looking at versions one by one.
struct PriceWindow {
    /// Microseconds since 1970, inclusive.
    private(set) var from = Int64.min
    /// Microseconds since 1970, exclusive; `Int64.max` is for ever.
    private(set) var to = Int64.max
    /// Whether any version that was looked at began by the moment.
    private(set) var hasBegun = false
    let time: Int64

    init(at time: Timestamp) {
        self.time = time.microseconds
    }

    /// When the next version begins, when one does.
    private(set) var nextStart: Int64?

    /// Takes note of a version and says whether it holds at the moment.
    mutating func holds(_ entry: PriceEntry) -> Bool {
        let start = entry.validFrom?.microseconds ?? .min
        let end = entry.validTo?.microseconds ?? .max
        guard start < end else { return false }
        if time < start {
            to = min(to, start)
            nextStart = min(nextStart ?? start, start)
            return false
        }
        hasBegun = true
        from = max(from, start)
        guard time < end || end == .max else {
            from = max(from, end)
            return false
        }
        to = min(to, end)
        return true
    }

    /// Narrows the window to that of other versions that were looked at.
    mutating func narrow(to other: PriceWindow) {
        from = max(from, other.from)
        to = min(to, other.to)
        hasBegun = hasBegun || other.hasBegun
    }

    var validFrom: Timestamp? { from == .min ? nil : Timestamp(microseconds: from) }

    var validTo: Timestamp? { to == .max ? nil : Timestamp(microseconds: to) }
}
