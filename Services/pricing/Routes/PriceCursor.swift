internal import Domain
internal import PriceBook
internal import PriceDesk

/// A place in the list of prices: the order is by key, source and workspace, so that it survives changes of the book.
///
/// What a search names goes before what is only like it. The text does not tell how like a key is: the search stands
/// beside it in every request, and says it again.
struct PriceCursor: Comparable {
    let key: String
    let source: UInt8
    let workspace: String
    private let likeness: Likeness

    init(_ price: StoredPrice, searching search: String?) {
        key = price.entry.key
        source = price.version.source.rawValue
        workspace = price.version.workspace ?? ""
        likeness = Likeness(of: key, to: search)
    }

    /// Reads a cursor's text.
    init?(_ text: String, searching search: String?) {
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
        likeness = Likeness(of: key, to: search)
    }

    /// The cursor as text for clients, who need not understand it.
    var text: String {
        "\(key)\0\(source)\0\(workspace)".utf8.map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    static func < (left: PriceCursor, right: PriceCursor) -> Bool {
        (left.likeness, left.key, left.source, left.workspace)
            < (right.likeness, right.key, right.source, right.workspace)
    }
}

/// How like a key is to what is searched for, the likest first.
///
/// Keys may have providers before the model: `azure/us/gpt-4o` is the model `gpt-4o`, though less so than `gpt-4o` is.
private enum Likeness: Int, Comparable {
    case isKey, isModel, beginsKey, beginsModel, isPart

    init(of key: String, to search: String?) {
        guard let search else {
            self = .isPart
            return
        }
        let key = key.lowercased()
        self =
            if key == search {
                .isKey
            } else if key.hasSuffix("/" + search) {
                .isModel
            } else if key.hasPrefix(search) {
                .beginsKey
            } else {
                key.contains("/" + search) ? .beginsModel : .isPart
            }
    }

    static func < (left: Likeness, right: Likeness) -> Bool { left.rawValue < right.rawValue }
}
