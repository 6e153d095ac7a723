import Domain
import PriceBook
import PriceDesk
import Testing

/// What the reader makes of a file that is as it should be.
@Suite struct ReaderTests {
    private func rates(_ fields: String) throws -> [String: String] {
        let catalogue = try Sample.catalogue(Sample.text(Sample.price(fields)))
        let rates = try #require(catalogue.entries.first).price.flatRates
        return Dictionary(uniqueKeysWithValues: rates.map { ($0.name, $0.rate.text) })
    }

    @Test(arguments: [
        ("0.1", "0.1"), ("'0.10'", "0.1"), ("1e-7", "0.0000001"), ("{usd: 0.1}", "0.1"), ("0", "0"),
        ("{usd: 16, per: million}", "16/1000000"), ("{usd: 0.5, per: 4 thousand}", "0.5/4000"),
        ("0.000000000000000000000000001", "0.000000000000000000000000001"),
        ("3.1415926535897932384626433", "3.1415926535897932384626433"),
    ])
    func `a number is what its digits say`(_ written: String, _ rate: String) throws {
        #expect(try rates("rates: {characters: \(written)}") == ["input_cost_per_character": rate])
    }

    @Test func `quantities become the map's keys, and its keys stay what they are`() throws {
        let fields = """
            rates: {input_tokens: {usd: 2, per: million}, cache_read_tokens: 0.1, seconds: {usd: 0.22, per: hour}, \
            output_cost_per_token_above_200k_tokens: 3}, custom: {agent_minutes: 0.5}
            """
        #expect(
            try rates(fields) == [
                "input_cost_per_token": "2/1000000", "cache_read_input_token_cost": "0.1",
                "input_cost_per_second": "0.22/3600", "output_cost_per_token_above_200k_tokens": "3",
                "custom.agent_minutes": "0.5",
            ]
        )
    }

    @Test func `tiers keep their order and ends`() throws {
        let fields = "rates: {seconds: [{up_to: 60 minutes, usd: 0}, {up_to: 5000, usd: 1, per: minute}, {usd: 0.5}]}"
        #expect(
            try rates(fields) == [
                "volume_tiers.input_cost_per_second.up_to_3600": "0",
                "volume_tiers.input_cost_per_second.up_to_5000": "1/60",
                "volume_tiers.input_cost_per_second.beyond": "0.5",
            ]
        )
    }

    @Test func `a version ends where the next begins, whatever their order`() throws {
        let prices = ["2026-03-01", "always", "2026-01-01T12:00:00Z"].map { start in
            "  - {provider: p, model: m, mode: chat, valid_from: \(start), source: s, evidence: recalled, "
                + "seen: 2026-01, rates: {input_tokens: 1}}\n"
        }
        let found = try Sample.catalogue(Sample.text(prices.joined())).prices()
        #expect(found.map { $0.validFrom?.rfc3339 } == ["2026-03-01T00:00:00Z", nil, "2026-01-01T12:00:00Z"])
        #expect(found.map { $0.validTo?.rfc3339 } == [nil, "2026-01-01T12:00:00Z", "2026-03-01T00:00:00Z"])
    }

    @Test(arguments: [
        ("p", "x-voice-1", "m"), ("p", "P/X-Voice-1", "m"), ("other", "m", "m"), ("other", "other/m", "m"),
        ("p", "x-voice-special-1", "n"), ("p", "alias", "m"),
    ])
    func `the closest name wins, in any case`(_ provider: String, _ name: String, _ model: String) throws {
        let catalogue = try Sample.catalogue(
            "providers: {p: [other]}\n"
                + Sample.text(
                    Sample.price("rates: {characters: 1}, aliases: ['*-voice-*', alias]")
                        + "  - {provider: p, model: n, \(Sample.rest), rates: {characters: 1}, "
                        + "aliases: ['*-voice-special-*']}\n"
                )
        )
        #expect(catalogue.names.match(provider: provider, model: name)?.model == model)
        #expect(catalogue.names.match(provider: "p", model: "m") == nil)
        #expect(catalogue.names.match(provider: "q", model: name) == nil)
    }
}
