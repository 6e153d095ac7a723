package import CoreMetrics

/// What the catalogue's source counts.
///
/// The handles are made once.
package struct CatalogueMetrics: Sendable {
    private let prices: Gauge
    private let broken: Gauge
    private let loads: Counter
    private let refusals: Counter

    package init(factory: any MetricsFactory) {
        prices = Gauge(label: "oliver_catalogue_prices", factory: factory)
        broken = Gauge(label: "oliver_catalogue_broken", factory: factory)
        let label = "oliver_catalogue_reads"
        loads = Counter(label: label, dimensions: [("result", "loaded")], factory: factory)
        refusals = Counter(label: label, dimensions: [("result", "refused")], factory: factory)
    }

    /// A catalogue with so many prices is in use, and the file is as it should be.
    func loaded(prices count: Int) {
        prices.record(count)
        broken.record(0)
        loads.increment()
    }

    /// The file cannot be used, so that what is in use is older.
    func refused() {
        broken.record(1)
        refusals.increment()
    }
}
