package import Domain
internal import SwiftProtobuf

/// What counting a whole workspace needs of a priced entry: the rest of it is not decoded.
package struct CountedEntry: Sendable {
    package let workspace: String
    package let occurredAt: Timestamp
    /// `nil` when the event is unpriced.
    package let cost: Money?

    /// Decodes the part of a priced entry; throws `WireError` when the bytes are none.
    package init(_ payload: [UInt8]) throws {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let entry = try WireError.decoding { try ProtoCountedEntry(serializedBytes: payload, options: options) }
        let raw = entry.raw
        workspace = raw.body.workspace.isEmpty ? raw.workspace : raw.body.workspace
        guard !workspace.isEmpty else { throw WireError("the workspace is missing") }
        guard let state = UInt8(exactly: entry.state).flatMap(CostState.init(rawValue:)) else {
            throw WireError("cost state \(entry.state) is unknown to this version")
        }
        guard entry.hasCost == (state != .unpriced) else {
            throw WireError("an event is unpriced exactly when it has no cost")
        }
        let time = raw.body.hasOccurredAt ? raw.body.occurredAt : raw.receivedAt
        occurredAt = Timestamp(microseconds: time)
        cost = entry.hasCost ? Money(picoDollars: entry.cost) : nil
    }
}
