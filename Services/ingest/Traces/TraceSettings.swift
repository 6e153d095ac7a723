internal import ServiceRuntime

/// Which attributes of spans and resources say whom a call is counted for.
///
/// Of several names the first that is there counts; the span's own attributes go before its resource's.
package struct TraceSettings: Sendable {
    package var workspace = ["oliver.workspace"]
    package var team = ["oliver.team"]
    package var project = ["oliver.project", "service.name"]
    package var user = [
        "oliver.user", "enduser.id", "user.id", "gen_ai.user", "traceloop.association.properties.user_id",
    ]
    /// Attributes that become tags of their own name, beside those named `oliver.tag.…`.
    package var tags = ["deployment.environment.name", "deployment.environment"]

    /// How long a report on a call waits for richer ones that come in other exports; zero for not at all.
    package var window = Duration.seconds(10)

    package init() {}

    /// An event's fields from attributes.
    ///
    /// What is too long for a field is cut: a name must not cost the whole event.
    func attribution(_ attributes: SpanAttributes) -> [JSONValue.Member] {
        let fields = [("workspace", workspace), ("team", team), ("project", project), ("user", user)]
        var members = fields.compactMap { field, names in
            attributes.anywhere(names)?.cut(to: 128).map { JSONValue.Member(field, .string($0)) }
        }
        let tags = tags(attributes)
        if !tags.isEmpty { members.append(JSONValue.Member("tags", .object(tags))) }
        return members
    }

    private func tags(_ attributes: SpanAttributes) -> [JSONValue.Member] {
        var found = attributes.prefixed("oliver.tag.")
        for name in tags where found[name] == nil { found[name] = attributes.anywhere([name]) }
        return found.sorted { $0.key < $1.key }.prefix(16).compactMap { key, value in
            guard let key = key.cut(to: 64), let value = value.cut(to: 256) else { return nil }
            return JSONValue.Member(key, .string(value))
        }
    }
}

extension String {
    /// At most so many bytes of it, without control characters; nil when nothing is left.
    fileprivate func cut(to limit: Int) -> String? {
        var text = String(String.UnicodeScalarView(unicodeScalars.lazy.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        while text.utf8.count > limit { text.removeLast() }
        return text.isEmpty ? nil : text
    }
}
