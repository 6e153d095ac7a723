import CoreMetrics
import Metrics
import ServiceRuntime
import Testing

@Suite struct PrometheusRegistryTests {
    let registry = PrometheusRegistry(seriesLimit: 3)

    func text() -> String {
        String(decoding: registry.render(), as: UTF8.self)
    }

    @Test func `shows a counter with help, type, service and escaped labels`() {
        registry.describe("events_total", help: "Events\nseen")
        let counter = Counter(
            label: "events",
            dimensions: [("reason", "a\"b\\c\nd")],
            factory: registry.factory(service: "ingest")
        )
        counter.increment(by: 3)
        counter.increment()
        #expect(
            text() == """
                # HELP events_total Events\\nseen
                # TYPE events_total counter
                events_total{reason="a\\"b\\\\c\\nd",service="ingest"} 4

                """
        )
    }

    @Test func `shows a timer as a histogram in seconds with cumulated buckets`() {
        registry.setBuckets("wait_seconds", [0.01, 0.1])
        let timer = Metrics.Timer(label: "wait", factory: registry.factory(service: "s"))
        timer.recordMilliseconds(5)
        timer.recordMilliseconds(10)
        timer.recordMilliseconds(50)
        timer.recordSeconds(2)
        #expect(
            text() == """
                # HELP wait_seconds wait seconds
                # TYPE wait_seconds histogram
                wait_seconds_bucket{service="s",le="0.01"} 2
                wait_seconds_bucket{service="s",le="0.1"} 3
                wait_seconds_bucket{service="s",le="+Inf"} 4
                wait_seconds_sum{service="s"} 2.065
                wait_seconds_count{service="s"} 4

                """
        )
    }

    @Test func `shows gauges and meters with the last value`() {
        let gauge = Gauge(label: "depth", factory: registry.factory(service: "s"))
        gauge.record(7)
        gauge.record(-2.5)
        let meter = Meter(label: "in.flight", factory: registry.factory(service: "s"))
        meter.increment()
        meter.increment()
        meter.decrement()
        #expect(text().contains("depth{service=\"s\"} -2.5\n"))
        #expect(text().contains("in_flight{service=\"s\"} 1\n"))
    }

    @Test func `gives the same series to the same labels in any order`() {
        let factory = registry.factory(service: "s")
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: factory).increment()
        #expect(text().contains("c_total{a=\"1\",b=\"2\",service=\"s\"} 2\n"))
    }

    @Test func `bounds the series of a metric and counts what overflows`() {
        let factory = registry.factory(service: "s")
        for user in 0..<10 {
            Counter(label: "c", dimensions: [("user", "\(user)")], factory: factory).increment()
        }
        let lines = text().split(separator: "\n").filter { $0.hasPrefix("c_total{") }
        #expect(lines.count == 4)
        #expect(lines.contains("c_total{overflow=\"true\",service=\"s\"} 7"))
        #expect(text().contains("oliver_metrics_overflow_total{metric=\"c_total\"} 7\n"))
    }

    @Test func `keeps the exposition valid when a name is used for two kinds`() {
        let factory = registry.factory(service: "s")
        Gauge(label: "size", factory: factory).record(1)
        Recorder(label: "size", factory: factory).record(1)
        #expect(text().contains("# TYPE size gauge\n"))
        #expect(text().contains("# TYPE size_histogram histogram\n"))
    }

    @Test func `loses no increment made by many tasks at once`() async {
        let counter = Counter(label: "c", factory: registry.factory(service: "s"))
        let timer = Metrics.Timer(label: "t", factory: registry.factory(service: "s"))
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { @concurrent in
                    for _ in 0..<10_000 {
                        counter.increment()
                        timer.recordSeconds(1)
                    }
                }
            }
        }
        #expect(text().contains("c_total{service=\"s\"} 80000\n"))
        #expect(text().contains("t_seconds_count{service=\"s\"} 80000\n"))
        #expect(text().contains("t_seconds_sum{service=\"s\"} 80000\n"))
    }

    @Test func `ignores amounts that would make a counter shrink`() {
        let counter = FloatingPointCounter(label: "c", factory: registry.factory(service: "s"))
        counter.increment(by: 1.5)
        counter.increment(by: -3)
        counter.increment(by: Double.nan)
        #expect(text().contains("c_total{service=\"s\"} 1.5\n"))
    }
}
