package import Domain

/// A model as events name it.
package struct LedgerModel: Hashable, Sendable {
    package var provider: String
    package var model: String

    package init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }
}

/// What has no price now, of one model, quantity and reason.
package struct UnpricedGroup: Hashable, Sendable {
    package var model: LedgerModel
    /// The quantity's name; `nil` when the event does not say what of it has no price.
    package var quantity: String?
    package var reason: UnpricedQuantity.Reason?
    package var events: Int64
    /// The times of the earliest and the latest of these events.
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp

    package init(
        model: LedgerModel,
        quantity: String?,
        reason: UnpricedQuantity.Reason?,
        events: Int64,
        firstSeen: Timestamp,
        lastSeen: Timestamp
    ) {
        self.model = model
        self.quantity = quantity
        self.reason = reason
        self.events = events
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }

    var cursor: UnpricedCursor {
        UnpricedCursor(model: model, quantity: quantity ?? "", reason: Int16(reason?.rawValue ?? 0))
    }
}

/// A place in the list of what has no price, which is ordered by provider, model, quantity and reason.
package struct UnpricedCursor: Hashable, Sendable, CustomStringConvertible {
    var model: LedgerModel
    var quantity: String
    var reason: Int16

    init(model: LedgerModel, quantity: String, reason: Int16) {
        self.model = model
        self.quantity = quantity
        self.reason = reason
    }

    /// Reads what `description` writes; `nil` for anything else.
    package init?(_ text: String) {
        var bytes: [UInt8] = []
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0, digits.count <= 16_384 else { return nil }
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
            guard pair.allSatisfy(\.isHexDigit), let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        guard let plain = String(validating: bytes, as: UTF8.self) else { return nil }
        let parts = plain.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let reason = Int16(parts[3]), !plain.utf8.contains(0) else { return nil }
        self.init(model: LedgerModel(provider: parts[0], model: parts[1]), quantity: parts[2], reason: reason)
    }

    package var description: String {
        [model.provider, model.model, quantity, String(reason)].joined(separator: "\u{1F}").utf8
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether it stands before another place.
    static func < (left: UnpricedCursor, right: UnpricedCursor) -> Bool {
        let pairs = [
            (left.model.provider, right.model.provider), (left.model.model, right.model.model),
            (left.quantity, right.quantity),
        ]
        for (one, other) in pairs where one != other { return one.utf8.lexicographicallyPrecedes(other.utf8) }
        return left.reason < right.reason
    }
}

/// A page of the list of what has no price.
package struct UnpricedPage: Hashable, Sendable {
    package var groups: [UnpricedGroup]
    /// Where the next page starts; `nil` at the end.
    package var next: UnpricedCursor?

    package init(groups: [UnpricedGroup], next: UnpricedCursor?) {
        self.groups = groups
        self.next = next
    }

    /// A page of groups of which one more than the limit was read.
    init(_ groups: [UnpricedGroup], limit: Int) {
        self.init(groups: Array(groups.prefix(limit)), next: groups.count > limit ? groups[limit - 1].cursor : nil)
    }
}

extension Cost {
    /// What of an event has no price, each quantity once; one empty name when it does not say.
    var openQuantities: [(name: String, reason: Int16)] {
        guard state == .unpriced || state == .partiallyPriced else { return [] }
        var names: Set<String> = []
        let open = unpriced.filter { names.insert($0.quantity).inserted }
            .map { (name: $0.quantity, reason: Int16($0.reason.rawValue)) }
        return open.isEmpty ? [("", 0)] : open
    }
}
