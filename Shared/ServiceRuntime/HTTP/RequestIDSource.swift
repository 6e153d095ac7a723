package import Hummingbird
import HTTPTypes
import Synchronization

/// Names requests: takes a client's `x-request-id` when it is sane, else mints one.
///
/// Minted ids are a random prefix per process and a counter: unique without the cost of a random id per request. Two
/// billion of them have the 15 bytes that a text has room for without an allocation.
package final class RequestIDSource: Sendable {
    private let prefix: String
    private let counter = Atomic<UInt64>(0)

    package init() {
        // Eight digits.
        let digits = String(UInt64.random(in: 0..<2_821_109_907_456), radix: 36)
        prefix = String(repeating: "0", count: 8 - digits.count) + digits + "-"
    }

    package func id(for request: Request) -> String {
        if let given = request.headers.value(of: .requestID), isSane(given) { return given }
        return mint()
    }

    func mint() -> String {
        prefix + String(counter.add(1, ordering: .relaxed).newValue, radix: 36)
    }

    /// Letters, digits and `-_.:`, at most 64 of them: safe in logs, headers and JSON.
    private func isSane(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...64).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }
}
