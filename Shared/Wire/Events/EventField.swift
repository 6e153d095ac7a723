/// The members of a usage event in JSON.
///
/// The raw value is the member's name; any other member is ignored.
enum EventField: String, CaseIterable {
    case eventID = "event_id"
    case occurredAt = "occurred_at"
    case provider, model, operation, mode, usage, custom
    case usageConvention = "usage_convention"
    case rawUsage = "raw_usage"
    case serviceTier = "service_tier"
    case size, quality, resolution
    case searchContextSize = "search_context_size"
    case routerFee = "router_fee"
    case dataResidency = "data_residency"
    case vertexLocation = "vertex_location"
    case inferenceGeo = "inference_geo"
    case speed
    case workspace, team, project, user, tags
    case holdID = "hold_id"
    case costUSD = "cost_usd"
    case latencyMilliseconds = "latency_ms"
    case status
    case traceID = "trace_id"
}

/// Finds the value that a JSON member's name stands for, without making a `String` of the name.
struct NameTable<Value: Sendable>: Sendable {
    private var entries: [UInt64: (name: [UInt8], value: Value)] = [:]

    init(_ names: some Sequence<(String, Value)>) {
        for (name, value) in names {
            let bytes = Array(name.utf8)
            let previous = entries.updateValue((bytes, value), forKey: Self.hash(bytes[...]))
            precondition(previous == nil, "two names with one hash: change the hash")
        }
    }

    func find(_ name: JSONReader.RawString, in reader: borrowing JSONReader) -> Value? {
        guard !name.isEscaped else {
            return reader.text(name).flatMap { find(Array($0.utf8)[...]) }
        }
        return find(reader.bytes[name.range])
    }

    private func find(_ name: ArraySlice<UInt8>) -> Value? {
        guard let entry = entries[Self.hash(name)], entry.name.elementsEqual(name) else { return nil }
        return entry.value
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
