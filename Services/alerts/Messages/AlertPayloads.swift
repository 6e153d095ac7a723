internal import Domain
internal import ServiceRuntime

/// What programs read.
enum AlertPayloads {
    /// The body of a webhook: Standard Webhooks' envelope around the alerts.
    static func webhook(_ alerts: [Alert], at time: Timestamp, links: ConsoleLinks) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 * alerts.count + 128)
        writer.beginObject()
        writer.member("type", "alerts")
        writer.member("timestamp", time.rfc3339)
        writer.key("data")
        writer.beginObject()
        writer.key("alerts")
        writer.beginArray()
        for alert in alerts { writer.write(alert, receipts: nil, link: links.link(to: alert)) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// The body for Slack and for what reads Slack's JSON: a line, and an attachment for each story.
    static func slack(_ alerts: [Alert], links: ConsoleLinks) -> [UInt8] {
        let stories = AlertStory.stories(of: alerts)
        let items = stories.map { AlertLetter.Item($0, links: links) }
        var writer = JSONWriter(reserving: 512 * items.count + 128)
        writer.beginObject()
        writer.member("text", escaped(items.count == 1 ? items[0].title : "\(items.count) alerts"))
        writer.key("attachments")
        writer.beginArray()
        // Slack shows at most 100.
        for item in items.prefix(100) {
            writer.beginObject()
            writer.member("fallback", escaped(item.title))
            writer.member("color", color(item.percent))
            writer.member("title", escaped(item.title))
            writer.member("title_link", item.link)
            let facts = item.facts.map { "*\(escaped($0.name))*: \(escaped($0.value))" }
            let lines = (item.sentence.isEmpty ? [] : [escaped(item.sentence)]) + facts
            writer.member("text", lines.joined(separator: "\n"))
            writer.key("mrkdwn_in")
            writer.beginArray()
            writer.string("text")
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func color(_ percent: Int?) -> String {
        guard let percent else { return "#6b7280" }
        return percent >= 100 ? "#dc2626" : percent >= 80 ? "#d97706" : "#2563eb"
    }

    /// The three characters that Slack's text gives a meaning to, by which mentions and links would be made.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
    }
}
