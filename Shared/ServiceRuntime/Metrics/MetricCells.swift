import CoreMetrics
import Synchronization

/// A count that only grows.
final class CounterCell: CounterHandler, FloatingPointCounterHandler {
    private let total = Atomic<Int64>(0)
    private let fraction = AtomicDouble()

    func increment(by amount: Int64) {
        total.add(max(0, amount), ordering: .relaxed)
    }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.add(amount)
    }

    func reset() {
        total.store(0, ordering: .relaxed)
        fraction.store(0)
    }

    var value: Double {
        Double(total.load(ordering: .relaxed)) + fraction.load()
    }
}

/// A value that goes up and down.
final class GaugeCell: MeterHandler, RecorderHandler {
    private let current = AtomicDouble()

    func set(_ value: Int64) {
        current.store(Double(value))
    }

    func set(_ value: Double) {
        current.store(value)
    }

    func increment(by amount: Double) {
        current.add(amount)
    }

    func decrement(by amount: Double) {
        current.add(-amount)
    }

    func record(_ value: Int64) {
        current.store(Double(value))
    }

    func record(_ value: Double) {
        current.store(value)
    }

    var value: Double {
        current.load()
    }
}

/// A distribution over fixed buckets.
final class HistogramCell: RecorderHandler, TimerHandler {
    /// Upper bounds, rising.
    ///
    /// Values above the last fall into the bucket `+Inf`.
    let bounds: [Double]
    private let buckets: [AtomicCount]
    private let sum = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        self.buckets = (0...bounds.count).map { _ in AtomicCount() }
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        buckets[bucket(of: value)].value.add(1, ordering: .relaxed)
        sum.add(value)
    }

    /// Takes a duration; the histogram holds seconds.
    func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1e9)
    }

    /// The counts per bucket, not cumulated, and the sum.
    ///
    /// Their total is the histogram's count, so that a scrape between two increments is still consistent in itself.
    var snapshot: (counts: [Int64], sum: Double) {
        (buckets.map { $0.value.load(ordering: .relaxed) }, sum.load())
    }

    private func bucket(of value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }
}

/// An atomic count that can be an element of an array.
final class AtomicCount: Sendable {
    let value = Atomic<Int64>(0)
}

/// A floating point number changed without a lock.
struct AtomicDouble: ~Copyable, Sendable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }

    func store(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (done, seen) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if done { return }
            old = seen
        }
    }
}
