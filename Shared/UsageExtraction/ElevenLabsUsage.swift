internal import Domain
internal import Wire

/// ElevenLabs: characters of what is spoken (a response header), seconds of what is transcribed.
enum ElevenLabsUsage {
    /// Reads a transcript, an object with the `headers` of an answer, or one that says `characters`.
    static func read(_ response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        if let seconds = try response.seconds("audio_duration_secs") {
            return ExtractedUsage(usage: Usage(.seconds, seconds), operation: "transcription")
        }
        let channels = response.elements("transcripts")
        if !channels.isEmpty { return try read(channels: channels, of: response) }
        guard let characters = try spoken(response) else { return nil }
        return ExtractedUsage(usage: Usage(.characters, Amount(units: characters)), operation: "speech")
    }

    /// One transcript for each channel of the same recording: billed once for each.
    private static func read(channels: [RawObject], of response: RawObject) throws(FieldProblem) -> ExtractedUsage? {
        var sum: Int64 = 0
        var isKnown = false
        for channel in channels {
            guard let seconds = try channel.seconds("audio_duration_secs") else { continue }
            sum = try response.adding(seconds.millionths, to: sum, limit: Amount.limit.millionths)
            isKnown = true
        }
        guard isKnown else { return nil }
        return ExtractedUsage(usage: Usage(.seconds, Amount(millionths: sum)), operation: "transcription")
    }

    private static func spoken(_ response: RawObject) throws(FieldProblem) -> Int64? {
        guard let text = response.member("headers")?.text("character-cost", "x-character-count") else {
            return try response.count("characters")
        }
        guard let count = Int64(text), (0...1_000_000_000_000).contains(count) else {
            throw FieldProblem("\(response.path).headers", .invalidFormat, "The count of characters must be a number.")
        }
        return count
    }
}
