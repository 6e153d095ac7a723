import Domain
import PriceBook
import Testing

/// What the vectors do not cover.
@Suite struct UncoveredRuleTests {
    @Test func `the decisions tier has rates of its own, above a threshold too`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 1e-6, "input_cost_per_token_decisions": 2e-6, "output_cost_per_token": 3e-6,
            "input_cost_per_token_above_272k_tokens": 4e-6, "input_cost_per_token_above_272k_tokens_decisions": 5e-6
            """
        )
        #expect(plan.exact(request([.inputTokens: 10, .outputTokens: 1], tier: "decisions")) == "0.000023")
        #expect(plan.exact(request([.inputTokens: 272_001], tier: "decisions")) == "1.360005")
        #expect(plan.exact(request([.inputTokens: 272_001])) == "1.088004")
    }

    @Test func `tokens of an explicit cache have their own rate within the cache`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 8e-6, "cache_read_input_token_cost": 4e-6,
            "explicit_cache_read_input_token_cost": 1e-6, "output_cost_per_token": 1e-6
            """
        )
        let call = request(
            [.inputTokens: 100, .cacheReadTokens: 60],
            custom: ["explicit_cache_read_tokens": 50]
        )
        #expect(plan.exact(call) == "0.00041")
        #expect(plan.cost(of: call).state == .priced)
    }

    @Test func `cached images are read from the cache at their own rate and not billed again as images`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 1e-6, "cache_read_input_token_cost": 1e-7, "input_cost_per_image_token": 5e-6,
            "cache_read_input_image_token_cost": 5e-7, "output_cost_per_token": 1e-6
            """
        )
        let call = request(
            [.inputTokens: 1_000, .cacheReadTokens: 600, .imageInputTokens: 700],
            custom: ["cached_image_tokens": 500]
        )
        // 200 text, 100 cached text, 500 cached image, 200 image.
        #expect(plan.exact(call) == "0.00146")
    }

    @Test func `a fee for each request counts once when the number is not reported`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_request\": 0.005, \"input_cost_per_token\": 0.0, \"output_cost_per_token\": 1e-6"
        )
        #expect(plan.exact(request([.inputTokens: 10, .outputTokens: 10])) == "0.00501")
        #expect(plan.exact(request([.inputTokens: 10, .outputTokens: 10, .requests: 3])) == "0.01501")
    }

    @Test func `text messages of a voice model are billed beside its seconds`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_second\": 0.001333333333333, \"input_cost_per_text_message\": 0.004",
            mode: "realtime"
        )
        #expect(plan.exact(request([.seconds: 3])) == "0.003999999999999")
        #expect(plan.exact(request([:], custom: ["text_messages": 2])) == "0.008")
        #expect(plan.exact(request([.seconds: 3], custom: ["text_messages": 2])) == "0.011999999999999")
    }

    @Test(arguments: [(0, "0.005"), (8, "0.005"), (9, "0.01"), (15, "0.01"), (16, "0.02")])
    func `the interval of a video picks its price`(_ interval: Int64, _ cost: String) throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_video_per_second": 0.0005, "input_cost_per_video_per_second_above_8s_interval": 0.001,
            "input_cost_per_video_per_second_above_15s_interval": 0.002, "input_cost_per_token": 1e-6
            """,
            mode: "embedding"
        )
        let call = request([.videoSeconds: 10], custom: ["video_interval_seconds": interval])
        #expect(plan.exact(call) == cost)
    }

    @Test(arguments: ["Asia/Shanghai": "0.0001", "UTC": "0.001", "Mars/Olympus": "0.001"])
    func `the weekday of an off-peak window is read in its zone`(_ zone: String, _ cost: String) throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "off_peak_pricing": {
              "input_cost_per_token": 1e-7, "weekday_timezone": "\(zone)",
              "windows": [{"hours_utc": "00:00-00:00", "weekdays": [6, "sunday"]}]}
            """
        )
        // Friday 2026-11-20 17:00 in UTC is Saturday 01:00 in Shanghai.
        let call = request([.inputTokens: 1_000], at: Timestamp(seconds: 1_795_194_000))
        #expect(plan.exact(call) == cost)
        #expect(plan.cost(of: call).provenance.flags.contains(.unknownTimeZone) == (zone == "Mars/Olympus"))
    }

    @Test(arguments: [
        ("2026-11-18T16:29:59Z", "0.001"), ("2026-11-18T16:30:00Z", "0.0001"), ("2026-11-18T23:59:59Z", "0.0001"),
        ("2026-11-19T00:00:00Z", "0.0001"), ("2026-11-19T00:29:59Z", "0.0001"), ("2026-11-19T00:30:00Z", "0.001"),
    ])
    func `a window past midnight is open from its start until before its end`(_ time: String, _ cost: String) throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6,
            "off_peak_pricing": {"input_cost_per_token": 1e-7, "hours_utc": "16:30-00:30"}
            """
        )
        let occurred = try #require(Timestamp(rfc3339: time))
        #expect(plan.exact(request([.inputTokens: 1_000], at: occurred)) == cost)
    }

    @Test func `cached audio and images without rates of their own cost what cached text costs`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 8e-6, "cache_read_input_token_cost": 1e-6, "input_cost_per_audio_token": 2e-5
            """
        )
        let call = request([
            .inputTokens: 100, .cacheReadTokens: 50, .audioInputTokens: 40, .cachedAudioTokens: 30,
        ])
        // 40 text, 20 cached text, 30 cached audio, 10 audio.
        #expect(plan.exact(call) == "0.00057")
    }

    @Test func `an hour of cache writes in a batch costs half of its price`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 4e-6, "input_cost_per_token_batches": 2e-6, "output_cost_per_token": 1e-6,
            "cache_creation_input_token_cost": 5e-6, "cache_creation_input_token_cost_batches": 2.5e-6,
            "cache_creation_input_token_cost_above_1hr": 8e-6
            """
        )
        let call = request(
            [.inputTokens: 100, .cacheWriteTokens: 100, .cacheWrite1hTokens: 60],
            tier: "batch"
        )
        #expect(
            plan.keys(call) == [
                "cache_write cache_creation_input_token_cost_batches",
                "cache_write_1h cache_creation_input_token_cost_above_1hr/2",
            ]
        )
        #expect(plan.exact(call) == "0.00034")
    }

    @Test func `a batch above a threshold without a batch price costs half of the long-context price`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token": 4e-6, "input_cost_per_token_batches": 1e-6, "output_cost_per_token": 1e-6,
            "input_cost_per_token_above_200k_tokens": 7e-6
            """
        )
        #expect(plan.exact(request([.inputTokens: 200_000], tier: "batch")) == "0.2")
        #expect(plan.exact(request([.inputTokens: 200_001], tier: "batch")) == "0.7000035")
    }

    @Test func `half of an odd rate is exact`() throws {
        let plan = try TestMap.plan(
            "\"input_cost_per_token\": 0.000000000000000000000000003, \"output_cost_per_token\": 1e-6"
        )
        let call = request([.inputTokens: 1], tier: "batch")
        #expect(plan.exact(call) == "0.0000000000000000000000000015")
        #expect(plan.explain(call).components.first?.unitPrice == "0.0000000000000000000000000015")
    }

    @Test func `of several thresholds the highest that was passed holds`() throws {
        let plan = try TestMap.plan(
            """
            "input_cost_per_token_above_200k_tokens": 3e-6, "input_cost_per_token_above_128k_tokens": 2e-6,
            "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "output_cost_per_token_above_128k_tokens": 4e-6
            """
        )
        #expect(plan.exact(request([.inputTokens: 128_000, .outputTokens: 1])) == "0.128001")
        #expect(plan.exact(request([.inputTokens: 128_001, .outputTokens: 1])) == "0.256006")
        #expect(plan.exact(request([.inputTokens: 200_001, .outputTokens: 1])) == "0.600007")
    }
}
