internal import Domain
package import Ledger
package import Logging
internal import PriceBook
package import PriceDesk
internal import ServiceLifecycle
package import ServiceRuntime
internal import Synchronization

/// Has events without a price priced as soon as there is a rate for them.
///
/// After each change of prices, and at its start, it looks at what has no price now. What the book can resolve becomes a
/// job, whose key is made from the book's version and the minute, so that replicas together make one. It looks again at
/// growing distances: events that another replica priced with the book before may have come in meanwhile.
package final class UnpricedWatch: Service {
    private let ledger: any LedgerCorrectionStore
    private let book: PriceBookHolder
    private let clock: any WallClock
    private let timer: any Clock<Duration>
    private let logger: Logger

    /// Seconds after a change of prices at which it looks; then once a day.
    static let distances: [Int64] = [0, 10, 60, 600, 3_600, 21_600]
    private static let day: Int64 = 86_400
    private static let author = "oliver"
    /// Groups that are looked at after one change, at most; the costliest scan is bounded by it.
    private static let groupLimit = 10_000
    /// Models of one job, so that its filter stays small.
    private static let modelLimit = 500

    /// Makes a watch; nothing happens before `run()`.
    package init(
        ledger: any LedgerCorrectionStore,
        book: PriceBookHolder,
        clock: any WallClock,
        timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.ledger = ledger
        self.book = book
        self.clock = clock
        self.timer = timer
        self.logger = logger
    }

    /// Watches until it is cancelled or asked to stop.
    package func run() async throws {
        var seen = Seen(version: book.edition.version, since: clock.now)
        await timer.repeating(every: .seconds(1)) { await look(&seen) }
    }

    /// The prices that were looked at last.
    struct Seen {
        var version: Int64
        var since: Timestamp
        /// How often it looked since.
        var looks = 0

        init(version: Int64, since: Timestamp) {
            self.version = version
            self.since = since
        }

        /// Whether it is time to look again.
        func isDue(at now: Timestamp) -> Bool {
            let passed = now.seconds - since.seconds
            let last = UnpricedWatch.distances.count
            guard looks >= last else { return passed >= UnpricedWatch.distances[looks] }
            return passed >= Int64(looks - last + 1) * UnpricedWatch.day
        }
    }

    /// Looks if it is time to.
    func look(_ seen: inout Seen) async {
        let edition = book.edition
        if edition.version != seen.version { seen = Seen(version: edition.version, since: clock.now) }
        guard seen.isDue(at: clock.now) else { return }
        do {
            // Replicas look at the same time, more or less; one that starts later looks for itself.
            let minute = clock.now.seconds / 60
            try await order(Pricer(plans: edition.plans), key: "unpriced:\(edition.version):\(minute)")
            seen.looks += 1
        } catch is CancellationError {
            return
        } catch {
            logger.warning("what has no price cannot be looked at", metadata: ["error": "\(error)"])
        }
    }

    /// Makes the jobs for all that has a price by now.
    private func order(_ pricer: Pricer, key: String) async throws {
        let models = try await priceable(pricer)
        for (index, start) in stride(from: 0, to: models.count, by: Self.modelLimit).enumerated() {
            let part = models[start..<min(start + Self.modelLimit, models.count)]
            let query = LedgerScanQuery(
                from: Self.ever.lowerBound,
                to: Self.ever.upperBound,
                filters: [
                    LedgerFilter(.provider, Set(part.map(\.provider)).sorted()),
                    LedgerFilter(.model, Set(part.map(\.model)).sorted()),
                ],
                unpricedOnly: true
            )
            let request = LedgerJobRequest(
                key: "\(key):\(index)",
                kind: .unpriced,
                workspace: nil,
                query: query,
                reason: "prices are known by now",
                author: Self.author
            )
            do {
                let job = try await ledger.createJob(request, at: clock.now)
                logger.info("events without a price have one now", metadata: ["job.id": "\(job.id)"])
            } catch let error as LedgerError where error.code == .conflict {
                // Another replica saw a moment earlier or later, and its job does the same.
                continue
            }
        }
    }

    /// The models among those without a price that the book has prices for, in a fixed order.
    private func priceable(_ pricer: Pricer) async throws -> [LedgerModel] {
        var models: Set<LedgerModel> = []
        let overridden = pricer.plans.book.overriddenKeys
        var cursor: UnpricedCursor?
        var read = 0
        repeat {
            let page = try await ledger.unpriced(workspaces: nil, limit: 1_000, after: cursor)
            for group in page.groups where !models.contains(group.model) {
                let key = "\(group.model.provider)/\(group.model.model)".lowercased()
                // An override may be one workspace's, and a group is of all workspaces.
                guard overridden.contains(key) || Self.canBePriced(group, pricer) else { continue }
                models.insert(group.model)
            }
            cursor = page.next
            read += page.groups.count
        } while cursor != nil && read < Self.groupLimit
        return models.sorted { ($0.provider, $0.model) < ($1.provider, $1.model) }
    }

    /// Whether a job may change something: whether the name leads to prices now.
    ///
    /// Images are looked up by size and quality, which a group does not know.
    private static func canBePriced(_ group: UnpricedGroup, _ pricer: Pricer) -> Bool {
        if group.quantity == UsageQuantity.images.rawValue { return true }
        return [false, true].contains { isVideo in
            let query = PriceQuery(provider: group.model.provider, model: group.model.model, isVideo: isVideo)
            return pricer.plans.plan(for: query, at: group.lastSeen) != nil
                || pricer.plans.plan(for: query, at: group.firstSeen) != nil
        }
    }

    /// All times that an event may have.
    private static let ever = Timestamp(seconds: 0)..<Timestamp(seconds: 7_258_118_400)
}

extension PriceBook {
    /// The keys that any override has, in lower case.
    fileprivate var overriddenKeys: Set<String> {
        Set(versions.lazy.filter { $0.source == .override }.map { $0.entry.key.lowercased() })
    }
}
