import Domain

extension PricePlan {
    /// The quantity whose volume in the calendar month decides its rate; `nil` for almost all plans.
    ///
    /// It is the quantity's name on the wire, or the name of a custom quantity. Whoever prices a request of such a plan
    /// looks up what the workspace's month had of it before and says so in `PriceRequest.volume`.
    package var volumeQuantity: String? {
        guard let key = entry.extras?.volumeTiers?.key else { return nil }
        if key.hasPrefix(VolumeTiers.customPrefix) { return String(key.dropFirst(VolumeTiers.customPrefix.count)) }
        return RateFamily(rawValue: key)?.quantity
    }

    /// How much a request adds to the volume of its month, in millionths: what was billed by the tiers.
    package func volume(of request: PriceRequest) -> Int64 {
        guard volumeKey != 0 else { return 0 }
        var run = CostRun(self, request, sink: SummingSink())
        _ = run.run()
        return run.volumeUsed
    }
}

extension CostRun {
    /// Bills a line by the month's tiers: each part of it at the rate of the tier that the volume has reached.
    mutating func addTiered(_ line: CostLine, _ amount: Int64, multiplier: Int64) {
        flags.insert(.volumeTier)
        var (start, rest) = (startVolume.addingClamping(volumeUsed), amount)
        for tier in plan.volumeTiers where rest > 0 {
            let part = tier.end.map { min(max($0 - start, 0), rest) } ?? rest
            guard part > 0 else { continue }
            sink.add(line, part, tier.rate, multiplier: multiplier, of: plan)
            start = start.addingClamping(part)
            rest -= part
        }
        volumeUsed = volumeUsed.addingClamping(amount)
    }

    /// What the month had before the call, in millionths; less than nothing counts as nothing.
    var startVolume: Int64 { max(request.volume ?? 0, 0) }
}

extension PriceEntry {
    /// The entry with a rate in the place of a quantity's tiers, so that the quantity counts as priced.
    ///
    /// It is none of zero, if there is one: where those are passed over, the quantity is billed all the same.
    var standingInForTiers: PriceEntry {
        guard let volume = extras?.volumeTiers else { return self }
        let rates = volume.tiers.map(\.rate)
        let charged = rates.first { !$0.isFree } ?? rates.first ?? Rate(value: 0)
        var entry = self
        if volume.key.hasPrefix(VolumeTiers.customPrefix) {
            let name = String(volume.key.dropFirst(VolumeTiers.customPrefix.count))
            entry.extras.orEmpty.custom.set(charged, for: name)
        } else if let family = RateFamily(rawValue: volume.key) {
            entry.set(charged, for: RateKey(family))
        }
        return entry
    }
}

extension RateNames {
    /// The tiers with their rates' keys, and the number of the key that they stand for.
    mutating func resolve(_ volume: VolumeTiers?) -> (UInt16, [PricePlan.VolumeRate]) {
        guard let volume else { return (0, []) }
        let key = resolve(DraftRate(Rate(value: 0), key: volume.key)).key
        let tiers = volume.tiers.map { tier in
            PricePlan.VolumeRate(
                end: tier.upTo?.multipliedClamping(by: 1_000_000),
                rate: resolve(DraftRate(tier.rate, key: "volume_tiers.\(volume.key).\(tier.name)"))
            )
        }
        return (key, tiers)
    }
}

extension Int64 {
    /// The sum of two numbers that are not negative, or the greatest number when it does not fit.
    func addingClamping(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
