import Streams

/// Entries that were pending, and how far the look at them went.
struct PendingPage: Sendable {
    /// The last entry looked at; `nil` at the end.
    var last: EntryID?
    var deliveries: [Delivery]
}

/// Turns replies into deliveries without a detour: each payload is copied once.
struct DeliveryParser: Sendable {
    let stream: StreamKind

    /// Reads what `XREADGROUP` answers: for each stream its key and its entries; null when there are none.
    @Sendable func newDeliveries(_ reply: ReplyView) throws(RedisError) -> [Delivery] {
        var deliveries: [Delivery] = []
        for index in 0..<reply.count {
            guard let part = reply[index], let partition = part[0]?.partitionOfKey, let entries = part[1] else {
                throw RedisError(.invalidReply, "a stream of unknown name was read")
            }
            deliveries.reserveCapacity(deliveries.count + entries.count)
            for position in 0..<entries.count {
                guard let entry = entries[position] else { continue }
                deliveries.append(try delivery(entry, in: partition, attempts: 1))
            }
        }
        return deliveries
    }

    /// Reads what the `reclaim` function answers.
    func pendingPage(_ reply: ReplyView, in partition: Partition) throws(RedisError) -> PendingPage {
        guard reply.count == 2, let entries = reply[1] else {
            throw RedisError(.invalidReply, "pending entries came in an unknown form")
        }
        var page = PendingPage(last: reply[0]?.entryID, deliveries: [])
        for position in 0..<entries.count {
            guard let entry = entries[position] else { continue }
            page.deliveries.append(
                try delivery(entry, in: partition, attempts: Int(entry[2]?.integer ?? 1))
            )
        }
        return page
    }

    private func delivery(
        _ entry: ReplyView,
        in partition: Partition,
        attempts: Int
    ) throws(RedisError) -> Delivery {
        guard let id = entry[0]?.entryID, let fields = entry[1] else {
            throw RedisError(.invalidReply, "an entry came without id or fields")
        }
        var delivery = Delivery(
            stream: stream,
            partition: partition,
            id: id,
            payload: [],
            attempts: attempts,
            isMalformed: true
        )
        var isAddressMalformed = false
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let name = fields[index], let value = fields[index + 1] else { continue }
            if name.isCharacter(UInt8(ascii: "p")) {
                delivery.payload = value.bytes
                delivery.isMalformed = false
            } else if name.isCharacter(UInt8(ascii: "e")) {
                delivery.epoch = Int64(String(decoding: value.bytes, as: UTF8.self)) ?? 0
            } else if name.isCharacter(UInt8(ascii: "h")) {
                let id = String(decoding: value.bytes, as: UTF8.self)
                delivery.hold = id.isEmpty ? .unusable : .committed(id)
            } else if name.isCharacter(UInt8(ascii: "g")) {
                delivery.addressedTo = ConsumerGroup(rawValue: String(decoding: value.bytes, as: UTF8.self))
                isAddressMalformed = delivery.addressedTo == nil
            }
        }
        // A priced entry without its epoch could not be told from another one of the same id.
        if isAddressMalformed || (stream == .priced && delivery.epoch <= 0) { delivery.isMalformed = true }
        return delivery
    }
}
