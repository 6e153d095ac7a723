internal import Domain
internal import PriceBook
internal import PriceDesk
internal import ServiceRuntime
internal import Streams

extension PriceSync {
    /// What the shipped map is called in records.
    private static let shippedURL = "shipped"

    /// Takes over the map that comes with the program: always when the book has none, and when it is another one than
    /// was taken over before and no sync from a source ever succeeded.
    ///
    /// The first map holds for all time before too, so that earlier events have a price without ado. Replicas that start
    /// together take turns.
    ///
    /// - Parameter bytes: The map.
    /// - Returns: The record, when something was done.
    /// - Throws: ``PriceStoreError``, `CancellationError`; ``PriceSync/Refusal`` when another replica does not come to an end.
    @discardableResult
    package func importShipped(_ bytes: [UInt8]) async throws -> SyncRecord? {
        let digest = Self.digest(of: bytes)
        // A replica that died while it did this is waited for, but not for long.
        let patience = Duration.seconds(60)
        for _ in 0..<600 {
            guard try await isWanted(digest) else { return nil }
            let now = clock.now
            let request = SyncRequest(
                cause: .shipped,
                requestedBy: Author(.system, id: instance),
                instance: instance,
                url: Self.shippedURL,
                at: now,
                abandonedBefore: now.adding(.zero - patience)
            )
            if case .admitted(let record) = try await parts.store.begin(request) {
                guard try await isWanted(digest) else {
                    return try await parts.store.finish(record.id, SyncResult(.unchanged), at: clock.now)
                }
                let ended = try await takeOver(bytes, etag: nil, digest: digest, record)
                await conclude(ended)
                return ended
            }
            try await time.sleep(.milliseconds(200))
        }
        throw Refusal.running
    }

    private func isWanted(_ digest: String) async throws -> Bool {
        try await parts.cache.load()
        if parts.cache.current.openMapVersions.isEmpty { return true }
        guard try await parts.store.lastGoodSync() == nil else { return false }
        return try await !parts.store.hasImported(digest: digest)
    }
}
