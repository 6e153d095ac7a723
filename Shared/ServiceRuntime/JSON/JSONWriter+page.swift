extension JSONWriter {
    /// Writes a page: its items and where the next one begins.
    package mutating func page<Item>(
        _ items: some Sequence<Item>,
        next: String?,
        _ write: (inout JSONWriter, Item) throws -> Void
    ) rethrows {
        beginObject()
        key("items")
        beginArray()
        for item in items { try write(&self, item) }
        endArray()
        key("next")
        optional(next)
        endObject()
    }

    /// Writes a string, or null.
    package mutating func optional(_ text: String?) {
        if let text { string(text) } else { null() }
    }
}
