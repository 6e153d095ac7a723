/// A priced event that takes the place of its raw entry.
package struct ForwardedEntry: Hashable, Sendable {
    package var partition: Partition
    /// The raw entry, acknowledged in the same step.
    package var rawID: EntryID
    /// What the readers of `priced` receive.
    package var payload: [UInt8]
    /// The hold that counting the event settles.
    package var holdID: String?

    package init(partition: Partition, rawID: EntryID, payload: [UInt8], holdID: String? = nil) {
        self.partition = partition
        self.rawID = rawID
        self.payload = payload
        self.holdID = holdID
    }

    /// Replaces a delivered raw entry.
    package init(replacing delivery: Delivery, payload: [UInt8]) {
        self.init(
            partition: delivery.partition,
            rawID: delivery.id,
            payload: payload,
            holdID: delivery.hold.committedID
        )
    }
}

/// A message for people on its way to alerts.
package struct Notice: Hashable, Sendable {
    package var partition: Partition
    package var payload: [UInt8]

    package init(partition: Partition, payload: [UInt8]) {
        self.partition = partition
        self.payload = payload
    }
}

/// An entry that could not be handled, to be put aside with the reason.
package struct Burial: Hashable, Sendable {
    package var delivery: Delivery
    /// For the operator: what is wrong with the entry.
    package var reason: String

    package init(delivery: Delivery, reason: String) {
        self.delivery = delivery
        self.reason = reason
    }
}
