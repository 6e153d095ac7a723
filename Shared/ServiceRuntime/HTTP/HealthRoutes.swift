import HTTPTypes
import Hummingbird
import Synchronization

/// The routes every process has: `/healthz`, `/readyz`, `/metrics`.
struct HealthRoutes: Sendable {
    private let probes: [ReadinessProbe]
    private let registry: PrometheusRegistry
    /// How long all checks together may take.
    private let timeout: Duration

    init(checks: [ReadinessCheck], registry: PrometheusRegistry, timeout: Duration) {
        probes = checks.map(ReadinessProbe.init)
        self.registry = registry
        self.timeout = timeout
    }

    func add(to router: Router<OliverRequestContext>) {
        router.get("healthz") { _, _ in
            Response.json(["status": "ok"])
        }
        router.get("readyz") { _, _ in
            try await readiness()
        }
        router.get("metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: registry.render()))
            )
        }
    }

    /// 200 when all checks pass, else a 503 problem that names what is not ready.
    private func readiness() async throws -> Response {
        let failures = await failedChecks()
        guard !failures.isEmpty else {
            return Response.json(["status": "ready"])
        }
        let list = failures.map { failure in
            JSONValue.object([.init("name", .string(failure.name)), .init("reason", .string(failure.reason))])
        }
        throw Problem(
            "not-ready",
            status: .serviceUnavailable,
            title: "Not ready yet",
            detail: failures.map { "\($0.name): \($0.reason)" }.joined(separator: "; "),
            retryAfter: .seconds(1),
            extras: [.init("not_ready", .array(list))]
        )
    }

    private func failedChecks() async -> [(name: String, reason: String)] {
        let (answers, continuation) = AsyncStream.makeStream(
            of: (index: Int, readiness: Readiness)?.self,
            bufferingPolicy: .bufferingOldest(probes.count + 1)
        )
        for (index, probe) in probes.enumerated() {
            probe.ask { continuation.yield((index, $0)) }
        }
        let limit = Task {
            try? await Task.sleep(for: timeout)
            continuation.yield(nil)
        }
        defer { limit.cancel() }
        var results = [Readiness](repeating: .notReady("does not answer"), count: probes.count)
        var open = probes.count
        guard open > 0 else { return [] }
        for await answer in answers {
            guard let answer else { break }
            results[answer.index] = answer.readiness
            open -= 1
            if open == 0 { break }
        }
        return zip(probes, results).compactMap { probe, readiness in
            guard case .notReady(let reason) = readiness else { return nil }
            return (probe.check.name, reason)
        }
    }
}

/// A check that is asked at most once at a time, without waiting for it.
///
/// A server that hangs can hold up a check for long, also when it is cancelled. `/readyz` must answer all the same: so
/// the check is no child task, which would be waited for, and a second one is not begun beside it.
final class ReadinessProbe: Sendable {
    let check: ReadinessCheck
    private let isAsked = Atomic(false)

    init(_ check: ReadinessCheck) {
        self.check = check
    }

    /// Calls `answer` once the check ends; never, when an earlier one still hangs.
    func ask(_ answer: @escaping @Sendable (Readiness) -> Void) {
        guard !isAsked.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Task {
            let readiness = await check.check()
            isAsked.store(false, ordering: .releasing)
            answer(readiness)
        }
    }
}
