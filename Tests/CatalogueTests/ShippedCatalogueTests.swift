import CoreMetrics
import Domain
import Logging
import PriceBook
import PriceDesk
import TestSupport
import Testing

/// What the shipped file says, computed by hand from the figures of its sources.
@Suite struct ShippedCatalogueTests {
    private let catalogue: Catalogue

    init() throws {
        catalogue = try Shipped.catalogue()
    }

    @Test func `every entry reads and says where it is from`() throws {
        #expect(catalogue.entries.count == 67)
        for entry in catalogue.entries {
            #expect(entry.price.hasPrice)
            #expect(entry.price.key == "\(entry.provider)/\(entry.model)")
            #expect(!entry.source.isEmpty)
        }
        #expect(catalogue.entries.filter { $0.evidence == .recalled }.map(\.model) == ["instant-custom-voice"])
        #expect(catalogue.plans["elevenlabs"]?.standard == "scale")
    }

    @Test(arguments: ["api", "business", "creator", "pro", "scale"])
    func `with every plan each model has one price at a time`(_ plan: String) throws {
        let prices = try catalogue.prices(choosing: ["elevenlabs": plan])
        for versions in Dictionary(grouping: prices, by: \.key).values {
            for time in [0, 1_780_000_000, 1_783_000_000, 1_795_000_000].map(Timestamp.init(seconds:)) {
                #expect(versions.filter { $0.isValid(at: time) }.count <= 1)
            }
        }
    }

    @Test(arguments: [
        // Half a credit a character, 0.18 USD per 1,000 credits.
        ("scale", "eleven_flash_v2_5", "0.09"), ("creator", "eleven_turbo_v2", "0.15"),
        ("pro", "eleven_flash_v2", "0.12"),
        ("business", "eleven_v3", "0.12"), ("creator", "eleven_multilingual_v2", "0.3"),
        ("api", "eleven_flash_v2_5", "0.04"), ("api", "eleven_multilingual_v2", "0.08"), ("scale", "eleven_v4", "0.08"),
    ])
    func `a thousand characters cost what the plan says`(_ plan: String, _ model: String, _ usd: String) throws {
        let list = try PriceList(catalogue, choosing: ["elevenlabs": plan])
        #expect(list.cost("elevenlabs", model, .characters, 1_000) == usd)
    }

    @Test func `a price changes at the first moment of its day and not before`() throws {
        let list = try PriceList(catalogue, choosing: ["elevenlabs": "api"])
        let october = Timestamp(seconds: 1_790_812_800)
        #expect(october.rfc3339 == "2026-10-01T00:00:00Z")
        let before = october.adding(microseconds: -1)
        #expect(list.cost("elevenlabs", "eleven_v3", .characters, 1_000, at: before) == "0.1")
        #expect(list.cost("elevenlabs", "eleven_v3", .characters, 1_000, at: october) == "0.08")
        let launch = Timestamp(seconds: 1_791_763_200)
        #expect(launch.rfc3339 == "2026-10-12T00:00:00Z")
        let justBefore = launch.adding(microseconds: -1)
        #expect(list.cost("elevenlabs", "eleven_v4", .characters, 1_000, at: justBefore) == "0.022")
        #expect(list.cost("elevenlabs", "eleven_v4", .characters, 1_000, at: launch) == "0.08")
    }

    @Test func `an hourly price of seconds is divided once`() throws {
        let list = try PriceList(catalogue, choosing: ["elevenlabs": "api"])
        #expect(list.cost("elevenlabs", "scribe_v2", .seconds, 3_600) == "0.22")
        #expect(list.cost("elevenlabs", "scribe_v1", .seconds, 36_000) == "2.2")
        #expect(list.cost("elevenlabs", "scribe_v2_realtime", .seconds, 1_800) == "0.195")
    }

    @Test func `custom quantities of a transcription come on top`() throws {
        let list = try PriceList(catalogue, choosing: ["elevenlabs": "api"])
        let usage = Usage(
            items: [Usage.Item(.seconds, Amount(units: 7_200))],
            custom: [
                Usage.NamedItem("entity_detection_seconds", Amount(units: 7_200)),
                Usage.NamedItem("keyterm_seconds", Amount(units: 3_600)),
            ]
        )
        // 0.44 + 0.14 + 0.05
        #expect(list.cost("elevenlabs", "scribe_v2", usage) == "0.63")
    }

    @Test(arguments: [
        ("agents", UsageQuantity.seconds, Int64(90), "0.12"), ("conversational_ai", .seconds, 60, "0.08"),
        ("agents", .audioSeconds, 60, "0.08"), ("music_v1", .seconds, 60, "0.15"), ("music", .audioSeconds, 120, "0.3"),
        ("eleven_text_to_sound_v2", .requests, 5, "0.6"), ("dubbing", .seconds, 600, "3.3"),
        ("dubbing_v2", .seconds, 60, "2.2"), ("eleven_multilingual_sts_v2", .audioSeconds, 30, "0.06"),
        ("voice_isolator", .seconds, 60, "0.12"),
    ])
    func `what is billed by the minute or piece`(
        _ model: String,
        _ quantity: UsageQuantity,
        _ units: Int64,
        _ usd: String
    ) throws {
        #expect(try PriceList(catalogue).cost("elevenlabs", model, quantity, units) == usd)
    }

