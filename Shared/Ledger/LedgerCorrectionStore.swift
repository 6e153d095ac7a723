package import Domain

/// Corrections of the ledger: what events cost later than they were recorded, and what belongs to no event.
///
/// The record is append-only. A correction is a row in the period of what it corrects, written together with the
/// rollups, the outbox row for the counters, and the progress of its job. Who drives a job repeats three steps until it
/// has ended:
///
/// 1. `scan(job.query, after: job.cursor, limit:)` reads a page,
/// 2. the driver decides what each row shall cost,
/// 3. `apply(step, to: job, …)` commits it and returns the job as it stands then.
///
/// A reversal has one step, `reverse`. After an error with code `stale` somebody else was faster: read the job again.
/// Rows whose cost a client reported are the driver's to leave alone.
package protocol LedgerCorrectionStore: Sendable {
    /// Creates a job in state `pending`, or finds the one that was created under the same key.
    ///
    /// A reversal needs a job that has ended, is no reversal and was not reversed before.
    ///
    /// - Throws: `LedgerError` with code `conflict` when the key belongs to another request or the job cannot be
    ///   reversed, `notFound` when there is none to reverse, `invalidQuery` when a part is empty or too long.
    func createJob(_ request: LedgerJobRequest, by author: Author, at now: Timestamp) async throws -> LedgerJob

    /// The job with that number; `nil` when there is none.
    func job(_ id: Int64) async throws -> LedgerJob?

    /// Jobs, the newest first, at most `limit` (1 to 1,000), older than `id`.
    func jobs(_ query: LedgerJobQuery, limit: Int, before id: Int64?) async throws -> [LedgerJob]

    /// Takes the oldest job that is pending, or running without anybody who holds it, and makes it running.
    func claimJob(_ kinds: [LedgerJob.Kind], lease: LedgerLease, at now: Timestamp) async throws -> LedgerJob?

    /// Lets others take over a running job at once, as when its replica stops.
    func releaseJob(_ id: Int64, owner: String) async throws

    /// Ends a pending or running job as `failed`, with a reason, or as `cancelled`.
    ///
    /// - Throws: `LedgerError` with code `conflict` when it has ended, `notFound`.
    func endJob(
        _ id: Int64,
        as state: LedgerJob.State,
        failure: String?,
        by author: Author,
        at now: Timestamp
    ) async throws -> LedgerJob

    /// Makes a failed or cancelled job pending again: it goes on where it was left.
    ///
    /// - Throws: `LedgerError` with code `conflict` when it is in another state or was reversed, `notFound`.
    func resumeJob(_ id: Int64, by author: Author, at now: Timestamp) async throws -> LedgerJob

    /// Reads a page of events, oldest first within each workspace.
    ///
    /// - Parameters:
    ///   - query: Which events.
    ///   - cursor: Where the page before ended.
    ///   - limit: At most so many rows, 1 to 10,000.
    /// - Returns: The rows, each with what it cost when it was recorded and what it costs now.
    /// - Throws: `LedgerError`, or `CancellationError`.
    func scan(_ query: LedgerScanQuery, after cursor: LedgerScanCursor?, limit: Int) async throws -> LedgerScanPage

    /// Commits what a job does with a page: all of it or, when it throws, nothing. After the last page the job is done.
    ///
    /// - Parameters:
    ///   - step: The page and what its rows shall cost.
    ///   - job: The job as it was read, running: the page was read from its cursor on.
    ///   - lease: Prolongs the right to work on the job.
    ///   - now: When the rows are recorded.
    /// - Returns: The job after the page.
    /// - Throws: `LedgerError` with code `stale` when the job or a row has changed since it was read; `invalidQuery`,
    ///   `invalidEntry`; `CancellationError`.
    func apply(
        _ step: LedgerStep,
        to job: LedgerJob,
        lease: LedgerLease,
        at now: Timestamp
    ) async throws -> LedgerJob

    /// Does the next page of a reversal, at most `limit` rows (1 to 10,000) of the job that it takes back.
    ///
    /// An event then costs what it would cost had that job never been: what the last job made of it that was not
    /// reversed, else what was recorded. A manual adjustment is negated.
    ///
    /// - Throws: As `apply`.
    func reverse(_ job: LedgerJob, limit: Int, lease: LedgerLease, at now: Timestamp) async throws -> LedgerJob

    /// Records manual adjustments, 1 to 1,000, as one job of kind `manual`, which is done at once.
    ///
    /// The same key again changes nothing and returns the job as it stands.
    ///
    /// - Throws: `LedgerError` with code `conflict` when the key belongs to another request, `invalidEntry`,
    ///   `invalidQuery`.
    func adjust(
        _ adjustments: [ManualAdjustment],
        for request: LedgerJobRequest,
        by author: Author,
        at now: Timestamp
    ) async throws -> LedgerJob

    /// What has no price now, by model, quantity and reason, at most `limit` groups (1 to 1,000).
    func unpriced(workspaces: [String]?, limit: Int, after cursor: UnpricedCursor?) async throws -> UnpricedPage

    /// Those of some models (at most 10,000) that have events without a price now.
    func unpricedModels(among models: [LedgerModel]) async throws -> Set<LedgerModel>

    /// How much of a quantity (in millionths) one workspace used of a provider's models in the calendar month (UTC) of
    /// a moment: before that moment, or in the whole month.
    func monthVolume(_ query: MonthVolumeQuery) async throws -> Int128
}

