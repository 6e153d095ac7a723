package import Domain
package import PriceBook
package import PriceDesk

/// Keeps every price version there ever was, the syncs that brought them, and the changes that people decide about.
///
/// Content is written once; only the end of a version is written later. Each change raises the book's version in the same
/// transaction, so that replicas ask for one number to know whether their copy is current. All methods throw
/// ``PriceStoreError``.
package protocol PriceStore: PriceHistory {
    /// Adds an override and ends the open one of the same model where it begins.
    ///
    /// Fails as a conflict when another one holds in its time.
    func create(_ override: NewOverride, at time: Timestamp) async throws -> StoredPrice

    /// Ends an override now; one that has not begun is withdrawn. One that has ended stays as it is.
    func endOverride(_ id: Int64, by author: Author, at time: Timestamp) async throws -> StoredPrice

    /// Takes over the catalogue: entries that are new, changed or gone. What is gone or changed is withdrawn, since a
    /// catalogue dates its entries itself.
    ///
    /// - Returns: How many versions were written or withdrawn.
    @discardableResult
    func replaceCatalogue(_ entries: [PriceEntry], by whom: String, at time: Timestamp) async throws -> Int

    /// Keeps contents by their version, for ever. Known ones stay as they are.
    func keep(_ contents: [UInt64: String]) async throws

    /// The contents of some versions, of those that are kept.
    func contents(_ versions: [UInt64]) async throws -> [UInt64: String]

    /// Begins a sync, when none is under way and it is due.
    func begin(_ request: SyncRequest) async throws -> SyncAdmission

    /// Ends a sync that changes no price. Fails as a conflict when it is no longer running.
    func finish(_ sync: Int64, _ result: SyncResult, at time: Timestamp) async throws -> SyncRecord

    /// Ends a sync and takes its plan over, all at one time: changed versions end and new ones begin.
    ///
    /// Fails as outdated when the book is no longer at the version that the plan was made from, as a conflict when the
    /// sync is no longer running.
    func apply(
        _ plan: SyncPlan,
        of sync: Int64,
        _ result: SyncResult,
        basedOn version: Int64,
        at time: Timestamp
    ) async throws -> SyncRecord

    /// Syncs, the newest first, those with ids below `before`.
    func syncs(before: Int64?, limit: Int) async throws -> [SyncRecord]

    /// The last good sync that was not of a shipped map.
    func lastGoodSync() async throws -> SyncRecord?

    /// Whether a shipped map with this digest was taken over or refused before.
    func hasImported(digest: String) async throws -> Bool

    /// Takes the right to tell people about a sync; false when somebody has it or there is nothing to tell.
    func claimNotice(of sync: Int64) async throws -> Bool

    /// Gives the right back, when telling failed.
    func returnNotice(of sync: Int64) async throws

    /// Syncs that people were to be told about and were not.
    func dueNotices(limit: Int) async throws -> [SyncRecord]

    /// Takes the right to tell people that no sync succeeds; false when they know.
    func claimStaleNotice(at time: Timestamp) async throws -> Bool

    /// Gives that right back, when telling failed.
    func returnStaleNotice() async throws

    /// Changes, the newest first, those with ids below `before`.
    func priceChanges(_ state: PriceChange.State?, before: Int64?, limit: Int) async throws -> [PriceChange]

    /// How many changes wait for somebody.
    func pendingChangeCount() async throws -> Int

    /// What is undecided and what was refused.
    func verdicts() async throws -> PriceVerdicts

    /// Decides a change; an approved one holds from now on. The same decision again changes nothing.
    ///
    /// Fails as a conflict when it was decided otherwise or superseded.
    func decide(_ decision: PriceDecision, at time: Timestamp) async throws -> PriceChange
}
