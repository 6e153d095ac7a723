package import Domain
package import ServiceRuntime

/// How preflight answers when Redis cannot be reached.
package enum FailMode: String, Sendable, CaseIterable {
    /// Spend is allowed, unchecked.
    case open
    /// Spend is refused.
    case closed
}

/// What becomes of a call under a blocking budget whose model has no price.
package enum UnpricedMode: String, Sendable, CaseIterable {
    /// It is refused: what it will cost once there is a price could pass the limit.
    case deny
    /// It is allowed, and nothing is held for it.
    case allow
    /// It is held at the cost that most of the workspace's other events did not pass lately.
    case estimate
}

/// A tenant, the top of the hierarchy.
package struct Workspace: Hashable, Sendable {
    /// The slug by which everything refers to it.
    package let id: String
    package var name: String
    /// An IANA zone name, which cuts days and longer periods.
    package var timeZone: String
    /// The day weeks begin with: 1 is Monday, 7 is Sunday.
    package var weekStart: Int
    /// The month fiscal years begin with, 1–12.
    package var fiscalYearStart: Int
    /// The currency that reports convert to, as an ISO 4217 code.
    ///
    /// Money itself is in USD.
    package var currency: String
    package var failMode: FailMode
    package var unpricedMode: UnpricedMode
    /// How long events are kept, in months; nil for ever.
    package var retentionMonths: Int?
    package var createdAt: Timestamp
    /// Since when it takes no more events; its reports stay.
    package var archivedAt: Timestamp?
    /// Whether lists, and reports that name no workspace, leave it out: it serves Oliver itself, as the probe's does.
    package var isHidden = false
    /// The directory's version that wrote it.
    package var version: Int64 = 0

    package init(
        id: String,
        name: String? = nil,
        timeZone: String = "UTC",
        weekStart: Int = 1,
        fiscalYearStart: Int = 1,
        currency: String = "USD",
        failMode: FailMode = .open,
        unpricedMode: UnpricedMode = .deny,
        retentionMonths: Int? = nil,
        createdAt: Timestamp
    ) {
        self.id = id
        self.name = name ?? id
        self.timeZone = timeZone
        self.weekStart = weekStart
        self.fiscalYearStart = fiscalYearStart
        self.currency = currency
        self.failMode = failMode
        self.unpricedMode = unpricedMode
        self.retentionMonths = retentionMonths
        self.createdAt = createdAt
    }

    /// The fields that cannot be stored, by their names in the API.
    ///
    /// Whether the zone exists is for ``WorkspaceEdit`` to check: zones need a data base, and a machine whose data base
    /// lacks one can still change the rest of a workspace that has it.
    package var flaws: [InvalidParameter] {
        let slug = "must be 1 to 128 letters, digits, dots, dashes or underscores and begin with a letter or digit"
        let isCode = currency.utf8.count == 3 && currency.utf8.allSatisfy { (65...90).contains($0) }
        let rules = [
            ("id", Workspace.isSlug(id), slug),
            ("name", isName(name), "must have 1 to 128 characters and no control characters"),
            ("time_zone", isName(timeZone), "must be an IANA name, like Europe/Berlin"),
            ("week_start", (1...7).contains(weekStart), "must be 1 (Monday) to 7 (Sunday)"),
            ("fiscal_year_start", (1...12).contains(fiscalYearStart), "must be a month, 1 to 12"),
            ("currency", isCode, "must be an ISO 4217 code, like USD"),
            ("retention_months", retentionMonths.map(Workspace.retentions.contains) ?? true, "must be 1 to 1200"),
        ]
        return rules.compactMap { name, isKept, detail in
            isKept ? nil : InvalidParameter(name, code: "out_of_range", detail: detail)
        }
    }

    /// Refuses what cannot be stored.
    func check() throws(DirectoryError) {
        if let flaw = flaws.first { throw DirectoryError(.invalid, "the field \(flaw.name) \(flaw.detail)") }
    }

    private static let retentions = 1...1_200

    /// Whether a text can be a workspace's id.
    package static func isSlug(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }
}

/// Whether a text can be a name or an id of a team, project or user: 1 to 128 characters, none of them a control.
func isName(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 512, text.unicodeScalars.count <= 128 else { return false }
    return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: false
    }
}
