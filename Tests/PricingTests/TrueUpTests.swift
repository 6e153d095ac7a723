import CoreMetrics
import Domain
import Ledger
import PriceBook
import ServiceRuntime
import TestSupport
import Testing

import PriceDesk
@testable import Pricing

/// A model whose price falls with the month's volume, events of it in a ledger, and who puts them right.
private struct VolumeRig {
    let ledger = InMemoryLedgerStore()
    let holder = PriceBookHolder(zones: .fixed)
    let clock = ManualWallClock()
    let driver: CorrectionDriver
    let schedule: TrueUpSchedule

    static let content = #"""
        {"litellm_provider":"stt","mode":"audio_transcription","input_cost_per_second":"0.01",
         "volume_tiers":{"input_cost_per_second":[{"up_to":100,"rate":"0.01"},{"rate":"0.001"}]}}
        """#

    init() throws {
        let entry = try PriceEntry(key: "stt/v2", json: Array(Self.content.utf8))
        let version = PriceVersion(source: .catalogue, entry: entry, recordedAt: clock.now)
        holder.replace(with: [version], version: 1)
        driver = CorrectionDriver(
            ledger: ledger,
            book: holder,
            contents: ContentKeeper(store: InMemoryPriceStore()),
            configuration: CorrectionDriver.Configuration(owner: "test"),
            metrics: CorrectionMetrics(factory: NOOPMetricsHandler.instance),
            clock: clock,
            logger: .quiet
        )
        schedule = TrueUpSchedule(ledger: ledger, book: holder, clock: clock, logger: .quiet)
    }

    var pricer: Pricer { Pricer(plans: holder.edition.plans) }

    func event(_ name: String, at time: Timestamp, workspace: String = "acme", seconds: Int64) -> UsageEvent {
        UsageEvent(
            eventID: name,
            occurredAt: time,
            receivedAt: clock.now,
            identity: EventIdentity(workspace: workspace, sourceApp: "app"),
            provider: "stt",
            model: "v2",
            usage: Usage(items: [.init(.seconds, Amount(millionths: seconds * 1_000_000))])
        )
    }

    /// Keeps events as if each had been priced by itself, at the volume given.
    func keep(_ events: [UsageEvent], volume: Int64 = 0) async throws {
        let entries = try events.enumerated().map { index, event in
            let priced = pricer.price(event, volume: volume).event
            let id = Array(event.eventID.utf8) + event.identity.workspace.utf8
            let hash = Array((id + [UInt8](repeating: 0, count: 16)).prefix(16))
            let reference = EntryReference(epoch: 1, milliseconds: event.occurredAt.seconds, sequence: Int64(index))
            return try #require(
                LedgerEntry(priced: priced, idHash: hash, digest: 1, partition: 0, reference: reference)
            )
        }
        _ = try await ledger.append(entries, writer: "test")
    }

    func spend(_ workspace: String = "acme") async throws -> String {
        let month = CalendarMonth(containing: clock.now)
        let query = LedgerQuery(workspaces: [workspace], from: month.start, to: month.end)
        return try await ledger.totals(query).cost.usd
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Prices by a month's volume` {
    @Test func `the nightly true-up prices events in the order of their times, for each workspace`() async throws {
        let rig = try VolumeRig()
        let month = CalendarMonth(containing: rig.clock.now)
        let times = [3_000, 1_000, 2_000].map { month.start.adding(.seconds($0)) }
        try await rig.keep(times.enumerated().map { rig.event("e\($0)", at: $1, seconds: 60) })
        try await rig.keep([rig.event("f", at: times[0], workspace: "growth", seconds: 120)])
        #expect(try await rig.spend() == "1.800000000000")

        #expect(await rig.schedule.order(at: rig.clock.now))
        while await rig.driver.workOnce() {}
        // 100 seconds at 0.01 and 80 at 0.001.
        #expect(try await rig.spend() == "1.080000000000")
        #expect(try await rig.spend("growth") == "1.020000000000")
        let query = LedgerQuery(workspaces: ["acme"], from: month.start, to: month.end)
        let rows = try await rig.ledger.usage(query, limit: 10, after: nil).rows
        #expect(rows.map { $0.current.provenance.startVolume } == [120_000_000, 60_000_000, 0])

        // The next night finds all as it should be.
        rig.clock.advance(by: .seconds(86_400))
        #expect(await rig.schedule.order(at: rig.clock.now))
        while await rig.driver.workOnce() {}
        let jobs = try await rig.ledger.jobs(LedgerJobQuery(kinds: [.trueUp]), limit: 10, before: nil)
        #expect(jobs.map(\.progress.changed) == [0, 2])
    }

    @Test func `a repricing of an old month is followed by its true-up, and reported events count for it`() async throws
    {
        let rig = try VolumeRig()
        let start = CalendarMonth(containing: rig.clock.now).preceding.preceding.start
        var reported = rig.event("r", at: start, seconds: 90)
        reported.reportedCost = Money(usd: "5")
        try await rig.keep([reported])
        try await rig.keep((1...2).map { rig.event("e\($0)", at: start.adding(.seconds($0)), seconds: 20) })
        let month = CalendarMonth(containing: start)
        let request = LedgerJobRequest(
            key: "again",
            kind: .repricing,
            workspace: "acme",
            query: LedgerScanQuery(from: month.start, to: month.end),
            reason: "r",
            author: "ada"
        )
        _ = try await rig.ledger.createJob(request, at: rig.clock.now)
        while await rig.driver.workOnce() {}
        let query = LedgerQuery(workspaces: ["acme"], from: month.start, to: month.end)
        // 5 as reported, then 10 seconds at 0.01 and 30 at 0.001.
        #expect(try await rig.ledger.totals(query).cost.usd == "5.130000000000")
    }

    @Test func `a night is ordered once, whoever asks`() async throws {
        let rig = try VolumeRig()
        for _ in 1...3 { #expect(await rig.schedule.order(at: rig.clock.now)) }
        #expect(try await rig.ledger.jobs(LedgerJobQuery(), limit: 10, before: nil).count == 1)
        rig.holder.replace(with: [], version: 2)
        rig.clock.advance(by: .seconds(86_400))
        #expect(await rig.schedule.order(at: rig.clock.now))
        #expect(try await rig.ledger.jobs(LedgerJobQuery(), limit: 10, before: nil).count == 1)
    }

    @Test func `the month before is put right in a month's first days`() async throws {
        let rig = try VolumeRig()
        let next = CalendarMonth(containing: rig.clock.now).end.adding(.seconds(3 * 86_400))
        #expect(await rig.schedule.order(at: next))
        #expect(try await rig.ledger.jobs(LedgerJobQuery(), limit: 10, before: nil).count == 2)
    }

    @Test func `an event is priced at the volume that the ledger knew, and what was priced since`() async throws {
        let rig = try VolumeRig()
        let start = CalendarMonth(containing: rig.clock.now).start
        try await rig.keep([rig.event("a", at: start, seconds: 90)])
        let volumes = MonthVolumes(ledger: rig.ledger, clock: rig.clock)
        let event = rig.event("b", at: start.adding(.seconds(5)), seconds: 20)
        let plan = try #require(rig.pricer.plan(of: event))
        #expect(try await volumes.take(event, plan, rig.pricer) == 90_000_000)
        #expect(try await volumes.take(event, plan, rig.pricer) == 110_000_000)
        let cost = rig.pricer.price(event, volume: 90_000_000).event.cost
        #expect(cost.money?.usd == "0.110000000000")
        #expect(cost.provenance.startVolume == 90_000_000)
        // What never reached the ledger is forgotten in the end.
        rig.clock.advance(by: .seconds(120))
        #expect(try await volumes.take(event, plan, rig.pricer) == 90_000_000)
    }
}
