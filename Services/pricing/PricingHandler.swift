internal import Domain
internal import PriceBook
package import PriceDesk
package import Streams
internal import Wire

/// Prices raw events: each raw entry is acknowledged and replaced by its priced one in one step.
package struct PricingHandler: BatchHandler {
    private let streams: any StreamConsumer
    private let book: PriceBookHolder
    private let contents: ContentKeeper
    private let volumes: MonthVolumes
    private let metrics: PricingMetrics

    package init(
        streams: any StreamConsumer,
        book: PriceBookHolder,
        contents: ContentKeeper,
        volumes: MonthVolumes,
        metrics: PricingMetrics
    ) {
        self.streams = streams
        self.book = book
        self.contents = contents
        self.volumes = volumes
        self.metrics = metrics
    }

    package func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        let pricer = Pricer(plans: book.edition.plans)
        var priced: [(index: Int, price: Pricer.Priced)] = []
        priced.reserveCapacity(batch.count)
        var poison: [Int: String] = [:]
        for (index, delivery) in batch.enumerated() {
            do {
                var price = try await price(RawEntry(delivery.payload).event, pricer)
                if delivery.hold == .unusable { price.event.cost.provenance.flags.formUnion(CostFlags(.unheld)) }
                priced.append((index, price))
            } catch let error as WireError {
                poison[index] = String(describing: error)
            }
        }
        // Before any of them goes on: what a cost was made from must be there as long as the cost.
        try await contents.keep(priced.lazy.map(\.price))
        var tally = PricingMetrics.Tally()
        var forwarded: [ForwardedEntry] = []
        forwarded.reserveCapacity(priced.count)
        for (index, price) in priced {
            do {
                let payload = try PricedEntry.encode(
                    raw: batch[index].payload,
                    operation: price.event.operation,
                    cost: price.event.cost
                )
                forwarded.append(ForwardedEntry(replacing: batch[index], payload: payload))
                tally.add(price.event.cost.state)
            } catch {
                poison[index] = String(describing: error)
            }
        }
        _ = try await streams.forward(forwarded)
        metrics.priced(tally)
        return BatchOutcome(poison: poison)
    }

    /// Few prices depend on a month's volume; the others need nobody's answer.
    private func price(_ event: UsageEvent, _ pricer: Pricer) async throws -> Pricer.Priced {
        let price = pricer.price(event)
        guard let plan = price.plan, plan.volumeQuantity != nil else { return price }
        return pricer.price(event, volume: try await volumes.take(event, plan, pricer))
    }
}
