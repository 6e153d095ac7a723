import Domain

/// Reads LiteLLM's price map: an object of model names with their prices.
///
/// Fields that say nothing about prices are skipped; a rate that is negative or no number is left out and reported.
struct LiteLLMReader {
    private(set) var entries: [PriceEntry] = []
    private(set) var issues: [PriceBookIssue] = []
    private var fields = FieldTable()
    private var entry = PriceEntry(key: "", provider: "")

    /// Keys of the map that are no models.
    private static let notModels: Set<String> = ["sample_spec", "fallback_generalizations"]

    mutating func read(_ scanner: inout JSONScanner) throws(PriceBookError) {
        entries.reserveCapacity(5_000)
        try scanner.object { (scanner, range) throws(PriceBookError) in
            let key = try scanner.text(range)
            guard !Self.notModels.contains(key), scanner.peek() == UInt8(ascii: "{") else {
                return try scanner.skipValue()
            }
            try readEntry(key, &scanner)
        }
        guard scanner.peek() == nil else { throw scanner.malformed("unexpected text after the map") }
        guard !entries.isEmpty else { throw PriceBookError(.empty, "the map holds no model") }
    }

    private mutating func readEntry(_ key: String, _ scanner: inout JSONScanner) throws(PriceBookError) {
        entry = PriceEntry(key: key, provider: "")
        try scanner.object { (scanner, range) throws(PriceBookError) in
            switch try fields.kind(of: range, in: scanner) {
            case .ignored: try scanner.skipValue()
            case .provider: entry.provider = try scanner.text(scanner.string()).lowercased()
            case .mode: entry.mode = try optionalString(&scanner)
            case .rate(let rateKey):
                guard let rate = try self.rate(rateKey.name, &scanner) else { return }
                entry.set(rate, for: rateKey)
            case .named(let name):
                guard let rate = try self.rate(name, &scanner) else { return }
                entry.extras.orEmpty.named.append(.init(name: name, rate: rate))
            case .multiplier(let name):
                entry.extras.orEmpty.multipliers[name] = try multiplier(&scanner)
            case .searchContext: entry.extras.orEmpty.searchContext = try namedRates(&scanner)
            case .guardrail: entry.extras.orEmpty.guardrail = try namedRates(&scanner)
            case .providerSpecific: try readProviderSpecific(&scanner)
            case .searchBilling:
                entry.extras.orEmpty.billsEachSearch = try optionalString(&scanner) == "per_query"
            case .tiers: try readTiers(&scanner)
            case .offPeak: try readOffPeak(&scanner)
            }
        }
        if !entry.provider.isEmpty { entries.append(entry) }
    }

    /// Reads a rate; `nil`, with an issue, when the value is none.
    ///
    /// JSON `null` is no rate and no issue.
    private mutating func rate(_ name: String, _ scanner: inout JSONScanner) throws(PriceBookError) -> Rate? {
        guard let range = try scanner.number() else { return nil }
        if let rate = Rate(usd: scanner.slice(range)) { return rate }
        issues.append(PriceBookIssue(key: entry.key, field: name, problem: "is no non-negative number"))
        return nil
    }

    private func optionalString(_ scanner: inout JSONScanner) throws(PriceBookError) -> String? {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            return nil
        }
        return try scanner.text(scanner.string())
    }

    /// A positive factor in 10⁻⁶.
    private func multiplier(_ scanner: inout JSONScanner) throws(PriceBookError) -> Int64? {
        guard
            let range = try scanner.number(), let value = DecimalText.parse(scanner.slice(range), scale: 6),
            value > 0, value <= 1_000_000_000
        else { return nil }
        return Int64(value)
    }

    private mutating func namedRates(
        _ scanner: inout JSONScanner
    ) throws(PriceBookError) -> [PriceExtras.NamedRate] {
        guard scanner.peek() == UInt8(ascii: "{") else {
            try scanner.skipValue()
            return []
        }
        var rates: [PriceExtras.NamedRate] = []
        try scanner.object { (scanner, range) throws(PriceBookError) in
            let name = try scanner.text(range)
            guard let rate = try self.rate(name, &scanner) else { return }
            rates.append(.init(name: name, rate: rate))
        }
        return rates
    }

    private mutating func readProviderSpecific(_ scanner: inout JSONScanner) throws(PriceBookError) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        try scanner.object { (scanner, range) throws(PriceBookError) in
            let name = "provider_specific_entry." + (try scanner.text(range)).lowercased()
            guard let factor = try multiplier(&scanner) else { return }
            entry.extras.orEmpty.multipliers[name] = factor
        }
    }
}

extension LiteLLMReader {
    /// `tiered_pricing`: tiers of input tokens (`range`) or of search results (`max_results_range`).
    private mutating func readTiers(_ scanner: inout JSONScanner) throws(PriceBookError) {
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
                    rates.append(.init(name: name, rate: rate))
                }
            }
            if range.count == 2, rates.contains(where: { $0.name == RateFamily.inputToken.rawValue }) {
                extras.tokenTiers.append(.init(start: range[0], end: range[1], rates: rates))
            }
            if results.count == 2, let rate = rates.first(where: { $0.name == RateFamily.inputQuery.rawValue }) {
                extras.searchTiers.append(.init(first: results[0], last: results[1], rate: rate.rate))
            }
        }
        extras.tokenTiers.sort { $0.start < $1.start }
        extras.searchTiers.sort { $0.first < $1.first }
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

    private mutating func readOffPeak(_ scanner: inout JSONScanner) throws(PriceBookError) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        var offPeak = OffPeakPricing()
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "hours_utc":
                let hours = try Self.texts(&scanner)
                offPeak.windows += hours.compactMap { .init(hours: $0, weekdays: OffPeakPricing.Window.everyDay) }
            case "weekday_timezone": offPeak.weekdayZone = try optionalString(&scanner)
            case "windows":
                try scanner.array { (scanner) throws(PriceBookError) in
                    offPeak.windows += try Self.windows(&scanner)
                }
            case let name:
                guard let rate = try self.rate(name, &scanner) else { return }
                offPeak.rates.append(.init(name: name, rate: rate))
            }
        }
        entry.extras.orEmpty.offPeak = offPeak
    }

    private static func windows(_ scanner: inout JSONScanner) throws(PriceBookError) -> [OffPeakPricing.Window] {
        var hours: [String] = []
        var weekdays = OffPeakPricing.Window.everyDay
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "hours_utc": hours = try texts(&scanner)
            case "weekdays":
                let bits = try texts(&scanner).compactMap(OffPeakPricing.Window.weekdayBit)
                weekdays = bits.reduce(0, |)
            default: try scanner.skipValue()
            }
        }
        return hours.compactMap { OffPeakPricing.Window(hours: $0, weekdays: weekdays) }
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

extension Optional where Wrapped == PriceExtras {
    /// The extras, made when there were none.
    var orEmpty: PriceExtras {
        get { self ?? PriceExtras() }
        set { self = newValue }
    }
}
