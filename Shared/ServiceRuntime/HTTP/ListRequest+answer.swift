package import Hummingbird

extension ListRequest {
    /// Answers with one page of what was found, and says where the next one begins when there is more.
    ///
    /// - Parameters:
    ///   - found: What stands behind the cursor, in the list's order: one more than ``limit`` tells that there is more.
    ///   - cursor: The place of an item in the list.
    ///   - write: Writes an item.
    /// - Returns: The answer.
    /// - Throws: What `write` throws.
    package func answer<Item>(
        _ found: [Item],
        cursor: (Item) -> String,
        _ write: (inout JSONWriter, Item) throws -> Void
    ) rethrows -> Response {
        let page = found.prefix(limit)
        var writer = JSONWriter(reserving: 512 * page.count + 64)
        try writer.page(page, next: found.count > page.count ? page.last.map(cursor) : nil, write)
        return .json(writer)
    }
}