/// What a month's volume is asked of.
package struct MonthVolumeQuery: Hashable, Sendable {
    package var workspace: String
    package var provider: String
    /// The names that events may have.
    package var models: [String]
    package var quantity: MeasuredQuantity
    /// A moment of the month.
    package var moment: Timestamp
    /// Whether only what happened before the moment counts.
    package var isBeforeMoment: Bool

    package init(
        workspace: String,
        provider: String,
        models: [String],
        quantity: MeasuredQuantity,
        moment: Timestamp,
        isBeforeMoment: Bool
    ) {
        self.workspace = workspace
        self.provider = provider
        self.models = models
        self.quantity = quantity
        self.moment = moment
        self.isBeforeMoment = isBeforeMoment
    }

    /// The same question as a report's query.
    func query() throws -> LedgerQuery {
        guard Timestamp.storable.contains(moment) else {
            throw LedgerError(.invalidQuery, "the moment leaves the years 1 to 9999")
        }
        let date = CivilDate(daysSince1970: floorDivide(moment.seconds, 86_400))
        let isDecember = date.month == 12
        let first = CivilDate(year: date.year, month: date.month, day: 1)
        let next = CivilDate(year: date.year + (isDecember ? 1 : 0), month: isDecember ? 1 : date.month + 1, day: 1)
        return LedgerQuery(
            workspaces: [workspace],
            from: Timestamp(seconds: first.daysSince1970 * 86_400),
            to: isBeforeMoment ? moment : Timestamp(seconds: next.daysSince1970 * 86_400),
            filters: [LedgerFilter(.provider, [provider]), LedgerFilter(.model, models)],
            quantity: quantity
        )
    }
}

/// What Oliver does by itself, such as pricing events whose price has come.
extension LedgerCorrectionStore {
    package func createJob(_ request: LedgerJobRequest, at now: Timestamp) async throws -> LedgerJob {
        try await createJob(request, by: "oliver", at: now)
    }

    package func endJob(
        _ id: Int64,
        as state: LedgerJob.State,
        failure: String?,
        at now: Timestamp
    ) async throws -> LedgerJob {
        try await endJob(id, as: state, failure: failure, by: "oliver", at: now)
    }

    package func resumeJob(_ id: Int64, at now: Timestamp) async throws -> LedgerJob {
        try await resumeJob(id, by: "oliver", at: now)
    }

    package func adjust(
        _ adjustments: [ManualAdjustment],
        for request: LedgerJobRequest,
        at now: Timestamp
    ) async throws -> LedgerJob {
        try await adjust(adjustments, for: request, by: "oliver", at: now)
    }
}
