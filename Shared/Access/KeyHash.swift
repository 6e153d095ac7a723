import Crypto

/// The SHA-256 of a raw API key: what is stored and looked up instead of the key.
package struct KeyHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Hashes a raw key.
    package init(of rawKey: some Sequence<UInt8>) {
        var function = SHA256()
        function.update(data: Array(rawKey))
        self.init(words: function.finalize())
    }

    /// Takes a stored hash; nil when it is not 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(words: bytes)
    }

    private init(words bytes: some Sequence<UInt8>) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for byte in bytes {
            words = (
                words.0 << 8 | words.1 >> 56, words.1 << 8 | words.2 >> 56, words.2 << 8 | words.3 >> 56,
                words.3 << 8 | UInt64(byte)
            )
        }
        self.words = words
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
    }

    package static func == (left: KeyHash, right: KeyHash) -> Bool {
        left.words == right.words
    }

    /// The hash is uniform already: one word of it is enough.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
