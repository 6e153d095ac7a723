import Domain
import Streams
import Wire

/// An event as a client might send it, accepted.
func rawEntry(
    _ eventID: String,
    workspace: String,
    at time: Timestamp,
    team: String = "growth"
) throws -> (payload: [UInt8], idHash: EventIDHash, digest: BodyDigest) {
    let json = #"""
        {"event_id":"\#(eventID)","occurred_at":"\#(time.rfc3339)","provider":"p","model":"m","team":"\#(team)",
        "usage":{"input_tokens":1}}
        """#
    guard case .event(let event)? = try RecordBody(json: Array(json.utf8), limit: 1).items.first else {
        throw WireError("the sample is no event")
    }
    return try event.accepted(
        Acceptance(
            eventID: eventID,
            isMinted: false,
            workspace: workspace,
            sourceApp: "app",
            keyID: "key",
            receivedAt: time
        )
    )
}

/// The priced entry of a raw one.
func pricedPayload(_ raw: [UInt8], cost: Int64?) throws -> [UInt8] {
    let cost = Cost(
        state: cost == nil ? .unpriced : .priced,
        money: cost.map { Money(picoDollars: $0) },
        provenance: Provenance(source: .litellm)
    )
    return try PricedEntry.encode(raw: raw, operation: "tokens", cost: cost)
}

func timestamp(_ text: String) throws -> Timestamp {
    guard let time = Timestamp(rfc3339: text) else { throw WireError("\(text) is no time") }
    return time
}

/// A budget of 100 pico-dollars in the workspace `acme`.
func budget(
    _ scope: Scope,
    _ period: PeriodKind,
    id: String = "b",
    limit: Int128 = 100,
    thresholds: [Int] = Budget.standardThresholds
) -> Budget {
    Budget(
        id: id,
        workspace: "acme",
        scope: scope,
        period: period,
        name: "Budget \(id)",
        limit: MoneySum(picoDollars: limit),
        action: .block,
        thresholds: thresholds,
        version: 1,
        createdAt: Timestamp(seconds: 1_795_428_000),
        createdBy: "ann"
    )
}
