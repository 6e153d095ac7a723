internal import Domain
internal import Ledger
internal import ServiceRuntime

/// How a list of events looks.
extension JSONWriter {
    mutating func write(_ page: LedgerPage) {
        beginObject()
        key("items")
        beginArray()
        for row in page.rows { write(row) }
        endArray()
        key("next")
        optional(page.next?.description)
        endObject()
    }

    private mutating func write(_ row: LedgerRow) {
        let event = row.priced.event
        beginObject()
        member("event_id", event.eventID)
        member("kind", row.kind == .event ? "event" : "adjustment")
        member("occurred_at", event.occurredAt.rfc3339)
        member("recorded_at", event.receivedAt.rfc3339)
        member("workspace", event.identity.workspace)
        present("team", event.identity.team)
        present("project", event.identity.project)
        present("user", event.identity.user)
        named("source_app", event.identity.sourceApp)
        named("provider", event.provider)
        named("model", event.model)
        named("operation", row.priced.operation)
        present("service_tier", event.attributes.serviceTier)
        if row.kind == .event { write(event.usage) }
        write(tags: event.identity.tags)
        if let latency = event.latencyMilliseconds { member("latency_ms", latency) }
        present("status", event.status)
        present("trace_id", event.traceID)
        present("hold_id", event.holdID)
        present("reference", row.reference)
        writeCost(of: row)
        endObject()
    }

    /// Writes what the row costs now; what was recorded and what was changed since, only where they differ.
    private mutating func writeCost(of row: LedgerRow) {
        key("cost_usd")
        optional(row.current.money?.usd)
        if let job = row.job { write(job) }
        guard row.kind == .event else { return }
        member("cost_status", row.current.state.name)
        write(row.current.provenance)
        guard !row.adjustments.isEmpty else { return }
        key("recorded_cost_usd")
        optional(row.priced.cost.money?.usd)
        key("adjustments")
        beginArray()
        for adjustment in row.adjustments {
            beginObject()
            member("at", adjustment.recordedAt.rfc3339)
            member("amount_usd", adjustment.amount.usd)
            write(adjustment.job)
            endObject()
        }
        endArray()
    }

    /// Writes why something was changed, into the object that is open.
    private mutating func write(_ job: LedgerJobReference) {
        member("job", String(job.id))
        member("job_kind", job.kind.name)
        member("reason", job.reason)
    }

    private mutating func write(_ provenance: Provenance) {
        key("provenance")
        beginObject()
        member("source", provenance.source.name)
        key("price_version")
        optional(provenance.priceVersion == 0 ? nil : provenance.priceVersionText)
        key("key")
        optional(provenance.key.isEmpty ? nil : provenance.key)
        key("rules")
        strings(provenance.rules.names)
        key("flags")
        strings(provenance.flags.names)
        member("multiplier", provenance.multiplierText)
        if let volume = provenance.startVolume { member("start_volume", Amount(millionths: volume).text) }
        endObject()
    }

    private mutating func write(_ usage: Usage) {
        key("usage")
        beginObject()
        for item in usage.items {
            key(item.quantity.rawValue)
            raw(item.amount.text)
        }
        write("custom", usage.custom)
        write("guardrail_units", usage.guardrailUnits)
        endObject()
    }

    private mutating func write(_ name: String, _ items: [Usage.NamedItem]) {
        guard !items.isEmpty else { return }
        key(name)
        beginObject()
        for item in items {
            key(item.name)
            raw(item.amount.text)
        }
        endObject()
    }

    private mutating func write(tags: [EventIdentity.Tag]) {
        guard !tags.isEmpty else { return }
        key("tags")
        beginObject()
        for tag in tags { member(tag.key, tag.value) }
        endObject()
    }

    /// Writes a member that has a value.
    private mutating func present(_ name: String, _ value: String?) {
        if let value { member(name, value) }
    }

    /// Writes a member that every event has and a manual adjustment may lack.
    private mutating func named(_ name: String, _ value: String) {
        present(name, value.isEmpty ? nil : value)
    }

    private mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
