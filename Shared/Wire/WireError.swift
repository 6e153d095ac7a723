/// Bytes that are no entry of this version: the entry is poison and goes to the dead letters.
package struct WireError: Error, CustomStringConvertible {
    /// What is wrong, in one sentence part without the data itself.
    package let message: String

    /// Never: the same bytes decode the same way.
    package var isRetriable: Bool { false }

    package var description: String { "undecodable entry: \(message)" }

    package init(_ message: String) {
        self.message = message
    }

    static func decoding<Message>(_ decode: () throws -> Message) throws(WireError) -> Message {
        do {
            return try decode()
        } catch {
            throw WireError("not the expected message (\(error))")
        }
    }
}
