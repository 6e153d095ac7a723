package import HTTPTypes

extension HTTPResponse.Status {
    /// 402: a budget has no room.
    package static let paymentRequired = HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
}
