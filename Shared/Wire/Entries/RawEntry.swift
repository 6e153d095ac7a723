package import Domain
internal import FoundationEssentials
internal import SwiftProtobuf

/// An entry of `usage:raw`: an accepted event with what the server added to the client's body.
package struct RawEntry: Sendable {
    /// The event as accepted.
    package let event: UsageEvent
    /// Stands for (workspace, event id).
    package let idHash: [UInt8]
    /// Tells a repeated body from another one under the same id.
    package let digest: UInt64
    /// The API key that posted it.
    package let keyID: String
    /// The trace that the request belonged to.
    package let traceParent: TraceParent?

    /// Decodes an entry; throws `WireError` when the bytes are none.
    package init(_ payload: [UInt8]) throws {
        try self.init(payload[...])
    }

    init(_ payload: some Collection<UInt8>) throws {
        let raw = try WireError.decoding { try ProtoRawEvent(serializedBytes: Array(payload)) }
        let body = try WireError.decoding { try ProtoEventBody(serializedBytes: raw.body) }
        event = try UsageEvent(body: body, raw: raw)
        idHash = Array(raw.idHash)
        guard idHash.count == 16 else { throw WireError("the id hash has \(idHash.count) bytes instead of 16") }
        digest = raw.digest
        keyID = raw.keyID
        traceParent = raw.traceparent.isEmpty ? nil : TraceParent(raw.traceparent)
    }
}

/// What ingest knows of an event beside its body.
package struct Acceptance: Sendable {
    package var eventID: String
    package var isMinted: Bool
    package var workspace: String
    package var sourceApp: String
    package var keyID: String
    package var receivedAt: Timestamp
    /// The trace that the request belongs to.
    package var traceParent: TraceParent?

    package init(
        eventID: String,
        isMinted: Bool,
        workspace: String,
        sourceApp: String,
        keyID: String,
        receivedAt: Timestamp,
        traceParent: TraceParent? = .current
    ) {
        self.eventID = eventID
        self.isMinted = isMinted
        self.workspace = workspace
        self.sourceApp = sourceApp
        self.keyID = keyID
        self.receivedAt = receivedAt
        self.traceParent = traceParent
    }
}

extension ReportedEvent {
    /// The event as an entry of `usage:raw`, with the identity and the digest that its claim needs.
    package func accepted(_ acceptance: Acceptance) throws -> (
        payload: [UInt8], idHash: EventIDHash, digest: BodyDigest
    ) {
        let bytes = try serialized()
        let idHash = EventIDHash(workspace: acceptance.workspace, eventID: acceptance.eventID)
        let digest = BodyDigest(of: bytes)
        let raw = ProtoRawEvent.with {
            $0.body = Data(bytes)
            $0.eventID = acceptance.isMinted ? acceptance.eventID : ""
            $0.workspace = workspace == nil ? acceptance.workspace : ""
            $0.sourceApp = acceptance.sourceApp
            $0.receivedAt = acceptance.receivedAt.microseconds
            $0.idHash = Data(idHash.bytes)
            $0.digest = digest.value
            $0.keyID = acceptance.keyID
            if let trace = acceptance.traceParent { $0.traceparent = trace.text }
        }
        return (try raw.serializedBytes(), idHash, digest)
    }
}

extension ReportedEvent {
    /// The event as it would be counted if it were accepted at that time, for estimates.
    package func event(at time: Timestamp) throws -> UsageEvent {
        let raw = ProtoRawEvent.with {
            $0.eventID = eventID ?? "estimate"
            $0.workspace = workspace ?? "estimate"
            $0.receivedAt = time.microseconds
        }
        return try UsageEvent(body: body, raw: raw)
    }
}

extension UsageEvent {
    init(body: ProtoEventBody, raw: ProtoRawEvent) throws {
        let eventID = body.eventID.isEmpty ? raw.eventID : body.eventID
        let workspace = body.workspace.isEmpty ? raw.workspace : body.workspace
        guard !eventID.isEmpty, !workspace.isEmpty, !body.provider.isEmpty, !body.model.isEmpty else {
            throw WireError("the event id, workspace, provider or model is missing")
        }
        self.init(
            eventID: eventID,
            occurredAt: Timestamp(microseconds: body.hasOccurredAt ? body.occurredAt : raw.receivedAt),
            receivedAt: Timestamp(microseconds: raw.receivedAt),
            identity: EventIdentity(
                workspace: workspace,
                team: body.team.nonEmpty,
                project: body.project.nonEmpty,
                user: body.user.nonEmpty,
                sourceApp: raw.sourceApp,
                tags: body.tags.map { EventIdentity.Tag(key: $0.key, value: $0.value) }
            ),
            provider: body.provider,
            model: body.model,
            operation: body.operation.nonEmpty,
            mode: body.mode.nonEmpty,
            usage: try Usage(body: body),
            attributes: PriceAttributes(body.attributes),
            reportedCost: body.hasCost ? Money(picoDollars: body.cost) : nil,
            holdID: body.holdID.nonEmpty,
            latencyMilliseconds: body.hasLatency ? body.latency : nil,
            status: body.status.nonEmpty,
            traceID: body.traceID.nonEmpty
        )
    }
}

extension Usage {
    init(body: ProtoEventBody) throws {
        guard body.quantities.count == body.amounts.count else {
            throw WireError("\(body.quantities.count) quantities have \(body.amounts.count) amounts")
        }
        let items = try zip(body.quantities, body.amounts).map { number, amount in
            guard let quantity = UsageQuantity(number: Int(number)) else {
                throw WireError("quantity \(number) is unknown to this version")
            }
            return Item(quantity, Amount(millionths: amount))
        }
        self.init(
            items: items,
            custom: body.custom.map { NamedItem($0.name, Amount(millionths: $0.amount)) },
            guardrailUnits: body.guardrailUnits.map { NamedItem($0.name, Amount(millionths: $0.amount)) }
        )
    }
}

extension PriceAttributes {
    init(_ attributes: ProtoAttributes) {
        self.init(
            serviceTier: attributes.serviceTier.nonEmpty,
            size: attributes.size.nonEmpty,
            quality: attributes.quality.nonEmpty,
            resolution: attributes.resolution.nonEmpty,
            searchContextSize: attributes.searchContextSize.nonEmpty,
            routerFee: attributes.routerFee,
            dataResidency: attributes.dataResidency.nonEmpty,
            vertexLocation: attributes.vertexLocation.nonEmpty,
            inferenceGeo: attributes.inferenceGeo.nonEmpty,
            speed: attributes.speed.nonEmpty
        )
    }
}
