import HTTPTypes
import Hummingbird

/// The routes every process has: `/healthz`, `/readyz`, `/metrics`.
struct HealthRoutes: Sendable {
    let checks: [ReadinessCheck]
    let registry: PrometheusRegistry
    /// How long all checks together may take.
    let timeout: Duration

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
        await withTaskGroup(of: (Int, Readiness)?.self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await check.check()) }
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            var results = [Readiness](repeating: .notReady("does not answer"), count: checks.count)
            var open = checks.count
            while open > 0, let finished = await group.next(), let (index, readiness) = finished {
                results[index] = readiness
                open -= 1
            }
            group.cancelAll()
            return zip(checks, results).compactMap { check, readiness in
                guard case .notReady(let reason) = readiness else { return nil }
                return (check.name, reason)
            }
        }
    }
}
