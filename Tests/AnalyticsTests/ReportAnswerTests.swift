import Domain
import Ledger
import ServiceRuntime
import Testing

@testable import Analytics

@Suite struct ReportAnswerTests {
    @Test func `a sum beyond 64 bits is written as the number that it is`() throws {
        let tokens = 2 * Int128(Int64.max)
        let totals = LedgerTotals(events: 1, inputTokens: tokens, outputTokens: tokens)
        var writer = JSONWriter()
        writer.object(totals: totals)
        let body = try JSONValue(parsing: writer.bytes)
        #expect(body["input_tokens"]?.numberText == "18446744073709551614")
        #expect(body["output_tokens"]?.numberText == "18446744073709551614")
        let cost = LedgerTotals(cost: MoneySum(picoDollars: tokens), inputTokens: tokens, outputTokens: tokens)
        #expect(UnitCost.perThousandTokens(cost) == MoneySum(picoDollars: 500))
    }
}
