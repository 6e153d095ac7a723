/// The SplitMix64 generator, started anew for each thing that is made, so that things do not depend on their order.
struct DemoRandom {
    private var state: UInt64

    init(seed: UInt64, index: Int) {
        state = seed
        // Mixed before it is used: neighbours would otherwise draw the same numbers, one step apart.
        state = next() ^ UInt64(truncatingIfNeeded: index)
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A whole number from 0, below a bound.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(max(bound, 1))).high)
    }

    /// A number below a bound, small ones more often: the square of an even chance.
    mutating func skewed(below bound: Int) -> Int {
        let place = below(1 << 20)
        let square = (place * place) >> 20
        return (square * max(bound, 1)) >> 20
    }

    /// One of some things, each by its weight.
    mutating func pick(_ cumulative: [Int]) -> Int {
        let place = below(cumulative.last ?? 1)
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > place { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Weights as `pick` takes them.
    static func cumulative(_ weights: [Int]) -> [Int] {
        var sum = 0
        return weights.map { weight in
            sum += weight
            return sum
        }
    }
}
