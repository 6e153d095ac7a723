import Domain

extension LiteLLMReader {
    /// `tiered_pricing`: tiers of input tokens (`range`) or of search results (`max_results_range`).
    mutating func readTiers(_ scanner: inout JSONScanner) throws(PriceBookError) {
        guard scanner.peek() == UInt8(ascii: "[") else { return try scanner.skipValue() }
        var extras = entry.extras ?? PriceExtras()
        try scanner.array { (scanner) throws(PriceBookError) in
            var range: [Int64] = []
            var results: [Int64] = []
            var rates: [PriceExtras.NamedRate] = []
            try scanner.object { (scanner, name) throws(PriceBookError) in
                switch try scanner.text(name) {
                case "range": range = try Self.integers(&scanner)
                case "max_results_range": results = try Self.integers(&scanner)
                case let name:
                    guard let rate = try self.rate(name, &scanner) else { return }
                    rates.set(rate, for: name)
                }
            }
            if range.count == 2, rates.contains(where: { $0.name == RateFamily.inputToken.rawValue }) {
                extras.tokenTiers.append(.init(start: range[0], end: range[1], rates: rates))
            }
            if results.count == 2, let rate = rates.first(where: { $0.name == RateFamily.inputQuery.rawValue }) {
                extras.searchTiers.append(.init(first: results[0], last: results[1], rate: rate.rate))
            }
        }
        entry.extras = extras
    }

    private static func integers(_ scanner: inout JSONScanner) throws(PriceBookError) -> [Int64] {
        var values: [Int64] = []
        try scanner.array { (scanner) throws(PriceBookError) in
            guard
                let range = try scanner.number(),
                let value = DecimalText.parse(scanner.slice(range), scale: 0, rounding: true)
            else { return }
            values.append(Int64(clamping: value))
        }
        return values
    }

    mutating func readOffPeak(_ scanner: inout JSONScanner) throws(PriceBookError) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        var offPeak = OffPeakPricing()
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "hours_utc":
                let hours = try Self.texts(&scanner)
                offPeak.windows += windows(hours, weekdays: OffPeakPricing.Window.everyDay)
            case "weekday_timezone": offPeak.weekdayZone = try optionalString(&scanner)
            case "windows":
                try scanner.array { (scanner) throws(PriceBookError) in
                    offPeak.windows += try readWindows(&scanner)
                }
            case let name:
                guard let rate = try self.rate(name, &scanner) else { return }
                offPeak.rates.set(rate, for: name)
            }
        }
        entry.extras.orEmpty.offPeak = offPeak
    }

    private mutating func readWindows(
        _ scanner: inout JSONScanner
    ) throws(PriceBookError) -> [OffPeakPricing.Window] {
        var hours: [String] = []
        var weekdays = OffPeakPricing.Window.everyDay
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "hours_utc": hours = try Self.texts(&scanner)
            case "weekdays":
                let names = try Self.texts(&scanner)
                let bits = names.compactMap(OffPeakPricing.Window.weekdayBit)
                if bits.count < names.count { report("off_peak_pricing", "names a day that is none") }
                weekdays = bits.reduce(0, |)
            default: try scanner.skipValue()
            }
        }
        return windows(hours, weekdays: weekdays)
    }

    private mutating func windows(_ hours: [String], weekdays: UInt8) -> [OffPeakPricing.Window] {
        let windows = hours.compactMap { OffPeakPricing.Window(hours: $0, weekdays: weekdays) }
        if windows.count < hours.count { report("off_peak_pricing", "has hours that are no window") }
        return windows
    }

    /// One string or number, or an array of them, as texts.
    private static func texts(_ scanner: inout JSONScanner) throws(PriceBookError) -> [String] {
        guard scanner.peek() == UInt8(ascii: "[") else {
            guard let range = try scanner.number() else { return [] }
            return [try scanner.text(range)]
        }
        var values: [String] = []
        try scanner.array { (scanner) throws(PriceBookError) in
            guard let range = try scanner.number() else { return }
            values.append(try scanner.text(range))
        }
        return values
    }
}

extension LiteLLMReader {
    /// `volume_tiers`: the marginal rates of one quantity, under the key of the rate that they replace.
    mutating func readVolumeTiers(_ scanner: inout JSONScanner) throws(PriceBookError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            report("volume_tiers", "is no object")
            return try scanner.skipValue()
        }
        var found: [VolumeTiers] = []
        try scanner.object { (scanner, name) throws(PriceBookError) in
            let key = try scanner.text(name)
            guard scanner.peek() == UInt8(ascii: "[") else {
                report("volume_tiers.\(key)", "is no list of tiers")
                return try scanner.skipValue()
            }
            var volume = VolumeTiers(key: key, tiers: [])
            var isWhole = true
            try scanner.array { (scanner) throws(PriceBookError) in
                if let tier = try readVolumeTier(key, &scanner) { volume.tiers.append(tier) } else { isWhole = false }
            }
            guard isWhole else { return }
            guard VolumeTiers.canTier(key) else { return report("volume_tiers.\(key)", "cannot have tiers") }
            guard volume.isWellFormed else {
                return report("volume_tiers.\(key)", "does not ascend to a last tier without an end")
            }
            found.append(volume)
        }
        if found.count > 1 { report("volume_tiers", "has more than one quantity") }
        entry.extras.orEmpty.volumeTiers = found.first
    }

    /// One tier; `nil`, with an issue, when it is none.
    private mutating func readVolumeTier(
        _ key: String,
        _ scanner: inout JSONScanner
    ) throws(PriceBookError) -> VolumeTiers.Tier? {
        guard scanner.peek() == UInt8(ascii: "{") else {
            report("volume_tiers.\(key)", "has a tier that is no object")
            try scanner.skipValue()
            return nil
        }
        var (rate, upTo): (Rate?, Int64?)
        var isUsable = true
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "rate": rate = try self.rate("volume_tiers.\(key).rate", &scanner)
            case "up_to":
                let range = try scanner.number()
                upTo = range.flatMap { Self.limit(scanner.slice($0)) }
                if upTo == nil {
                    report("volume_tiers.\(key).up_to", "is no positive whole number up to 10^12")
                    isUsable = false
                }
            default: try scanner.skipValue()
            }
        }
        guard let rate else {
            report("volume_tiers.\(key)", "has a tier without a rate")
            return nil
        }
        return isUsable ? VolumeTiers.Tier(upTo: upTo, rate: rate) : nil
    }

    private static func limit(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int64? {
        guard let value = DecimalText.parse(text, scale: 0), value > 0, value <= 1_000_000_000_000 else { return nil }
        return Int64(value)
    }
}
