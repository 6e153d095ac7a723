/// One of the parts in which all data of a workspace lives together.
package struct Partition: Hashable, Sendable, Comparable {
    /// Counted from 0.
    package let number: Int

    /// The partition of everything that belongs to no workspace.
    package static let first = Partition(number: 0)

    package init(number: Int) {
        self.number = number
    }

    package static func < (left: Partition, right: Partition) -> Bool {
        left.number < right.number
    }
}

extension Partition: CustomStringConvertible {
    /// `p07`: what stands between the braces of the partition's keys.
    package var description: String {
        number < 10 ? "p0\(number)" : "p\(number)"
    }

    /// Reads `p07`; `nil` when it is anything else.
    package init?(_ text: some StringProtocol) {
        guard text.first == "p", let number = Int(text.dropFirst()), number >= 0 else { return nil }
        self.init(number: number)
        guard description == String(text) else { return nil }
    }
}

/// How workspaces are spread over partitions.
///
/// Fixed at the first start, and checked ever after.
package struct Partitioning: Hashable, Sendable {
    /// How many partitions there are.
    package let count: Int

    /// What a new installation gets.
    package static let standard = Partitioning(count: 16)

    /// Spreads over 1 to 1,024 partitions.
    package init(count: Int) {
        precondition((1...1024).contains(count), "the number of partitions must be 1 to 1024")
        self.count = count
    }

    /// All partitions in order.
    package var partitions: [Partition] {
        (0..<count).map(Partition.init(number:))
    }

    /// The partition of a workspace: CRC-32 of its id's UTF-8 modulo the count.
    package func partition(ofWorkspace workspace: String) -> Partition {
        Partition(number: Int(CRC32.checksum(workspace.utf8) % UInt32(count)))
    }
}

/// The CRC-32 of ISO 3309, as zip uses it (reflected polynomial 0xEDB88320).
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    /// The checksum of some bytes.
    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { value, byte in
            table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8)
        }
    }
}
