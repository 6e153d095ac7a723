internal import BlockingExecutor
internal import Crypto
internal import CryptoExtras

/// Hashes passwords with scrypt, one after another on a thread of its own: each takes 32 MiB and a tenth of a second.
package actor Passwords {
    private let executor = BlockingExecutor()

    /// How dear a hash is: N, r and p of scrypt.
    private let cost: (rounds: Int, blockSize: Int, parallelism: Int)
    private static let saltLength = 16
    private static let hashLength = 32

    /// The lengths of a password in bytes.
    package static let lengths = 10...1_024

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes a hasher; `rounds` is scrypt's N, a power of two.
    package init(rounds: Int = 1 << 15) {
        cost = (rounds, 8, 1)
    }

    /// What is kept of a password: `scrypt$rounds$block size$parallelism$salt$hash`.
    package func hash(_ password: String) throws -> String {
        let salt = (0..<Self.saltLength).map { _ in UInt8.random(in: .min ... .max) }
        let key = try Self.derive(password, salt: salt, cost: cost)
        let figures = "\(cost.rounds)$\(cost.blockSize)$\(cost.parallelism)"
        return "scrypt$\(figures)$\(Base64URL.encode(salt))$\(Base64URL.encode(key.withUnsafeBytes { Array($0) }))"
    }

    /// Whether a password is the one that was hashed.
    ///
    /// Without a hash it does the same work and says no: how long it takes does not tell whether an account exists.
    package func matches(_ password: String, _ kept: String?) throws -> Bool {
        let parts = kept.flatMap(Parts.init)
        let salt = parts?.salt ?? [UInt8](repeating: 0, count: Self.saltLength)
        let key = try Self.derive(password, salt: salt, cost: parts?.cost ?? cost)
        guard let parts else { return false }
        // Keys are compared in a time that depends on their length only.
        return key == SymmetricKey(data: parts.key)
    }

    private struct Parts {
        var cost: (rounds: Int, blockSize: Int, parallelism: Int)
        var salt: [UInt8]
        var key: [UInt8]

        init?(_ text: String) {
            let parts = text.split(separator: "$", omittingEmptySubsequences: false)
            guard parts.count == 6, parts[0] == "scrypt", let rounds = Int(parts[1]), let block = Int(parts[2]),
                let parallelism = Int(parts[3]), (2...1 << 20).contains(rounds), (1...32).contains(block),
                (1...16).contains(parallelism), let salt = Base64URL.decode(parts[4]),
                let key = Base64URL.decode(parts[5]), key.count == Passwords.hashLength
            else { return nil }
            self.cost = (rounds, block, parallelism)
            self.salt = salt
            self.key = key
        }
    }

    private static func derive(
        _ password: String,
        salt: [UInt8],
        cost: (rounds: Int, blockSize: Int, parallelism: Int)
    ) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: hashLength,
            rounds: cost.rounds,
            blockSize: cost.blockSize,
            parallelism: cost.parallelism
        )
    }
}
