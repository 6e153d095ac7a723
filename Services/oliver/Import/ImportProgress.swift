internal import LocalServers
internal import ServiceRuntime

/// How far an import has come, kept beside the file after each answer, so that the next start goes on from there.
struct ImportProgress: Equatable {
    /// Tells this file, read this way, from another one under the same name.
    let fingerprint: String
    /// Records whose events are all answered.
    var records = 0
    var accepted = 0
    var duplicates = 0
    var rejected = 0
    /// Bytes of the report on rejected events.
    var reportSize = 0

    init(fingerprint: String) {
        self.fingerprint = fingerprint
    }

    /// What a start before left behind; nil when there is nothing, or of another file.
    static func load(_ path: String, fingerprint: String) -> ImportProgress? {
        guard let text = Files.read(path), let state = try? JSONValue(parsing: Array(text.utf8)),
            state["fingerprint"]?.text == fingerprint
        else { return nil }
        func number(_ name: String) -> Int { state[name]?.numberText.flatMap { Int($0) } ?? 0 }
        var progress = ImportProgress(fingerprint: fingerprint)
        progress.records = number("records")
        progress.accepted = number("accepted")
        progress.duplicates = number("duplicates")
        progress.rejected = number("rejected")
        progress.reportSize = number("report_size")
        return progress
    }

    func save(to path: String) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("fingerprint", fingerprint)
        writer.member("records", records)
        writer.member("accepted", accepted)
        writer.member("duplicates", duplicates)
        writer.member("rejected", rejected)
        writer.member("report_size", reportSize)
        writer.endObject()
        try Files.write(String(decoding: writer.bytes, as: UTF8.self), to: path)
    }
}