    @Test(arguments: [
        ("en-US-Standard-A", "standard", "4"), ("en-GB-Wavenet-B", "wavenet", "4"),
        ("en-US-Neural2-A", "neural2", "16"),
        ("es-US-Polyglot-1", "polyglot", "16"), ("en-US-Studio-O", "studio", "160"),
        ("cmn-CN-Chirp3-HD-Kore", "chirp3-hd", "30"), ("en-US-Chirp-HD-F", "chirp-hd", "30"),
        ("en-US-Journey-D", "chirp-hd", "30"), ("es-419-Chirp3-HD-Aoede", "chirp3-hd", "30"),
    ])
    func `a voice is priced as its family`(_ voice: String, _ family: String, _ usd: String) throws {
        let list = try PriceList(catalogue)
        for provider in ["google_tts", "google_cloud_tts", "gcp_tts", "Google_TTS"] {
            #expect(catalogue.names.match(provider: provider, model: voice)?.model == family)
            // A million characters beyond the month's free ones.
            #expect(list.cost(provider, voice, .characters, 1_000_000, after: 4_000_000) == usd)
            #expect(list.cost(provider, "\(provider)/\(voice)", .characters, 1_000_000, after: 4_000_000) == usd)
        }
        #expect(list.cost("google_tts", family, .characters, 1_000_000, after: 4_000_000) == usd)
    }

    @Test func `what no family fits stays unpriced`() throws {
        let list = try PriceList(catalogue)
        for voice in ["en-US-Neural9-A", "en-US-Neural2-", "-Neural2-A", "latest_long", ""] {
            #expect(list.cost("google_tts", voice, .characters, 10) == nil)
        }
        #expect(list.cost("google_stt", "latest_long", .seconds, 10) == nil)
        #expect(list.cost("openai", "en-US-Neural2-A", .characters, 10) == nil)
    }

    @Test func `characters are free up to the month's allowance, to the character`() throws {
        let list = try PriceList(catalogue)
        #expect(list.cost("google_tts", "en-US-Neural2-A", .characters, 1_000_000) == "0")
        #expect(list.cost("google_tts", "en-US-Neural2-A", .characters, 1_000_001) == "0.000016")
        #expect(list.cost("google_tts", "en-US-Neural2-A", .characters, 3, after: 999_999) == "0.000032")
        #expect(list.cost("google_tts", "en-US-Standard-A", .characters, 5_000_000) == "4")
        #expect(list.cost("google_tts", "instant_custom_voice", .characters, 500_000) == "30")
    }

    @Test func `transcription tiers are marginal over the month`() throws {
        let list = try PriceList(catalogue)
        let minute: Int64 = 60
        // V1: 60 minutes free, then 0.024 USD a minute.
        #expect(list.cost("google_stt", "v1/latest_long", .seconds, 60 * minute) == "0")
        #expect(list.cost("google_stt", "video", .seconds, 90 * minute) == "0.72")
        #expect(list.cost("gcp_stt", "v1-logging/default", .seconds, 10 * minute, after: 55 * minute) == "0.08")
        // V2: 500,000 minutes at 0.016, 500,000 at 0.010, 1,000,000 at 0.008, the rest at 0.004.
        #expect(list.cost("google_stt", "chirp_3", .seconds, 500_000 * minute) == "8000")
        #expect(list.cost("google_stt", "chirp_3", .seconds, 600_000 * minute) == "9000")
        #expect(list.cost("google_stt", "long", .seconds, 2 * minute, after: 499_999 * minute) == "0.026")
        #expect(list.cost("google_stt", "v2/short", .seconds, 2_500_000 * minute) == "23000")
        #expect(list.cost("google_stt", "v2-dynamic-batch/long", .seconds, 100 * minute) == "0.3")
        #expect(list.cost("google_stt", "v1/medical_dictation", .seconds, 100 * minute) == "7.8")
    }

    @Test func `parts of a month cost what the month costs at once`() throws {
        let text = Sample.text(
            """
              - {provider: p, model: m, mode: audio_transcription, valid_from: always, source: test, evidence: seen,
                 seen: 2026-11-01, rates: {seconds: [{up_to: 60 minutes, usd: 0},
                 {up_to: 500000 minutes, usd: 0.016, per: minute}, {usd: 0.010, per: minute}]}}

            """
        )
        let list = try PriceList(try Sample.catalogue(text))
        // 60 free, 499,940 at 0.016 = 7,999.04, 100,000 at 0.010 = 1,000.
        #expect(list.cost("p", "m", .seconds, 600_000 * 60) == "8999.04")
        var (volume, sum): (Int64, Int128) = (0, 0)
        for minutes: Int64 in [59, 2, 499_938, 2, 99_999] {
            let cost = try #require(list.cost("p", "m", .seconds, minutes * 60, after: volume))
            sum += try #require(DecimalText.parse(cost.utf8, scale: 12))
            volume += minutes * 60
        }
        #expect(DecimalText.formatShortest(sum, scale: 12) == "8999.04")
    }
}

/// The shipped catalogue, read as the service reads it.
enum Shipped {
    static func catalogue() throws -> Catalogue {
        try CatalogueSource(.init(), metrics: NOOPMetricsHandler.instance, logger: .quiet).current.catalogue
    }
}
