internal import Foundation
internal import PriceBook
internal import PriceDesk

extension PriceBook {
    /// A price map larger than this is refused; LiteLLM's has 3 MB.
    private static let sizeLimit = 30_000_000

    /// Reads the price map at a path, or the one that is shipped beside the executable.
    static func load(path: String?) throws -> PriceBook {
        try PriceBook(litellm: try mapBytes(path: path), zones: .calendars)
    }

    /// The bytes of the price map at a path, or of the one that is shipped beside the executable.
    static func mapBytes(path: String?) throws -> [UInt8] {
        let shipped = Bundle.module.url(forResource: "litellm_prices", withExtension: "json")
        guard let url = path.map({ URL(fileURLWithPath: $0) }) ?? shipped else {
            throw PriceMapError(message: "The shipped price map is missing: it belongs beside the executable.")
        }
        let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
        guard size <= sizeLimit else {
            throw PriceMapError(message: "The price map \(url.path) has \(size) bytes, more than \(sizeLimit).")
        }
        return Array(try Data(contentsOf: url))
    }
}

/// A price map that cannot be had.
struct PriceMapError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
