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

    mutating func write(_ breakdown: LedgerBreakdown) {
        beginObject()
        key("rows")
        beginArray()
        for row in breakdown.rows {
            beginObject()
            key("key")
            optional(row.key)
            members(row.totals)
            share(row.totals, of: breakdown.total)
            endObject()
        }
        endArray()
        key("other")
        if let other = breakdown.other {
            beginObject()
            members(other)
            share(other, of: breakdown.total)
            endObject()
        } else {
            null()
        }
        key("total")
        object(totals: breakdown.total)
        endObject()
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
