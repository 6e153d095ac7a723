/// The id of a stream entry: the time at which it was added and a number within that millisecond.
///
/// Ids of one stream grow strictly. Between streams they mean nothing.
package struct EntryID: Hashable, Sendable, Comparable {
    /// Milliseconds since 1970 by the clock of the streams' server.
    package var milliseconds: UInt64
    /// Tells entries of one millisecond apart.
    package var sequence: UInt64

    /// The id before every entry.
    package static let zero = EntryID(milliseconds: 0, sequence: 0)

    package init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// The smallest id after this one.
    package var next: EntryID {
        sequence == .max
            ? EntryID(milliseconds: milliseconds &+ 1, sequence: 0)
            : EntryID(milliseconds: milliseconds, sequence: sequence + 1)
    }

    package static func < (left: EntryID, right: EntryID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

extension EntryID: CustomStringConvertible {
    /// Reads `milliseconds-sequence`; `nil` when it is anything else.
    package init?(_ text: some StringProtocol) {
        self.init(ascii: Array(text.utf8).span)
    }

    /// Reads `milliseconds-sequence` in ASCII; `nil` when it is anything else.
    package init?(ascii: Span<UInt8>) {
        var parts: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var isSecondPart = false
        for index in ascii.indices {
            let byte = ascii[index]
            if byte == UInt8(ascii: "-"), !isSecondPart, digits > 0 {
                isSecondPart = true
                parts = (parts.1, 0)
                digits = 0
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (product, overflow) = parts.1.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            parts.1 = sum
            digits += 1
        }
        guard isSecondPart, digits > 0 else { return nil }
        self.init(milliseconds: parts.0, sequence: parts.1)
    }

    /// `milliseconds-sequence`, as Redis writes it.
    package var description: String { "\(milliseconds)-\(sequence)" }
}
