package import Streams

/// The name of a hold, which says where it is kept: `hold_p07_` and 32 hexadecimal digits.
package struct HoldID: Hashable, Sendable {
    package let partition: Partition
    /// The whole name, as clients and Redis have it.
    package let text: String

    /// A new name that nobody can guess.
    package static func make(in partition: Partition) -> HoldID {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let part = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - part.utf8.count) + part
        }
        return HoldID(partition: partition, text: "hold_\(partition)_\(digits.joined())")
    }

    private init(partition: Partition, text: String) {
        self.partition = partition
        self.text = text
    }

    /// Reads a name; `nil` when it is none that `make` could have made.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard
            parts.count == 3, parts[0] == "hold", let partition = Partition(parts[1]), parts[2].utf8.count == 32,
            parts[2].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.init(partition: partition, text: text)
    }
}
