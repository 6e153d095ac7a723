internal import Domain
internal import PriceBook
internal import PriceDesk

/// A place in the list of prices: the order is by key, source and workspace, so that it survives changes of the book.
struct PriceCursor: Comparable {
    var key: String
    var source: UInt8
    var workspace: String

    init(_ price: StoredPrice) {
        key = price.entry.key
        source = price.version.source.rawValue
        workspace = price.version.workspace ?? ""
    }

    /// Reads a cursor's text.
    init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
        guard
            parts.count == 3, let key = String(validating: parts[0], as: UTF8.self),
            let source = UInt8(String(decoding: parts[1], as: UTF8.self)),
            let workspace = String(validating: parts[2], as: UTF8.self)
        else { return nil }
        (self.key, self.source, self.workspace) = (key, source, workspace)
    }

    /// The cursor as text for clients, who need not understand it.
    var text: String {
        "\(key)\0\(source)\0\(workspace)".utf8.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    static func < (left: PriceCursor, right: PriceCursor) -> Bool {
        (left.key, left.source, left.workspace) < (right.key, right.source, right.workspace)
    }
}
