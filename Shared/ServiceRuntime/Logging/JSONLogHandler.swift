import Domain
import Logging

/// Writes each log entry as one line of JSON.
struct JSONLogHandler: LogHandler {
    let service: String
    let system: LogSystem
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// A level set on this one logger, which then no longer follows the system's.
    private var ownLevel: Logger.Level?

    init(service: String, system: LogSystem) {
        self.service = service
        self.system = system
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? system.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty {
            merged.merge(provided) { _, new in new }
        }
        if let trace = TraceParent.current { merged["trace_id"] = .string(trace.traceID) }
        if let own = event.metadata {
            merged.merge(own) { _, new in new }
        }
        system.write(event, service: service, metadata: merged)
    }
}

/// Bounds of one line: texts longer than the second are cut, and no field is added to a line longer than the first.
private let maxLogLineBytes = 8192
private let maxLogTextBytes = 2048

/// Makes the line of an entry: `ts`, `level`, `service`, `msg`, `error`, then the metadata by name.
func logLine(_ event: LogEvent, service: String, metadata: Logger.Metadata, at time: Timestamp) -> [UInt8] {
    var writer = JSONWriter(reserving: 512)
    writer.beginObject()
    writer.member("ts", time.rfc3339)
    writer.member("level", event.level.rawValue)
    writer.member("service", service)
    writer.member("msg", cut(event.message.description))
    if let error = event.error {
        writer.member("error", cut("\(error)"))
    }
    for (name, value) in metadata.sorted(by: { $0.key < $1.key }) where !reservedFields.contains(name) {
        guard writer.bytes.count < maxLogLineBytes else {
            writer.member("truncated", "true")
            break
        }
        writer.key(cut(name, to: 128))
        append(value, to: &writer, depth: 0)
    }
    writer.endObject()
    return writer.bytes + [UInt8(ascii: "\n")]
}

private let reservedFields: Set<String> = ["ts", "level", "service", "msg"]

private func append(_ value: Logger.MetadataValue, to writer: inout JSONWriter, depth: Int) {
    switch value {
    case .string(let text):
        writer.string(cut(text))
    case .stringConvertible(let object):
        writer.string(cut(object.description))
    case .array, .dictionary:
        // Nested data is rare and of any size: it is shown as text, cut like any other.
        writer.string(cut(value.description))
    @unknown default:
        writer.string(cut(value.description))
    }
}

/// Cuts at a character's border, so that the line stays valid UTF-8.
private func cut(_ text: String, to limit: Int = maxLogTextBytes) -> String {
    guard text.utf8.count > limit else { return text }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
    while end > text.utf8.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
        end = text.utf8.index(before: end)
    }
    return text[..<end] + "…"
}
