internal import Domain
internal import ServiceRuntime

/// What providers' usage reports say of a stretch of time: sums over many calls, by model, project and so on.
///
/// A sum is no call: priced as one, it would pass every price's long-context threshold. So it becomes as many events as
/// keep each below the lowest threshold there is, or above it for the lines that the provider itself counts as long.
enum UsageBucket {
    /// Sums of one line.
    struct Sums {
        /// Input that was neither read from nor written to the cache.
        var fresh: Int64 = 0
        var read: Int64 = 0
        /// Written to the cache for five minutes.
        var minutes: Int64 = 0
        /// Written to the cache for an hour.
        var hour: Int64 = 0
        var output: Int64 = 0
        var audioInput: Int64 = 0
        var audioOutput: Int64 = 0
        var searches: Int64 = 0

        var input: Int64 { fresh + read + minutes + hour }

        /// One of so many even shares, which together are these sums.
        func share(_ index: Int64, of parts: Int64) -> Sums {
            func part(_ sum: Int64) -> Int64 { sum / parts + (index < sum % parts ? 1 : 0) }
            return Sums(
                fresh: part(fresh),
                read: part(read),
                minutes: part(minutes),
                hour: part(hour),
                output: part(output),
                audioInput: part(audioInput),
                audioOutput: part(audioOutput),
                searches: part(searches)
            )
        }
    }

    /// Input tokens of one event at most.
    private static let share: Int64 = 100_000
    /// Input tokens of an event of the long context at least.
    private static let long: Int64 = 200_010
    /// Events of one line at most.
    private static let limit: Int64 = 10_000

    static func openAI(_ bucket: JSONValue) -> [JSONValue] {
        events(of: bucket, "openai", start: bucket["start_time"]) { line, draft throws(NoCount) in
            draft.set("project", line["project_id"])
            draft.set("user", line["user_id"])
            draft.set("service_tier", line["batch"] == true ? "batch" : line["service_tier"])
            let cached = try count(line["input_cached_tokens"])
            return Sums(
                fresh: max(try count(line["input_tokens"]) - cached, 0),
                read: cached,
                output: try count(line["output_tokens"]),
                audioInput: try count(line["input_audio_tokens"]),
                audioOutput: try count(line["output_audio_tokens"])
            )
        }
    }

    static func anthropic(_ bucket: JSONValue) -> [JSONValue] {
        events(of: bucket, "anthropic", start: bucket["starting_at"]) { line, draft throws(NoCount) in
            draft.set("project", line["workspace_id"])
            draft.set("service_tier", line["service_tier"])
            draft.set("inference_geo", line["inference_geo"])
            return Sums(
                fresh: try count(line["uncached_input_tokens"]),
                read: try count(line["cache_read_input_tokens"]),
                minutes: try count(line["cache_creation"]?["ephemeral_5m_input_tokens"]),
                hour: try count(line["cache_creation"]?["ephemeral_1h_input_tokens"]),
                output: try count(line["output_tokens"]),
                searches: try count(line["server_tool_use"]?["web_search_requests"])
            )
        }
    }

    private static func events(
        of bucket: JSONValue,
        _ provider: String,
        start: JSONValue?,
        _ read: (JSONValue, inout EventDraft) throws(NoCount) -> Sums
    ) -> [JSONValue] {
        (bucket["results"]?.list ?? []).flatMap { line -> [JSONValue] in
            var draft = EventDraft()
            draft.set("provider", .string(provider))
            draft.set("model", line["model"])
            draft.set("occurred_at", start)
            draft.set("tags.api_key_id", line["api_key_id"])
            let sums: Sums
            do throws(NoCount) {
                sums = try read(line, &draft)
            } catch {
                // The API says what is wrong with it.
                draft.set(.inputTokens, error.value)
                return [draft.event]
            }
            let isLong = line["context_window"]?.text?.hasPrefix("200k") == true
            let wanted = isLong ? sums.input / long : (sums.input + share - 1) / share
            let parts = min(max(wanted, 1), limit)
            return (0..<parts).map { event(draft, sums.share($0, of: parts)) }
        }
    }

    private static func event(_ draft: EventDraft, _ sums: Sums) -> JSONValue {
        var event = draft
        event.set(.inputTokens, .int(sums.input))
        event.set(.outputTokens, .int(sums.output))
        let parts: [(UsageQuantity, Int64)] = [
            (.cacheReadTokens, sums.read), (.cacheWriteTokens, sums.minutes + sums.hour),
            (.cacheWrite1hTokens, sums.hour), (.audioInputTokens, sums.audioInput),
            (.audioOutputTokens, sums.audioOutput), (.webSearchRequests, sums.searches),
        ]
        for (quantity, count) in parts where count > 0 { event.set(quantity, .int(count)) }
        return event.event
    }

    /// A count that is none.
    private struct NoCount: Error {
        let value: JSONValue
    }

    /// The largest sum of a line; sums of such fit 64 bits.
    private static let countLimit: Int64 = 1_000_000_000_000_000

    private static func count(_ value: JSONValue?) throws(NoCount) -> Int64 {
        guard let value, value != .null else { return 0 }
        let text = value.numberText ?? value.text ?? ""
        guard let count = DecimalText.parse(text.utf8, scale: 0), (0...Int128(countLimit)).contains(count) else {
            throw NoCount(value: value)
        }
        return Int64(count)
    }
}
