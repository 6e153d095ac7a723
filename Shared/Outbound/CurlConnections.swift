internal import Synchronization

/// As many connections as transfers run at once, up to a bound; further transfers stand in line.
final class CurlConnections: Sendable {
    private struct Place {
        let connection: CurlConnection
        /// The transfer that runs, and those in line behind it.
        var load = 0
    }

    private let limit: Int
    private let places = Mutex<[Place]>([])

    /// - Parameter limit: Connections at most; they are made when they are needed and kept.
    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Performs a transfer on the connection with the shortest line.
    ///
    /// - Throws: `OutboundError` when it could not be set up or had to wait too long, `CancellationError`.
    func perform(_ transfer: CurlConnection.Transfer) async throws -> CurlConnection.Result {
        let (index, connection) = try take()
        defer { places.withLock { $0[index].load -= 1 } }
        return try await connection.perform(transfer)
    }

    private func take() throws(OutboundError) -> (Int, CurlConnection) {
        try places.withLock { places throws(OutboundError) in
            // The first of the shortest: few are used when few are needed, and what they keep open is used again.
            var best = places.indices.min { places[$0].load < places[$1].load }
            if best.map({ places[$0].load > 0 }) ?? true, places.count < limit {
                best = places.count
                places.append(Place(connection: try CurlConnection()))
            }
            let index = best ?? 0
            places[index].load += 1
            return (index, places[index].connection)
        }
    }
}
