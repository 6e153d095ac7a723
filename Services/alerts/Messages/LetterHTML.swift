/// The HTML of a mail: tables and inline styles, which mail clients understand; light, and dark where they follow that.
enum LetterHTML {
    /// The whole document.
    static func page(title: String, items: [AlertLetter.Item], links: ConsoleLinks) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
        <title>\(escape(title))</title>
        <style>
        @media (prefers-color-scheme: dark) {
          .page { background: #14161a !important; } .card { background: #1e2127 !important; border-color: #33373f !important; }
          .ink { color: #eceef2 !important; } .soft { color: #9aa2b1 !important; } .track { background: #33373f !important; }
        }
        @media (max-width: 600px) { .card { width: 100% !important; } }
        </style></head>
        <body class="page" style="margin:0;padding:0;background:#f3f4f6;">
        <table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" \
        style="background:#f3f4f6;"><tr><td align="center" style="padding:24px 12px;">
        <table role="presentation" class="card" width="560" cellpadding="0" cellspacing="0" \
        style="width:560px;max-width:100%;background:#ffffff;border:1px solid #e2e5ea;border-radius:12px;\(font)">
        <tr><td class="soft" style="padding:20px 28px 0;color:#6b7280;font-size:13px;letter-spacing:.04em;">OLIVER</td></tr>
        \(items.count > 1 ? heading(title, size: 20) : "")
        \(items.map(section).joined(separator: "\n"))
        <tr><td class="soft" style="padding:8px 28px 24px;color:#6b7280;font-size:12px;line-height:18px;">\
        You get this because you are a recipient of a budget or of a channel in Oliver, \
        <a class="soft" href="\(escape(links.base))" style="color:#6b7280;">\(escape(links.base))</a>.</td></tr>
        </table></td></tr></table></body></html>

        """
    }

    private static let font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"

    private static func heading(_ text: String, size: Int) -> String {
        """
        <tr><td class="ink" style="padding:8px 28px 0;color:#111827;font-size:\(size)px;line-height:1.35;\
        font-weight:600;word-break:break-word;">\(escape(text))</td></tr>
        """
    }

    private static func section(_ item: AlertLetter.Item) -> String {
        var rows = heading(item.title, size: 18)
        if !item.sentence.isEmpty {
            rows += """
                <tr><td class="ink" style="padding:6px 28px 0;color:#374151;font-size:15px;">\
                \(escape(item.sentence))</td></tr>
                """
        }
        if let percent = item.percent { rows += bar(percent) }
        let facts = item.facts.map { fact in
            """
            <tr><td class="soft" valign="top" style="padding:3px 16px 3px 0;color:#6b7280;font-size:13px;\
            white-space:nowrap;">\(escape(fact.name))</td><td class="ink" style="padding:3px 0;color:#111827;\
            font-size:13px;word-break:break-word;">\(escape(fact.value))</td></tr>
            """
        }
        rows += """
            <tr><td style="padding:14px 28px 0;"><table role="presentation" cellpadding="0" cellspacing="0">\
            \(facts.joined())</table></td></tr>
            <tr><td style="padding:16px 28px 20px;"><a href="\(escape(item.link))" style="display:inline-block;\
            background:#2563eb;color:#ffffff;font-size:14px;font-weight:600;text-decoration:none;padding:9px 16px;\
            border-radius:8px;">\(escape(item.linkText))</a></td></tr>
            """
        return rows
    }

    /// A bar as two cells of a table, which every mail client draws.
    private static func bar(_ percent: Int) -> String {
        let filled = min(max(percent, 1), 100)
        let color = percent >= 100 ? "#dc2626" : percent >= 80 ? "#d97706" : "#2563eb"
        let rest = filled < 100 ? "<td width=\"\(100 - filled)%\" style=\"font-size:0;\">&nbsp;</td>" : ""
        return """
            <tr><td style="padding:14px 28px 0;"><table role="presentation" class="track" width="100%" cellpadding="0" \
            cellspacing="0" style="background:#e5e7eb;border-radius:5px;"><tr><td width="\(filled)%" \
            style="background:\(color);border-radius:5px;height:10px;font-size:0;line-height:10px;">&nbsp;</td>\
            \(rest)</tr></table></td></tr>
            """
    }

    /// Text that cannot become markup; control characters are dropped.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
