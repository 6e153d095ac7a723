internal import Crypto
internal import Domain
internal import Logging
internal import PriceBook
internal import PriceDesk
internal import ServiceRuntime
internal import Streams
internal import Wire

extension PriceSync {
    /// Fetches the map and takes it over, and writes down how it ended.
    func carryOut(_ record: SyncRecord) async throws -> SyncRecord {
        let last = try await parts.store.lastGoodSync()
        // What one server calls a map says nothing about another's.
        let known = last.flatMap { $0.url == record.url ? $0 : nil }
        do {
            switch try await fetch(record.url, etag: known?.etag) {
            case .notModified:
                return try await finishUnmodified(record, known, etag: known?.etag)
            case .map(let bytes, let etag):
                let digest = Self.digest(of: bytes)
                guard digest != known?.digest else { return try await finishUnmodified(record, known, etag: etag) }
                return try await takeOver(bytes, etag: etag, digest: digest, record)
            }
        } catch let error as PriceMapFetchError {
            try Task.checkCancellation()
            return try await finish(record, SyncResult(.failed, detail: error.message))
        } catch let error as PriceStoreError {
            // When the store is away, so is the end of the record, and the error goes on.
            try Task.checkCancellation()
            return try await finish(record, SyncResult(.failed, detail: "The map cannot be stored. \(error.message)"))
        }
    }

    private func finishUnmodified(
        _ record: SyncRecord,
        _ known: SyncRecord?,
        etag: String?
    ) async throws -> SyncRecord {
        var result = SyncResult(.notModified)
        result.etag = etag
        result.digest = known?.digest
        return try await parts.store.finish(record.id, result, at: clock.now)
    }

    /// Fetches with a few tries.
    private func fetch(_ url: String, etag: String?) async throws -> FetchedPriceMap {
        var failures = 0
        while true {
            do {
                return try await parts.source.fetch(url, etag: etag)
            } catch let error as PriceMapFetchError where error.isRetriable {
                failures += 1
                guard failures < configuration.attempts else { throw error }
                try await time.sleep(configuration.backoff.delay(failures: failures, random: time.random()))
            }
        }
    }

    /// Weighs a map and writes what may go in.
    func takeOver(_ bytes: [UInt8], etag: String?, digest: String, _ record: SyncRecord) async throws -> SyncRecord {
        let map: PriceMap
        do {
            map = try PriceMap(litellm: bytes)
        } catch {
            return try await refuse(record, digest, "The map cannot be read: \(error.message).")
        }
        // Others write to the book too; each of them makes the plan be worked out anew.
        for _ in 0..<10 {
            try await parts.cache.load()
            let snapshot = parts.cache.current
            let used = try await parts.used.keys(since: clock.now.adding(.zero - configuration.usedWithin))
            let verdicts = try await parts.store.verdicts()
            let known = SyncGuards.Known(current: snapshot.openMapVersions, verdicts: verdicts, used: used)
            switch SyncGuards.verdict(on: map, known) {
            case .refused(let reason):
                return try await refuse(record, digest, reason)
            case .plan(let plan):
                var result = SyncResult(plan.isEmpty ? .unchanged : .applied)
                result.etag = etag
                result.digest = digest
                result.counts = plan.counts
                result.counts.models = map.entries.count
                result.summary = SyncSummary.json(plan)
                result.isNoticeDue = !plan.isEmpty && !plan.isBaseline
                do {
                    return try await write(plan, result, record, basedOn: snapshot.version ?? 0)
                } catch let error as PriceStoreError where error.code == .outdated {
                    continue
                }
            }
        }
        return try await finish(record, SyncResult(.failed, detail: "The book changed again and again meanwhile."))
    }

    private func write(
        _ plan: SyncPlan,
        _ result: SyncResult,
        _ record: SyncRecord,
        basedOn version: Int64
    ) async throws -> SyncRecord {
        guard !plan.isEmpty else { return try await parts.store.finish(record.id, result, at: clock.now) }
        return try await parts.store.apply(plan, of: record.id, result, basedOn: version, at: clock.now)
    }

    private func refuse(_ record: SyncRecord, _ digest: String, _ reason: String) async throws -> SyncRecord {
        var result = SyncResult(.refused, detail: reason)
        result.digest = digest
        return try await finish(record, result)
    }

    /// Ends a sync that brought nothing; people are told unless the one before failed in the same way.
    private func finish(_ record: SyncRecord, _ result: SyncResult) async throws -> SyncRecord {
        var result = result
        let before = try await parts.store.syncs(before: record.id, limit: 1).first
        result.isNoticeDue = before?.outcome != result.outcome || before?.detail != result.detail
        return try await parts.store.finish(record.id, result, at: clock.now)
    }

    /// What follows from a sync that has ended: the copy, metrics, log and notice.
    func conclude(_ record: SyncRecord) async {
        parts.metrics.ended(record.outcome)
        let isFirstFailure = noteEnd(record.outcome)
        let metadata: Logger.Metadata = [
            "sync": "\(record.id)", "outcome": "\(record.outcome.rawValue)", "url": "\(record.url)",
            "opened": "\(record.counts.opened)", "changed": "\(record.counts.changed)",
            "closed": "\(record.counts.closed)", "quarantined": "\(record.counts.quarantined)",
            "detail": "\(record.detail ?? "")",
        ]
        if record.outcome.isGood {
            logger.info("price map synced", metadata: metadata)
        } else {
            let level: Logger.Level = isFirstFailure ? .notice : .debug
            logger.log(level: level, "the price map was not taken over, the last good prices hold", metadata: metadata)
        }
        await tell(of: record)
        do {
            try await parts.cache.load()
            parts.metrics.show(pendingChanges: try await parts.store.pendingChangeCount())
            try await lookAtAge()
        } catch {
            // The cache polls anyway; the next look shows the figure.
            logger.debug("prices were not read after a sync", metadata: ["error": "\(error)"])
        }
    }

    /// Tells people about a sync, if they are to be told and nobody has.
    func tell(of record: SyncRecord) async {
        do {
            guard try await parts.store.claimNotice(of: record.id) else { return }
        } catch {
            logger.debug("a notice could not be claimed", metadata: ["error": "\(error)"])
            return
        }
        await tell(PriceNotice.entry(of: record, at: clock.now)) { try await $0.returnNotice(of: record.id) }
    }

    /// Publishes a notice whose right is held; gives the right back when that fails.
    func tell(_ notice: NoticeEntry, giveBack: (any PriceStore) async throws -> Void) async {
        do {
            try await parts.producer.publish([Notice(partition: .first, payload: try notice.encode())])
            parts.metrics.told()
        } catch {
            logger.warning("a notice was not published", metadata: ["id": "\(notice.id)", "error": "\(error)"])
            do {
                try await giveBack(parts.store)
            } catch {
                logger.warning("a notice is lost", metadata: ["id": "\(notice.id)", "error": "\(error)"])
            }
        }
    }

    /// The SHA-256 of a map, in hexadecimal.
    static func digest(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
