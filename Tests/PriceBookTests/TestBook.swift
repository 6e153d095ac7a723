import Domain
import PriceBook
import Testing

/// Books of several sources and times, written in the test that needs them.
enum TestBook {
    /// One version; times are days of 2026, counted from 0.
    static func version(
        _ source: PriceSource,
        _ key: String,
        _ fields: String,
        provider: String = "p",
        from: Int64? = nil,
        to: Int64? = nil,
        recorded: Int64 = 0,
        workspace: String? = nil
    ) throws -> PriceVersion {
        PriceVersion(
            source: source,
            workspace: workspace,
            entry: try PriceEntry(
                key: key,
                json: Array("{\"litellm_provider\": \"\(provider)\"\(fields.isEmpty ? "" : ", ")\(fields)}".utf8),
                validFrom: from.map(day),
                validTo: to.map(day)
            ),
            recordedAt: day(recorded)
        )
    }

    /// The start of a day of 2026 (UTC), counted from 0.
    static func day(_ number: Int64) -> Timestamp {
        Timestamp(seconds: 1_767_225_600 + number * 86_400)
    }

    /// The price of an input token, as the rate's only field.
    static func input(_ rate: String) -> String { "\"input_cost_per_token\": \(rate)" }
}

extension PriceBook {
    /// The exact cost of a million input tokens of `p`'s model; `nil` when it is unpriced.
    func exact(_ model: String = "m", day: Int64, workspace: String? = nil) -> String? {
        explain(model, at: TestBook.day(day), workspace: workspace).exactCost
    }

    /// The cost of a million input tokens of `p`'s model.
    func explain(_ model: String = "m", at time: Timestamp, workspace: String? = nil) -> CostExplanation {
        let call = request([.inputTokens: 1_000_000], at: time)
        return PlanCache(self).explain(provider: "p", model: model, workspace: workspace, call)
    }
}
