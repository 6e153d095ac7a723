internal import Domain
internal import ServiceRuntime
internal import Wire

/// How alerts and channels look.
extension JSONWriter {
    mutating func write(_ alert: Alert, receipts: [DeliveryReceipt]?, link: String) {
        beginObject()
        member("id", String(alert.id))
        member("kind", alert.subject.kind.rawValue)
        member("state", alert.state.rawValue)
        member("title", AlertText.title(alert))
        optionalMember("workspace", alert.workspace)
        switch alert.subject {
        case .crossing(let crossing): write(crossing)
        case .notice(let id, _, _, let facts):
            member("notice_id", id)
            key("facts")
            beginObject()
            for fact in facts { member(fact.name, fact.value) }
            endObject()
        }
        member("happened_at", alert.happenedAt.rfc3339)
        member("created_at", alert.createdAt.rfc3339)
        member("link", link)
        if let receipts {
            key("deliveries")
            beginArray()
            for receipt in receipts { write(receipt) }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ crossing: Crossing) {
        key("budget")
        beginObject()
        member("id", crossing.key.budget)
        member("name", crossing.budgetName)
        endObject()
        key("scope")
        beginObject()
        member("type", crossing.scopeType.rawValue)
        member("id", crossing.key.scopeValue)
        endObject()
        member("period", crossing.key.period)
        member("threshold", crossing.key.threshold)
        member("limit_version", crossing.key.limitVersion)
        member("spent_usd", crossing.spent.usd)
        member("limit_usd", crossing.limit.usd)
    }

    private mutating func write(_ receipt: DeliveryReceipt) {
        beginObject()
        member("channel", receipt.destination.kind.rawValue)
        member(receipt.destination.kind == .email ? "recipient" : "channel_id", receipt.destination.address)
        member("state", receipt.state.rawValue)
        member("attempts", receipt.attempts)
        member("uncertain_attempts", receipt.uncertainAttempts)
        optionalMember("message_id", receipt.messageID)
        optionalMember("settled_at", receipt.settledAt?.rfc3339)
        optionalMember("detail", receipt.detail)
        endObject()
    }

    /// A channel; its secret is shown once, to who made it.
    mutating func write(_ channel: Channel, secret: String? = nil) {
        beginObject()
        member("id", channel.id)
        optionalMember("workspace", channel.workspace)
        member("name", channel.name)
        member("kind", channel.kind.rawValue)
        member("target", channel.shownTarget)
        key("events")
        beginArray()
        for event in channel.events { string(event.rawValue) }
        endArray()
        if let secret { member("secret", secret) }
        member("version", channel.version)
        member("created_at", channel.createdAt.rfc3339)
        member("created_by", channel.createdBy)
        member("updated_at", channel.updatedAt.rfc3339)
        endObject()
    }

    private mutating func optionalMember(_ name: String, _ text: String?) {
        key(name)
        optional(text)
    }
}
