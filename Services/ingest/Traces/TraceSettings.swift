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

    /// Attributes named so become tags of the rest of their names.
    static let tagPrefix = "oliver.tag."
    /// A tag's value has this many bytes at most, and no field has more.
    static let valueLimit = 256
    private static let tagLimit = 16

    /// The attributes that are looked up by name on a resource.
    var names: Set<String> { Set(workspace + team + project + user + tags) }

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
        var found = attributes.prefixed(Self.tagPrefix)
        for tag in attributes.resourceTags(limit: Self.tagLimit) { found[tag.name] = tag.value }
        for name in tags where found[name] == nil { found[name] = attributes.anywhere([name]) }
        return found.sorted { $0.key < $1.key }.prefix(Self.tagLimit).compactMap { key, value in
            guard let key = key.cut(to: 64), let value = value.cut(to: Self.valueLimit) else { return nil }
            return JSONValue.Member(key, .string(value))
        }
    }
}

extension String {
    /// At most so many bytes of it, without control characters; nil when nothing is left.
    ///
    /// It is cut between scalars and from the front: looking for whole characters from the end takes the square of a
    /// hostile text's length, flags without end for example.
    func cut(to limit: Int) -> String? {
        var kept = UnicodeScalarView()
        var room = limit
        for scalar in unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            kept.append(scalar)
        }
        return kept.isEmpty ? nil : String(kept)
    }
}
