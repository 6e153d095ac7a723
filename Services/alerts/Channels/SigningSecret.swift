package import Crypto
internal import FoundationEssentials
internal import Mail

/// The secret that a webhook channel signs with.
///
/// It is derived from the installation's key and the channel's id, so that no secret of a channel is stored, and every
/// replica with the key knows all of them.
package struct SigningSecret: Sendable {
    private let bytes: [UInt8]

    /// - Parameters:
    ///   - key: The installation's key.
    ///   - channel: The channel's id.
    package init(key: SymmetricKey, channel: String) {
        bytes = Array(HMAC<SHA256>.authenticationCode(for: Data("webhook \(channel)".utf8), using: key))
    }

    /// What its owner is shown, once: `whsec_` and base64, as Standard Webhooks writes it.
    package var shown: String { "whsec_\(Base64.encode(bytes))" }

    /// The value of the header `webhook-signature`.
    ///
    /// - Parameters:
    ///   - id: The header `webhook-id`.
    ///   - timestamp: The header `webhook-timestamp`, seconds since 1970.
    ///   - body: The body.
    /// - Returns: `v1,` and the code in base64.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let signed = Data("\(id).\(timestamp).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: bytes))
        return "v1,\(Base64.encode(Array(code)))"
    }
}
