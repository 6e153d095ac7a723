internal import Crypto

/// 128 bits that stand for an event's identity (workspace, event id) wherever a short fixed key is wanted.
///
/// The first half of SHA-256 over the workspace, a zero byte (which no workspace contains) and the event id: two
/// identities with one hash are not to be found in practice, by chance or on purpose.
package struct EventIDHash: Hashable, Sendable {
    /// 16 bytes.
    package let bytes: [UInt8]

    package init(workspace: String, eventID: String) {
        var hash = SHA256()
        hash.update(utf8: workspace)
        hash.update(data: [0])
        hash.update(utf8: eventID)
        bytes = Array(hash.finalize().prefix(16))
    }
}

/// 64 bits of SHA-256 over an event's body: tells a repeated body from another one under the same id.
package struct BodyDigest: Hashable, Sendable {
    /// The first eight bytes of the hash, big-endian.
    package let value: UInt64

    /// Eight bytes, big-endian.
    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }

    package init(of body: [UInt8]) {
        value = SHA256.hash(data: body).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension SHA256 {
    fileprivate mutating func update(utf8 text: String) {
        var text = text
        text.withUTF8 { update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }
}
