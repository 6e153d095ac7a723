/// A page of a list.
struct Page<Item: Decodable & Sendable>: Decodable, Sendable {
    let items: [Item]
    /// Where the next page begins; `nil` at the end.
    let next: String?

    /// A text for the items, and how to get more of them.
    func text(whenEmpty: String, _ text: ([Item]) -> String) -> String {
        guard !items.isEmpty else { return whenEmpty }
        return text(items) + (next.map { "\nMore: --after \($0)" } ?? "")
    }
}
