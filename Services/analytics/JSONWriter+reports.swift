internal import Domain
internal import Ledger
internal import ServiceRuntime

/// How the answers of reports look (`api.md`, Reports).
extension JSONWriter {
    /// Writes the members of an object of sums.
    mutating func members(_ totals: LedgerTotals) {
        member("cost_usd", totals.cost.usd)
        member("events", totals.events)
        member("unpriced_events", totals.unpricedEvents)
        member("input_tokens", totals.inputTokens)
        member("output_tokens", totals.outputTokens)
        member("cache_read_tokens", totals.cacheReadTokens)
        member("cache_write_tokens", totals.cacheWriteTokens)
        member("reasoning_tokens", totals.reasoningTokens)
    }

    /// Writes an object of sums.
    mutating func object(totals: LedgerTotals) {
        beginObject()
        members(totals)
        endObject()
    }

    /// Writes sums, those of the period before, and what changed.
    mutating func write(_ totals: LedgerTotals, previous: LedgerTotals) {
        beginObject()
        members(totals)
        key("previous")
        object(totals: previous)
        key("change")
        beginObject()
        let difference = totals.cost - previous.cost
        member("cost_usd", difference.usd)
        key("cost_ratio")
        if previous.cost.picoDollars > 0 {
            raw(DecimalText.formatShortest(difference.picoDollars * 10_000 / previous.cost.picoDollars, scale: 4))
        } else {
            null()
        }
        member("events", totals.events - previous.events)
        endObject()
        endObject()
    }

    mutating func write(breakdown cube: LedgerCube, by axis: ReportAxis) {
        let sums = cube.totals(by: \.row)
        let total = cube.total
        beginObject()
        key("rows")
        beginArray()
        for (number, name) in cube.rows.map(axis.texts).enumerated() {
            beginObject()
            key("key")
            optional(name.first ?? nil)
            part(sums[number] ?? .zero, of: total)
            endObject()
        }
        endArray()
        key("other")
        if let other = sums[cube.rows.count] {
            beginObject()
            part(other, of: total)
            endObject()
        } else {
            null()
        }
        key("total")
        object(totals: total)
        endObject()
    }

    private mutating func part(_ totals: LedgerTotals, of total: LedgerTotals) {
        members(totals)
        share(totals, of: total)
    }

    mutating func write(_ series: [LedgerSeries], starts: ArraySlice<Timestamp>) {
        let texts = starts.map(\.rfc3339)
        beginObject()
        key("series")
        beginArray()
        for line in series {
            beginObject()
            key("key")
            switch line.key {
            case .all: string("all")
            case .value(let value): optional(value)
            case .other: string("other")
            }
            // A value may be called so too.
            if line.key == .other {
                key("is_other")
                bool(true)
            }
            key("points")
            beginArray()
            for (start, totals) in zip(texts, line.points) {
                beginObject()
                member("start", start)
                member("cost_usd", totals.cost.usd)
                member("events", totals.events)
                endObject()
            }
            endArray()
            endObject()
        }
        endArray()
        endObject()
    }

    /// Writes a string or null.
    mutating func optional(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    /// Writes a part of the total as a number with four decimals, cut.
    private mutating func share(_ totals: LedgerTotals, of total: LedgerTotals) {
        key("share")
        raw(DecimalText.formatShortest(Int128(totals.share(of: total)), scale: 4))
    }
}
