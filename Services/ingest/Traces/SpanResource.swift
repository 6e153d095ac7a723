/// What a resource says of all its spans.
///
/// It is worked out once for each resource: a body has room for as many attributes as spans, and attributes times spans
/// would be too much work.
struct SpanResource {
    /// An attribute that becomes a tag of the rest of its name.
    struct Tag {
        let attribute: String
        let name: String
        let value: String
    }

    /// The attributes that are asked for by name, cut; empty where nothing is left.
    let texts: [String: String]
    /// The attributes that become tags, sorted by name, with values cut like those.
    let tags: [Tag]

    /// Takes a resource's tags and the attributes of these names.
    init(_ resource: OTLPResource, names: Set<String>) {
        let attributes = SpanAttributes.byName(resource.attributes)
        texts = attributes.filter { names.contains($0.key) }.compactMapValues(Self.text)
        tags = attributes.compactMap(Self.tag).sorted { $0.name < $1.name }
    }

    private static func tag(_ attribute: String, _ value: OTLPAnyValue) -> Tag? {
        let prefix = TraceSettings.tagPrefix
        guard attribute.hasPrefix(prefix), let text = text(value) else { return nil }
        return Tag(attribute: attribute, name: String(attribute.dropFirst(prefix.count)), value: text)
    }

    /// An empty text hides what comes after it, like one that is all control characters on a span.
    private static func text(_ value: OTLPAnyValue) -> String? {
        value.text.map { $0.cut(to: TraceSettings.valueLimit) ?? "" }
    }
}
