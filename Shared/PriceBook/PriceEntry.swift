package import Domain

/// The prices of one model in one source, as they are written there.
///
/// It carries its validity, so that several versions of a key can stand side by side. Rates and names are kept in one
/// order whatever the order in the source, so that equal prices are equal entries.
package struct PriceEntry: Hashable, Sendable {
    /// The key in the source.
    package var key: String
    /// Who bills, in lower case, for example `vertex_ai-anthropic_models`.
    package var provider: String
    /// What the model does, for example `chat`.
    package var mode: String?
    /// From when the prices hold, inclusive; `nil` for ever before.
    package var validFrom: Timestamp?
    /// Until when the prices hold, exclusive; `nil` for ever after.
    package var validTo: Timestamp?
    /// Rates of known quantities.
    var rates: [KeyedRate] = []
    /// What only few entries have.
    var extras: PriceExtras?

    init(key: String, provider: String) {
        self.key = key
        self.provider = provider
    }

    /// A rate and its key.
    struct KeyedRate: Hashable, Sendable {
        var key: RateKey
        var rate: Rate
    }

    /// The rate of a key.
    func rate(_ key: RateKey) -> Rate? {
        rates.first { $0.key == key }?.rate
    }

    /// Sets one rate, the rest stays: what an override does.
    mutating func set(_ rate: Rate, for key: RateKey) {
        if let index = rates.firstIndex(where: { $0.key == key }) {
            rates[index].rate = rate
        } else {
            rates.append(KeyedRate(key: key, rate: rate))
        }
    }

    /// Brings rates and names into the one order.
    mutating func sort() {
        rates.sort { $0.key < $1.key }
        extras?.sort()
    }

    /// Whether one of its rates depends on the volume of a calendar month.
    package var hasVolumeTiers: Bool { extras?.volumeTiers != nil }

    /// Whether the entry has any price at all.
    package var hasPrice: Bool {
        !rates.isEmpty || extras?.hasPrice == true
    }

    /// Whether the entry has prices and all of them are zero.
    package var isFree: Bool {
        hasPrice && rates.allSatisfy(\.rate.isFree) && extras?.isFree != false
    }

    /// Whether the time is within the validity.
    package func isValid(at time: Timestamp) -> Bool {
        validFrom.map { $0 <= time } != false && validTo.map { time < $0 } != false
    }
}
