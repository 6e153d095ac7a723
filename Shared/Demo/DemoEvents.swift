package import Domain
package import Ledger
internal import Wire

/// Events of a firm that does not exist, as real as tests, measurements and a first look at the console need.
///
/// The same settings give the same events on every machine, and each event can be asked for alone. Times ascend with
/// the number. Costs are stated as reported ones: no price list made them.
package struct DemoEvents: Sendable, RandomAccessCollection {
    /// What the events are made from.
    package struct Settings: Hashable, Sendable {
        package var workspace: String
        /// How many events there are.
        package var count: Int
        /// Days that they spread over.
        package var days: Int
        /// The end of the last day; whole days before it are in UTC.
        package var end: Timestamp
        package var seed: UInt64
        package var users: Int

        package init(
            workspace: String = "demo",
            count: Int = 100_000,
            days: Int = 90,
            end: Timestamp,
            seed: UInt64 = 1,
            users: Int = 1_000
        ) {
            self.workspace = workspace
            self.count = Swift.max(0, count)
            self.days = Swift.max(1, days)
            self.end = end
            self.seed = seed
            self.users = Swift.max(1, users)
        }
    }

    package let settings: Settings
    private let firm: DemoFirm
    private let rhythm: DemoRhythm

    package init(_ settings: Settings) {
        self.settings = settings
        firm = DemoFirm(users: settings.users, seed: settings.seed)
        rhythm = DemoRhythm(days: settings.days, end: settings.end)
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { settings.count }

    /// The programs that the events come from; no other events should name them.
    package static let sourceApps = DemoFirm.sourceApps

    /// Who works in the firm: everybody in each of their projects.
    package var members: [EventIdentity] { firm.members(of: settings.workspace) }

    package subscript(index: Int) -> PricedEvent {
        var random = DemoRandom(seed: settings.seed, index: index)
        let time = rhythm.time(of: index, among: settings.count, using: &random)
        let user = firm.user(using: &random)
        let model = firm.model(of: user, using: &random)
        let call = model.call(using: &random)
        let isKnown = random.below(400) > 0
        var event = UsageEvent(
            eventID: "demo-\(settings.seed)-\(settings.end.seconds / 86_400)-\(settings.days)-\(index)",
            occurredAt: time,
            receivedAt: time.adding(microseconds: Int64(100_000 + random.below(2_000_000))),
            identity: EventIdentity(
                workspace: settings.workspace,
                team: user.team,
                project: user.project(using: &random),
                user: user.name,
                sourceApp: user.sourceApp,
                tags: firm.tags(of: user, using: &random)
            ),
            provider: model.provider,
            model: isKnown ? model.name : "\(model.name)-preview",
            operation: model.operation,
            usage: call.usage
        )
        if model.hasBatches, random.below(20) == 0 { event.attributes.serviceTier = "batch" }
        event.latencyMilliseconds = Int64(120 + random.below(400) + random.below(9) * random.below(400))
        event.status = random.below(60) == 0 ? "error" : "ok"
        let half = event.attributes.serviceTier == nil ? call.picoDollars : call.picoDollars / 2
        return PricedEvent(
            event: event,
            operation: model.operation,
            cost: isKnown ? .reported(Money(picoDollars: half)) : Self.unpriced(event)
        )
    }

    private static func unpriced(_ event: UsageEvent) -> Cost {
        Cost(
            state: .unpriced,
            money: nil,
            unpriced: event.usage.items.map { UnpricedQuantity($0.quantity.rawValue, .unknownModel) },
            provenance: Provenance(source: .litellm)
        )
    }

    /// The entry that brings an event into a ledger; nothing that a stream brings has its place.
    ///
    /// - Parameters:
    ///   - index: The event's number.
    ///   - partition: That of the workspace.
    /// - Returns: The entry; always the same, so that laying it again changes nothing.
    package func entry(_ index: Int, partition: Int) -> LedgerEntry? {
        let priced = self[index]
        return LedgerEntry(
            priced: priced,
            idHash: EventIDHash(workspace: settings.workspace, eventID: priced.event.eventID).bytes,
            digest: settings.seed ^ UInt64(index),
            partition: partition,
            reference: EntryReference(epoch: 0, milliseconds: settings.end.seconds, sequence: Int64(index))
        )
    }
}
