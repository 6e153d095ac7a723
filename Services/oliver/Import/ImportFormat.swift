internal import ArgumentParser
internal import Domain
internal import ServiceRuntime

/// Whose records a file holds.
enum ImportFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// Events as `POST /v1/record` takes them, or a table of their fields.
    case events
    /// Rows of LiteLLM's table LiteLLM_SpendLogs.
    case litellm
    /// Pages of OpenAI's usage API (`/v1/organization/usage/completions`, `/embeddings`).
    case openai
    /// Pages of Anthropic's usage report (`/v1/organizations/usage_report/messages`).
    case anthropic

    /// The format that a record has.
    init(of record: JSONValue) {
        if record["request_id"] != nil, record["spend"] != nil {
            self = .litellm
        } else if let first = record["results"]?.list?.first {
            self = first["uncached_input_tokens"] != nil ? .anthropic : .openai
        } else {
            self = record["starting_at"] != nil && record["results"] != nil ? .anthropic : .events
        }
    }

    /// The event with its time as the API takes it; what is no time stays, and is rejected.
    private static func withTime(_ event: JSONValue) -> JSONValue {
        guard case .object(let members) = event else { return event }
        return .object(
            members.map { member in
                guard member.name == "occurred_at", let time = ImportTime.text(of: member.value) else { return member }
                return JSONValue.Member(member.name, .string(time))
            }
        )
    }

    /// The events of a record; those of a provider's bucket are as many as it has lines.
    func events(of record: JSONValue, mapping: ImportMapping?) -> [JSONValue] {
        switch self {
        case .events: [mapping?.event(of: record) ?? Self.withTime(record)]
        case .litellm: [LiteLLMSpendLog.event(of: record)]
        case .openai: UsageBucket.openAI(record)
        case .anthropic: UsageBucket.anthropic(record)
        }
    }
}

/// A row of LiteLLM's spend logs.
///
/// Its own cost is left out: Oliver prices the tokens. A call that LiteLLM's cache answered used nothing.
enum LiteLLMSpendLog {
    static func event(of row: JSONValue) -> JSONValue {
        var draft = EventDraft()
        let metadata = object(row["metadata"])
        let provider = row["custom_llm_provider"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let model = row["model"]?.text ?? ""
        draft.set("event_id", row["request_id"].map { .string("litellm:\($0.text ?? "")") })
        draft.set("occurred_at", row["startTime"])
        draft.set("provider", .string(provider ?? model.split(separator: "/").first.map(String.init) ?? ""))
        draft.set("model", .string(stripped(model, of: provider)))
        draft.set("team", row["team_id"])
        draft.set("user", first(row["end_user"], row["user"]))
        draft.set("status", row["status"]?.text == "failure" ? "error" : "ok")
        if let start = time(row["startTime"]), let end = time(row["endTime"]), end >= start {
            draft.set("latency_ms", .int((end.microseconds - start.microseconds) / 1_000))
        }
        for (index, tag) in (object(row["request_tags"])?.list ?? []).prefix(8).enumerated() {
            draft.set("tags.request_tag_\(index + 1)", tag)
        }
        setUsage(of: row, metadata, &draft)
        return draft.event
    }

    private static func setUsage(of row: JSONValue, _ metadata: JSONValue?, _ draft: inout EventDraft) {
        guard row["cache_hit"]?.text?.lowercased() != "true" else {
            draft.set(.inputTokens, 0)
            return draft.set(.outputTokens, 0)
        }
        let usage = metadata?["usage_object"]
        let inside = usage?["prompt_tokens_details"]
        let outside = usage?["completion_tokens_details"]
        draft.set(.inputTokens, row["prompt_tokens"] ?? usage?["prompt_tokens"])
        draft.set(.outputTokens, row["completion_tokens"] ?? usage?["completion_tokens"])
        draft.set(.cacheReadTokens, inside?["cached_tokens"] ?? usage?["cache_read_input_tokens"])
        draft.set(.cacheWriteTokens, inside?["cache_creation_tokens"] ?? usage?["cache_creation_input_tokens"])
        let hour = inside?["cache_creation_token_details"]?["ephemeral_1h_input_tokens"]
        draft.set(.cacheWrite1hTokens, hour)
        draft.set(.audioInputTokens, inside?["audio_tokens"])
        draft.set(.audioOutputTokens, outside?["audio_tokens"])
        draft.set(.reasoningTokens, outside?["reasoning_tokens"])
    }

    /// Tables hold objects as texts.
    private static func object(_ value: JSONValue?) -> JSONValue? {
        guard let text = value?.text else { return value }
        return try? JSONValue(parsing: Array(text.utf8))
    }

    private static func time(_ value: JSONValue?) -> Timestamp? {
        value.flatMap(ImportTime.text(of:)).flatMap { Timestamp(rfc3339: $0) }
    }

    private static func first(_ values: JSONValue?...) -> JSONValue? {
        values.compactMap(\.self).first { $0 != .string("") }
    }

    private static func stripped(_ model: String, of provider: String?) -> String {
        guard let provider, model.hasPrefix("\(provider)/") else { return model }
        return String(model.dropFirst(provider.count + 1))
    }
}
