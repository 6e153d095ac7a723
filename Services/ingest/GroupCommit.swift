internal import Domain
internal import ServiceLifecycle
package import Streams

/// Claims the events of concurrent requests together, so that they share one round trip and one fsync.
///
/// There is one for each event loop, with a connection there: a request waits where it is worked on.
package struct GroupCommit: Service {
    /// Limits of one commit and of the queue, in events.
    package struct Limits: Sendable {
        /// Events in one round trip at most.
        package var batch = 2_048
        /// Events that may wait; beyond, requests are refused at once.
        package var queue = 32_768

        package init() {}
    }

    private let calls: GroupedCalls<[Claim], ArraySlice<ClaimOutcome>>

    package init(producer: any StreamProducer, limits: Limits = Limits(), metrics: IngestMetrics) {
        calls = GroupedCalls(limits: .init(batch: limits.batch, queue: limits.queue), weight: { $0.count }) {
            requests in
            let claims = requests.count == 1 ? requests[0] : requests.flatMap(\.self)
            let outcomes = await producer.claim(claims)
            metrics.committed(events: claims.count)
            var start = 0
            return requests.map { request in
                defer { start += request.count }
                return outcomes[start..<start + request.count]
            }
        }
    }

    /// How many events wait for the next commit.
    var queuedClaims: Int { calls.queuedWeight }

    /// Claims events together with those of other requests; the outcomes stand in the order of the claims.
    package func claim(_ claims: [Claim]) async -> ArraySlice<ClaimOutcome> {
        switch await calls.call(claims) {
        case .success(let outcomes): return outcomes
        case .failure(let refusal):
            let outcome = ClaimOutcome.refused(ClaimRefusal(code: .unavailable, detail: refusal.rawValue))
            return ArraySlice(repeating: outcome, count: claims.count)
        }
    }

    /// Commits until a graceful stop, then what is queued.
    package func run() async throws {
        try await calls.run()
    }
}
