internal import FoundationEssentials

/// The ids of messages.
enum MessageID {
    /// A new one, for example `msg_4f1c…`: fit for a mail's `Message-ID` and a `webhook-id`.
    static func make() -> String {
        "msg_" + UUID().uuidString.lowercased().filter { $0 != "-" }
    }
}
