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
        member("source_app", event.identity.sourceApp)
        member("provider", event.provider)
        member("model", event.model)
        member("operation", row.priced.operation)
        present("service_tier", event.attributes.serviceTier)
        write(event.usage)
        write(tags: event.identity.tags)
        if let latency = event.latencyMilliseconds { member("latency_ms", latency) }
        present("status", event.status)
        present("trace_id", event.traceID)
        present("hold_id", event.holdID)
        present("reference", row.reference)
        write(row.priced.cost)
        endObject()
    }

    private mutating func write(_ cost: Cost) {
        key("cost_usd")
        optional(cost.money?.usd)
        member("cost_status", cost.state.name)
        key("provenance")
        beginObject()
        member("source", cost.provenance.source.name)
        key("price_version")
        optional(cost.provenance.priceVersion == 0 ? nil : cost.provenance.priceVersionText)
        key("key")
        optional(cost.provenance.key.isEmpty ? nil : cost.provenance.key)
        key("rules")
        strings(cost.provenance.rules.names)
        key("flags")
        strings(cost.provenance.flags.names)
        member("multiplier", cost.provenance.multiplierText)
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

    private mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
