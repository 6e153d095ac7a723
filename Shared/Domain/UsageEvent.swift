/// One metered AI call as a client reported it, checked and completed by ingest.
package struct UsageEvent: Hashable, Sendable {
    /// Names the event for ever within its workspace.
    package var eventID: String
    /// When the call happened.
    package var occurredAt: Timestamp
    /// When ingest accepted it.
    package var receivedAt: Timestamp
    /// Who the call is counted for.
    package var identity: EventIdentity
    /// `openai`, `anthropic`, …, as the client wrote it.
    package var provider: String
    /// The model's name as the client wrote it.
    package var model: String
    /// What was metered (`chat`, `image`, …); when absent it follows from the price and the quantities.
    package var operation: String?
    /// A hint only: LiteLLM's name for the kind of model.
    package var mode: String?
    /// The quantities, as totals.
    package var usage: Usage
    /// What else decides the rates.
    package var attributes: PriceAttributes
    /// The client's own cost, when its key may report one.
    package var reportedCost: Money?
    /// The hold that this event commits.
    package var holdID: String?
    /// How long the call took, in milliseconds.
    package var latencyMilliseconds: Int64?
    /// `ok`, `error`, … as the client wrote it.
    package var status: String?
    /// The W3C trace the call belongs to.
    package var traceID: String?

    package init(
        eventID: String,
        occurredAt: Timestamp,
        receivedAt: Timestamp,
        identity: EventIdentity,
        provider: String,
        model: String,
        operation: String? = nil,
        mode: String? = nil,
        usage: Usage = Usage(),
        attributes: PriceAttributes = PriceAttributes(),
        reportedCost: Money? = nil,
        holdID: String? = nil,
        latencyMilliseconds: Int64? = nil,
        status: String? = nil,
        traceID: String? = nil
    ) {
        self.eventID = eventID
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.identity = identity
        self.provider = provider
        self.model = model
        self.operation = operation
        self.mode = mode
        self.usage = usage
        self.attributes = attributes
        self.reportedCost = reportedCost
        self.holdID = holdID
        self.latencyMilliseconds = latencyMilliseconds
        self.status = status
        self.traceID = traceID
    }
}

/// Who and what an event is counted for: the dimensions that come from the client and its key.
package struct EventIdentity: Hashable, Sendable {
    /// The tenant.
    package var workspace: String
    package var team: String?
    package var project: String?
    package var user: String?
    /// The program that the API key belongs to.
    package var sourceApp: String
    /// At most 16, sorted by key, each key once.
    package var tags: [Tag]

    /// A key and its value, given by the client.
    package struct Tag: Hashable, Sendable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package init(
        workspace: String,
        team: String? = nil,
        project: String? = nil,
        user: String? = nil,
        sourceApp: String,
        tags: [Tag] = []
    ) {
        self.workspace = workspace
        self.team = team
        self.project = project
        self.user = user
        self.sourceApp = sourceApp
        self.tags = tags
    }
}
