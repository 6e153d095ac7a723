package import Domain
internal import SwiftProtobuf

/// A usage event as its client reported it: decoded and checked field by field, before the server's defaults.
package struct ReportedEvent: Sendable {
    var body: ProtoEventBody

    init(body: ProtoEventBody) {
        self.body = body
    }

    /// The client's event id, or `nil` when the server is to mint one.
    package var eventID: String? { body.eventID.nonEmpty }
    /// The workspace the client named.
    package var workspace: String? { body.workspace.nonEmpty }
    /// When the call happened, if the client said so.
    package var occurredAt: Timestamp? {
        body.hasOccurredAt ? Timestamp(microseconds: body.occurredAt) : nil
    }
    /// The hold that the event shall commit.
    package var holdID: String? { body.holdID.nonEmpty }
    /// Whether the client brings its own cost.
    package var reportsCost: Bool { body.hasCost }

    /// The serialised body: equal bytes mean the same decoded fields.
    package func serialized() throws -> [UInt8] {
        try body.serializedBytes()
    }
}

extension String {
    var nonEmpty: String? { isEmpty ? nil : self }
}
