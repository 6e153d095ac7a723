import Domain

/// Reads LiteLLM's price map: an object of model names with their prices.
///
/// Fields that say nothing about prices are skipped; a rate that is negative or no number is left out and reported.
struct LiteLLMReader {
    private(set) var entries: [PriceEntry] = []
    var issues: [PriceBookIssue] = []
    private var fields = FieldTable()
    var entry = PriceEntry(key: "", provider: "")

    /// Keys of the map that are no models.
    private static let notModels: Set<String> = ["sample_spec", "fallback_generalizations"]
    /// What stands before the name of a multiplier of `provider_specific_entry`.
    static let providerSpecificPrefix = "provider_specific_entry."

    /// Reads a whole map into `entries`.
    mutating func readMap(_ scanner: inout JSONScanner) throws(PriceBookError) {
        entries.reserveCapacity(5_000)
        var places: [String: Int] = [:]
        try scanner.object { (scanner, range) throws(PriceBookError) in
            let key = try scanner.text(range)
            guard !Self.notModels.contains(key), scanner.peek() == UInt8(ascii: "{") else {
                return try scanner.skipValue()
            }
            try readEntry(key, &scanner)
            guard !entry.provider.isEmpty else { return }
            // Such a name can be stored nowhere, and is no model's.
            guard Self.isName(key), Self.isName(entry.provider) else { return report("", "is no name") }
            // Of a key that stands twice the later prices hold, as JSON parsers have it.
            if let place = places[key] {
                entries[place] = entry
                report("", "stands twice")
            } else {
                places[key] = entries.count
                entries.append(entry)
            }
        }
        guard !entries.isEmpty else { throw PriceBookError(.empty, "the map holds no model") }
    }

    /// Whether a text can be the name of a model or a provider: 1 to 512 bytes without control characters.
    private static func isName(_ text: String) -> Bool {
        (1...512).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// Reads the prices of one model; any issue is an error.
    mutating func readContent(_ key: String, _ scanner: inout JSONScanner) throws(PriceBookError) -> PriceEntry {
        issues = []
        try readEntry(key, &scanner)
        if let issue = issues.first {
            throw PriceBookError(.unusable, "\(key): \(issue.field) \(issue.problem)")
        }
        guard !entry.provider.isEmpty else {
            throw PriceBookError(.unusable, "\(key): litellm_provider is missing")
        }
        return entry
    }

    private mutating func readEntry(_ key: String, _ scanner: inout JSONScanner) throws(PriceBookError) {
        entry = PriceEntry(key: key, provider: "")
        try scanner.object { (scanner, range) throws(PriceBookError) in
            try readField(fields.kind(of: range, in: scanner), &scanner)
        }
        entry.sort()
    }

    private mutating func readField(
        _ kind: FieldTable.Kind,
        _ scanner: inout JSONScanner
    ) throws(PriceBookError) {
        switch kind {
        case .ignored: try scanner.skipValue()
        case .provider: entry.provider = try scanner.text(scanner.string()).lowercased()
        case .mode: entry.mode = try optionalString(&scanner)
        case .rate(let rateKey):
            guard let rate = try self.rate(rateKey.name, &scanner) else { return }
            entry.set(rate, for: rateKey)
        case .named(let name):
            guard let rate = try self.rate(name, &scanner) else { return }
            entry.extras.orEmpty.named.set(rate, for: name)
        case .multiplier(let name):
            guard let factor = try multiplier(name, &scanner) else { return }
            entry.extras.orEmpty.multipliers[name] = factor
        case .searchContext: entry.extras.orEmpty.searchContext = try namedRates(&scanner)
        case .guardrail: entry.extras.orEmpty.guardrail = try namedRates(&scanner)
        case .custom: entry.extras.orEmpty.custom = try namedRates(&scanner)
        case .volumeTiers: try readVolumeTiers(&scanner)
        case .providerSpecific: try readProviderSpecific(&scanner)
        case .searchBilling:
            entry.extras.orEmpty.billsEachSearch = try optionalString(&scanner) == "per_query"
        case .tiers: try readTiers(&scanner)
        case .offPeak: try readOffPeak(&scanner)
        }
    }

    /// Reads a rate; `nil`, with an issue, when the value is none.
    ///
    /// JSON `null` is no rate and no issue.
    mutating func rate(_ name: String, _ scanner: inout JSONScanner) throws(PriceBookError) -> Rate? {
        let isNull = scanner.peek() == UInt8(ascii: "n")
        // Python's writer says NaN and Infinity, which are no JSON; only that one rate is at fault.
        if let range = try scanner.number() {
            if let rate = Rate(text: scanner.slice(range)) { return rate }
            if Rate.vanishes(scanner.slice(range)) {
                report(name, "is less than 10^-27 USD, which cannot be kept; what is free is 0")
                return nil
            }
        }
        if !isNull { report(name, "is no non-negative number") }
        return nil
    }

    /// Notes what cannot be used.
    mutating func report(_ field: String, _ problem: String) {
        issues.append(PriceBookIssue(key: entry.key, field: field, problem: problem))
    }

    func optionalString(_ scanner: inout JSONScanner) throws(PriceBookError) -> String? {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            return nil
        }
        return try scanner.text(scanner.string())
    }

    /// A positive factor in 10⁻⁶; anything else is not a factor.
    private mutating func multiplier(
        _ name: String,
        _ scanner: inout JSONScanner
    ) throws(PriceBookError) -> Int64? {
        guard let range = try scanner.number() else { return nil }
        let value = DecimalText.parse(scanner.slice(range), scale: 6)
        // Texts and zeros beside the factors of a provider are no prices.
        guard let value, value > 0 else { return nil }
        guard value <= 1_000_000_000 else {
            report(name, "is beyond 1000")
            return nil
        }
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
            rates.set(rate, for: name)
        }
        return rates
    }

    private mutating func readProviderSpecific(_ scanner: inout JSONScanner) throws(PriceBookError) {
        guard scanner.peek() == UInt8(ascii: "{") else { return try scanner.skipValue() }
        try scanner.object { (scanner, range) throws(PriceBookError) in
            let name = Self.providerSpecificPrefix + (try scanner.text(range)).lowercased()
            guard let factor = try multiplier(name, &scanner) else { return }
            entry.extras.orEmpty.multipliers[name] = factor
        }
    }
}

extension Optional where Wrapped == PriceExtras {
    /// The extras, made when there were none.
    var orEmpty: PriceExtras {
        get { self ?? PriceExtras() }
        set { self = newValue }
    }
}

extension [PriceExtras.NamedRate] {
    /// Sets the rate of a name; of a name that stands twice the later rate holds.
    mutating func set(_ rate: Rate, for name: String) {
        if let index = firstIndex(where: { $0.name == name }) {
            self[index].rate = rate
        } else {
            append(.init(name: name, rate: rate))
        }
    }
}
