internal import Domain
internal import Wire

/// What people read: the subject, the text and the HTML of a message about some alerts.
struct AlertLetter {
    let subject: String
    let text: String
    let html: String

    /// - Parameters:
    ///   - alerts: At least one; several thresholds of one spend are told together, the highest first.
    ///   - links: Where people look closer.
    init(_ alerts: [Alert], links: ConsoleLinks) {
        let stories = AlertStory.stories(of: alerts)
        let items = stories.map { Item($0, links: links) }
        let title = items.count == 1 ? items[0].title : "\(items.count) alerts"
        subject = "[Oliver] \(title)"
        text = Self.text(items, title: title, links: links)
        html = LetterHTML.page(title: title, items: items, links: links)
    }

    /// One story, ready to be shown.
    struct Item {
        let title: String
        let sentence: String
        /// Names and values below it.
        let facts: [(name: String, value: String)]
        /// The part of the limit that is spent, in percent.
        let percent: Int?
        let link: String
        let linkText: String

        init(_ story: AlertStory, links: ConsoleLinks) {
            let alert = story.foremost
            title = AlertText.title(alert)
            link = links.link(to: alert)
            switch alert.subject {
            case .crossing(let crossing):
                percent = AlertText.percent(crossing)
                sentence = "\(AlertText.dollars(crossing.spent)) of \(AlertText.dollars(crossing.limit)) is spent."
                var facts = [
                    ("Budget", crossing.budgetName), ("Scope", AlertText.scope(crossing)),
                    ("Workspace", alert.workspace ?? "all"), ("Period", AlertText.period(crossing.key.period)),
                ]
                if !story.otherThresholds.isEmpty {
                    let others = story.otherThresholds.map { "\($0)%" }.joined(separator: ", ")
                    facts.append(("Also passed", others))
                }
                self.facts = facts
                linkText = "Open the budget"
            case .notice(_, _, _, let facts):
                percent = nil
                sentence = ""
                self.facts = facts.map { ($0.name.split(separator: "_").joined(separator: " "), $0.value) }
                linkText = "Open Oliver"
            }
        }
    }

    private static func text(_ items: [Item], title: String, links: ConsoleLinks) -> String {
        var lines: [String] = items.count == 1 ? [] : [title, ""]
        for item in items {
            lines.append(item.title)
            if !item.sentence.isEmpty { lines.append(item.sentence) }
            lines += item.facts.map { "  \($0.name): \($0.value)" }
            lines += ["  \(item.linkText): \(item.link)", ""]
        }
        lines.append("You get this because you are a recipient of a budget or of a channel in Oliver, \(links.base)")
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Addresses of the web app.
package struct ConsoleLinks: Hashable, Sendable {
    /// Where people find Oliver, without a slash at the end.
    package let base: String

    package init(base: String) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    }

    /// Where an alert is looked at closer.
    func link(to alert: Alert) -> String {
        switch alert.subject {
        // A budget's id is a UUID: it needs no encoding.
        case .crossing(let crossing): "\(base)/budgets/\(crossing.key.budget)"
        case .notice(_, .priceSync, _, _), .notice(_, .priceSyncStale, _, _): "\(base)/prices"
        case .notice(_, .unpricedModel, _, _): "\(base)/prices/unpriced"
        case .notice: "\(base)/alerts"
        }
    }
}
