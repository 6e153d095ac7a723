package import Domain
internal import FoundationEssentials
internal import SwiftProtobuf

/// An entry of `usage:priced`: a raw entry, carried along unchanged, with what it costs.
package struct PricedEntry: Sendable {
    /// The event with its cost.
    package let priced: PricedEvent
    /// Stands for (workspace, event id), 16 bytes.
    package let idHash: [UInt8]
    /// Tells a repeated body from another one under the same id.
    package let digest: UInt64
    /// The trace that the request belonged to.
    package let traceParent: TraceParent?

    /// Decodes an entry; throws `WireError` when the bytes are none.
    package init(_ payload: [UInt8]) throws {
        let entry = try WireError.decoding { try ProtoPricedEntry(serializedBytes: payload) }
        let raw = try RawEntry(entry.raw)
        priced = PricedEvent(event: raw.event, operation: entry.operation, cost: try Cost(entry))
        idHash = raw.idHash
        digest = raw.digest
        traceParent = raw.traceParent
    }

    /// The entry that takes the place of a raw one.
    ///
    /// - Parameters:
    ///   - raw: The raw entry's bytes.
    ///   - operation: What was metered.
    ///   - cost: What it costs.
    /// - Returns: The entry's bytes.
    /// - Throws: What the encoder throws; nothing that a caller could mend.
    package static func encode(raw: [UInt8], operation: String, cost: Cost) throws -> [UInt8] {
        let entry = ProtoPricedEntry.with {
            $0.raw = Data(raw)
            $0.operation = operation
            $0.state = UInt32(cost.state.rawValue)
            if let money = cost.money { $0.cost = money.picoDollars }
            $0.provenance = ProtoProvenance(cost.provenance)
            $0.unpriced = cost.unpriced.map { quantity in
                ProtoUnpricedQuantity.with {
                    $0.name = quantity.quantity
                    $0.reason = UInt32(quantity.reason.rawValue)
                }
            }
        }
        return try entry.serializedBytes()
    }
}

extension Cost {
    init(_ entry: ProtoPricedEntry) throws {
        guard let state = UInt8(exactly: entry.state).flatMap(CostState.init(rawValue:)) else {
            throw WireError("cost state \(entry.state) is unknown to this version")
        }
        guard entry.hasCost == (state != .unpriced) else {
            throw WireError("an event is unpriced exactly when it has no cost")
        }
        self.init(
            state: state,
            money: entry.hasCost ? Money(picoDollars: entry.cost) : nil,
            unpriced: try entry.unpriced.map(UnpricedQuantity.init),
            provenance: try Provenance(entry.provenance)
        )
    }
}

extension UnpricedQuantity {
    init(_ quantity: ProtoUnpricedQuantity) throws {
        guard let reason = UInt8(exactly: quantity.reason).flatMap(Reason.init(rawValue:)) else {
            throw WireError("unpriced reason \(quantity.reason) is unknown to this version")
        }
        self.init(quantity.name, reason)
    }
}

extension Provenance {
    init(_ provenance: ProtoProvenance) throws {
        guard let source = UInt8(exactly: provenance.source).flatMap(PriceSource.init(rawValue:)) else {
            throw WireError("price source \(provenance.source) is unknown to this version")
        }
        self.init(
            source: source,
            priceVersion: provenance.priceVersion,
            key: provenance.key,
            rules: PriceRules(rawValue: provenance.rules),
            flags: CostFlags(rawValue: provenance.flags),
            multiplier: provenance.multiplier,
            startVolume: provenance.hasStartVolume ? provenance.startVolume : nil
        )
    }
}

extension ProtoProvenance {
    init(_ provenance: Provenance) {
        self.init()
        source = UInt32(provenance.source.rawValue)
        priceVersion = provenance.priceVersion
        key = provenance.key
        rules = provenance.rules.rawValue
        flags = provenance.flags.rawValue
        multiplier = provenance.multiplier
        if let volume = provenance.startVolume { startVolume = volume }
    }
}
