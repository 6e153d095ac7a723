internal import Domain
package import Streams
internal import Wire

/// Prices raw events: each raw entry is acknowledged and replaced by its priced one in one step.
package struct PricingHandler: BatchHandler {
    private let streams: any StreamConsumer
    private let pricer: Pricer
    private let metrics: PricingMetrics

    package init(streams: any StreamConsumer, pricer: Pricer, metrics: PricingMetrics) {
        self.streams = streams
        self.pricer = pricer
        self.metrics = metrics
    }

    package func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        var forwarded: [ForwardedEntry] = []
        forwarded.reserveCapacity(batch.count)
        var poison: [Int: String] = [:]
        var tally = PricingMetrics.Tally()
        for (index, delivery) in batch.enumerated() {
            do {
                let event = try RawEntry(delivery.payload).event
                let priced = pricer.price(event)
                tally.add(priced.cost.state)
                let payload = try PricedEntry.encode(
                    raw: delivery.payload,
                    operation: priced.operation,
                    cost: priced.cost
                )
                forwarded.append(ForwardedEntry(replacing: delivery, payload: payload))
            } catch {
                poison[index] = String(describing: error)
            }
        }
        _ = try await streams.forward(forwarded)
        metrics.priced(tally)
        return BatchOutcome(poison: poison)
    }
}
