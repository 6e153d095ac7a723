import Analytics
import CoreMetrics
import Domain
import Ledger
import Postgres
import ServiceRuntime
import Streams
import Synchronization
import TestSupport
import Wire

/// The manual clock as the source of timestamps.
struct ManualTime: WallClock {
    let clock: ManualClock

    var now: Timestamp { clock.timestamp }
}

/// Lends the address of an empty ledger.
func withLedger(_ body: (PostgresLedgerStore, PostgresPool) async throws -> Void) async throws {
    try await withPostgres { url in
        let configuration = try PostgresConfiguration(url: url)
        try await PostgresMigrator(LedgerSchema.migrations, configuration: configuration, logger: .quiet).apply()
        let pool = PostgresPool(configuration, logger: .quiet)
        defer { pool.close() }
        try await body(PostgresLedgerStore(pool: pool, logger: .quiet), pool)
    }
}

/// A job whose steps a test counts, stops and fails.
final class CountingJob: RecurringJob {
    struct Failure: Error {}

    let schedule = JobSchedule(name: "counting", interval: 300)
    private let runs = Mutex<[(slot: Timestamp, progress: String?, previous: Timestamp?)]>([])
    private let body: @Sendable (JobRun) async throws -> Void

    init(_ body: @escaping @Sendable (JobRun) async throws -> Void = { _ in }) {
        self.body = body
    }

    func perform(_ run: JobRun) async throws {
        runs.withLock { $0.append((run.scheduledFor, run.progress, run.previous)) }
        try await body(run)
    }

    var slots: [Timestamp] { runs.withLock { $0.map(\.slot) } }
    var progress: [String?] { runs.withLock { $0.map(\.progress) } }
    var previous: [Timestamp?] { runs.withLock { $0.map(\.previous) } }
}

/// A replica's runner of a job.
func makeRunner(
    _ job: any RecurringJob,
    _ ledger: PostgresLedgerStore,
    as instance: String,
    by clock: ManualClock
) -> JobRunner {
    JobRunner(
        job,
        ledger: ledger,
        configuration: JobRunner.Configuration(instance: instance),
        clock: ManualTime(clock: clock),
        timer: clock,
        metrics: JobMetrics([job.schedule.name], factory: NOOPMetricsHandler.instance),
        logger: .quiet
    )
}

/// Makes an entry of one priced event.
func makeEntry(_ number: Int64, team: String?, model: String, at time: Timestamp, cost: Int64) -> LedgerEntry {
    let id = "event-\(number)"
    let identity = EventIdentity(workspace: "acme", team: team, sourceApp: "app")
    let event = UsageEvent(
        eventID: id,
        occurredAt: time,
        receivedAt: time,
        identity: identity,
        provider: "openai",
        model: model,
        usage: Usage(items: [.init(.inputTokens, Amount(units: 10))])
    )
    let price = Cost(
        state: .priced,
        money: Money(picoDollars: cost),
        provenance: Provenance(source: .litellm, priceVersion: 1, key: model)
    )
    guard
        let entry = LedgerEntry(
            priced: PricedEvent(event: event, operation: "chat", cost: price),
            idHash: EventIDHash(workspace: "acme", eventID: id).bytes,
            digest: 7,
            partition: 3,
            reference: EntryReference(epoch: 1, milliseconds: number, sequence: 0)
        )
    else { preconditionFailure("the hash has 16 bytes") }
    return entry
}
