internal import Domain
internal import ServiceRuntime

/// One AI call as a span tells of it.
struct SpanReport {
    /// The event's id: two spans with one id tell of the same call.
    let eventID: String
    /// Whether other spans may tell of the same call: those with a response's id.
    ///
    /// A span's own id is its alone.
    let isShared: Bool
    /// How much it tells; of several reports on one call the richest counts.
    let rank: Int
    /// The event, as `POST /v1/record` takes it.
    let event: JSONValue

    /// A span of a call that has no name: every other such span would count as the same call.
    struct Nameless: Error {
        static let reason = """
            no valid traceId and spanId (not empty, not only zeros), and no gen_ai.response.id: such calls cannot be told \
            apart
            """
    }

    /// Reads a span; nil when it tells of no call.
    init?(_ span: OTLPSpan, resource: SpanResource, settings: TraceSettings) throws(Nameless) {
        let attributes = SpanAttributes(span, resource: resource)
        guard attributes.hasAny(SpanNames.marks) else { return nil }
        let operation = attributes.text(SpanNames.operation).flatMap { $0.isQuickToCompare ? $0.lowercased() : nil }
        if let operation, SpanNames.aggregates.contains(operation) { return nil }
        let answered = attributes.text(SpanNames.responseModel)
        guard let model = answered ?? attributes.text(SpanNames.requestModel),
            let provider = attributes.text(SpanNames.provider).map(SpanNames.provider(named:))
        else { return nil }
        let usage = SpanUsage(attributes)
        let isFailed = span.status.code == .error
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        let identity = try Self.identity(of: span, provider: provider, response: attributes.text(SpanNames.responseID))
        add("event_id", .string(identity.eventID))
        add("occurred_at", Self.start(of: span).map { .string($0.rfc3339) })
        add("provider", .string(provider))
        add("model", .string(model))
        add("operation", operation.flatMap(SpanNames.operation(named:)).map { .string($0) })
        add("usage", usage.json(isFailed: isFailed))
        add("service_tier", Self.tier(attributes).map { .string($0) })
        add("latency_ms", Self.latency(of: span).map { .int($0) })
        add("status", isFailed ? "error" : "ok")
        add("trace_id", OTLPID.valid(span.traceID).map { .string($0) })
        members += settings.attribution(attributes)
        eventID = identity.eventID
        isShared = identity.isShared
        rank = usage.rank + (Self.tier(attributes) == nil ? 0 : 1)
        event = .object(members)
    }

    /// (provider, response) names a call; a span that knows no response names itself.
    private static func identity(
        of span: OTLPSpan,
        provider: String,
        response: String?
    ) throws(Nameless) -> (eventID: String, isShared: Bool) {
        if let response { return (EventName.make("otel", provider, response), true) }
        guard let trace = OTLPID.valid(span.traceID), let own = OTLPID.valid(span.spanID) else { throw Nameless() }
        return (EventName.make("otel", trace, own), false)
    }

    private static func start(of span: OTLPSpan) -> Timestamp? {
        guard span.startTimeUnixNano > 0 else { return nil }
        return Timestamp(microseconds: Int64(span.startTimeUnixNano / 1_000))
    }

    private static func latency(of span: OTLPSpan) -> Int64? {
        guard span.startTimeUnixNano > 0, span.endTimeUnixNano >= span.startTimeUnixNano else { return nil }
        return min(Int64((span.endTimeUnixNano - span.startTimeUnixNano) / 1_000_000), 1_000_000_000)
    }

    /// The tier that served the call, if it is not the usual one.
    private static func tier(_ attributes: SpanAttributes) -> String? {
        let tier = attributes.text(SpanNames.serviceTier)
        guard let tier, tier.isQuickToCompare else { return tier }
        return tier == "default" || tier == "auto" || tier == "standard" ? nil : tier
    }
}
