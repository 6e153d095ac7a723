internal import CoreMetrics

/// How a service's pools of connections are used.
struct PoolMetrics: Sendable {
    let redis: Pool
    let postgres: Pool
    let directory: Pool

    init(factory: any MetricsFactory) {
        redis = Pool("redis", factory)
        postgres = Pool("postgres", factory)
        directory = Pool("directory", factory)
    }

    /// One pool's gauges.
    struct Pool: Sendable {
        private let idle: Gauge
        private let busy: Gauge
        private let waiting: Gauge

        fileprivate init(_ name: String, _ factory: any MetricsFactory) {
            func connections(_ state: String) -> Gauge {
                Gauge(
                    label: "oliver_pool_connections",
                    dimensions: [("pool", name), ("state", state)],
                    factory: factory
                )
            }
            idle = connections("idle")
            busy = connections("busy")
            waiting = Gauge(label: "oliver_pool_waiting_callers", dimensions: [("pool", name)], factory: factory)
        }

        func show(_ counts: (idle: Int, busy: Int, waiting: Int)) {
            idle.record(counts.idle)
            busy.record(counts.busy)
            waiting.record(counts.waiting)
        }
    }
}
