internal import Domain
internal import PriceBook
internal import PriceDesk
internal import ServiceRuntime

/// How prices, syncs and changes look.
extension JSONWriter {
    mutating func write(_ price: StoredPrice) {
        let entry = price.entry
        beginObject()
        member("id", String(price.version.id))
        member("source", price.version.source.name)
        member("key", entry.key)
        member("provider", entry.provider)
        key("mode")
        optional(entry.mode)
        key("workspace")
        optional(price.version.workspace)
        key("valid_from")
        optional(entry.validFrom?.rfc3339)
        key("valid_to")
        optional(entry.validTo?.rfc3339)
        member("recorded_at", price.version.recordedAt.rfc3339)
        member("price_version", price.contentVersion.hexadecimal)
        if let author = price.author { member("author", author) }
        if let reason = price.reason { member("reason", reason) }
        if let sync = price.syncID { member("sync", String(sync)) }
        if let closedAt = price.closedAt { member("closed_at", closedAt.rfc3339) }
        if let closedBy = price.closedBy { member("closed_by", closedBy) }
        if price.isWithdrawn {
            key("withdrawn")
            bool(true)
        }
        key("rates")
        write(ratesOf: entry)
        endObject()
    }

    /// Each rate under its dotted name, as exact decimal text in USD; `0.22/3600` is 0.22 USD for 3,600 units.
    private mutating func write(ratesOf entry: PriceEntry) {
        beginObject()
        for (name, rate) in entry.flatRates { member(name, rate.text) }
        for (name, factor) in entry.flatMultipliers {
            member(name, DecimalText.formatShortest(Int128(factor), scale: 6))
        }
        endObject()
    }

    mutating func write(_ record: SyncRecord) {
        beginObject()
        member("id", String(record.id))
        member("cause", record.cause.rawValue)
        member("outcome", record.outcome.rawValue)
        key("detail")
        optional(record.detail)
        member("url", record.url)
        member("requested_by", record.requestedBy)
        member("started_at", record.startedAt.rfc3339)
        key("finished_at")
        optional(record.finishedAt?.rfc3339)
        key("counts")
        write(record.counts)
        key("summary")
        raw(record.summary)
        endObject()
    }

    private mutating func write(_ counts: SyncCounts) {
        beginObject()
        member("models", counts.models)
        member("opened", counts.opened)
        member("changed", counts.changed)
        member("closed", counts.closed)
        member("unchanged", counts.unchanged)
        member("quarantined", counts.quarantined)
        member("held", counts.held)
        member("warnings", counts.warnings)
        endObject()
    }

    /// - Throws: ``PriceStoreError`` when its contents cannot be read.
    mutating func write(_ change: PriceChange) throws(PriceStoreError) {
        let old = try change.oldEntry()
        let new = try change.newEntry()
        beginObject()
        member("id", String(change.id))
        member("state", change.state.rawValue)
        member("key", change.key)
        member("kind", new == nil ? "vanished" : old == nil ? "new" : "changed")
        key("guards")
        beginArray()
        for name in change.guards { string(name) }
        endArray()
        member("detail", change.detail)
        member("sync", String(change.syncID))
        member("created_at", change.createdAt.rfc3339)
        key("decided_at")
        optional(change.decidedAt?.rfc3339)
        key("decided_by")
        optional(change.decidedBy)
        key("note")
        optional(change.note)
        key("rates")
        write(from: old.map(FlatRates.init), to: new.map(FlatRates.init))
        endObject()
    }

    /// The rates that differ, with what holds and what was brought.
    private mutating func write(from old: FlatRates?, to new: FlatRates?) {
        beginArray()
        let names = Set(old?.rates.keys ?? [:].keys).union(new?.rates.keys ?? [:].keys)
        for name in names.sorted() where old?[name] != new?[name] {
            beginObject()
            member("name", name)
            key("old")
            optional(old?[name]?.text)
            key("new")
            optional(new?[name]?.text)
            endObject()
        }
        endArray()
    }
}

extension UInt64 {
    /// 16 hexadecimal digits, as provenance writes price versions.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
