package import Domain

/// A person's correction that belongs to no event: a credit, a discount, what an invoice differs by.
package struct ManualAdjustment: Hashable, Sendable {
    package var workspace: String
    /// A moment of the period that the amount belongs to.
    package var occurredAt: Timestamp
    /// What to add to the spend; negative for a credit.
    package var amount: Money
    package var provider: String?
    package var model: String?
    package var team: String?
    package var project: String?
    package var user: String?
    package var sourceApp: String?
    /// At most 16, sorted by key, each key once.
    package var tags: [EventIdentity.Tag]
    /// What it refers to, for example an invoice's number.
    package var reference: String?

    package init(
        workspace: String,
        occurredAt: Timestamp,
        amount: Money,
        provider: String? = nil,
        model: String? = nil,
        team: String? = nil,
        project: String? = nil,
        user: String? = nil,
        sourceApp: String? = nil,
        tags: [EventIdentity.Tag] = [],
        reference: String? = nil
    ) {
        self.workspace = workspace
        self.occurredAt = occurredAt
        self.amount = amount
        self.provider = provider
        self.model = model
        self.team = team
        self.project = project
        self.user = user
        self.sourceApp = sourceApp
        self.tags = tags
        self.reference = reference
    }

    /// How many one job may make.
    package static let limit = 1_000

    /// Refuses what the ledger cannot hold.
    ///
    /// - Throws: `LedgerError` with code `invalidEntry`.
    package func check() throws {
        guard Timestamp.storable.contains(occurredAt) else {
            throw LedgerError(.invalidEntry, "an adjustment has a time outside of the years 1 to 9999")
        }
        guard amount.picoDollars.magnitude <= Money.eventLimit.picoDollars.magnitude else {
            throw LedgerError(.invalidEntry, "an adjustment is beyond \(Money.eventLimit.usd) USD")
        }
        guard tags.count <= 16 else { throw LedgerError(.invalidEntry, "an adjustment has more than 16 tags") }
        let texts = [workspace, provider, model, team, project, user, sourceApp, reference].compactMap(\.self)
        for text in texts + tags.flatMap({ [$0.key, $0.value] }) {
            guard (1...512).contains(text.utf8.count), !text.utf8.contains(0) else {
                throw LedgerError(.invalidEntry, "an adjustment's dimension has 1 to 512 bytes")
            }
        }
    }

    /// It as a priced event without usage; what has no value is empty where events always have one.
    func priced(named name: String, at now: Timestamp) -> PricedEvent {
        PricedEvent(
            event: UsageEvent(
                eventID: name,
                occurredAt: occurredAt,
                receivedAt: now,
                identity: EventIdentity(
                    workspace: workspace,
                    team: team,
                    project: project,
                    user: user,
                    sourceApp: sourceApp ?? "",
                    tags: tags
                ),
                provider: provider ?? "",
                model: model ?? ""
            ),
            operation: "",
            cost: Cost(state: .priced, money: amount, provenance: Provenance(source: .reported))
        )
    }
}
