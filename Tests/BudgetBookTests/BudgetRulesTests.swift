import BudgetBook
import Domain
import ServiceRuntime
import Testing

@Suite struct `What a budget may be` {
    private func faults(_ change: (inout NewBudget) -> Void) -> [String] {
        var new = NewBudget(
            workspace: "acme",
            scope: Scope(type: .team, id: "growth"),
            period: .month,
            name: "Growth",
            limit: MoneySum(picoDollars: 1),
            action: .block,
            author: "ann"
        )
        change(&new)
        return new.faults.map(\.name)
    }

    @Test func `a limit is above zero and not absurd`() throws {
        let good = try ["0.000000000001", "100", "1000000000"].map { try #require(MoneySum(usd: $0)) }
        for limit in good { #expect(faults { $0.limit = limit }.isEmpty) }
        let bad = try ["0", "-1", "1000000000.000000000001", "1e20"].map { try #require(MoneySum(usd: $0)) }
        for limit in bad { #expect(faults { $0.limit = limit } == ["limit_usd"]) }
    }

    @Test(arguments: ["", "a\nb", "a\r\nBcc: x@example.com", "a\u{0}", "a\u{85}b", "a\u{2028}b"])
    func `a name breaks no line`(_ name: String) {
        #expect(faults { $0.name = name } == ["name"])
    }

    @Test func `a name has at most 128 characters`() {
        #expect(faults { $0.name = String(repeating: "ü", count: 128) }.isEmpty)
        #expect(faults { $0.name = String(repeating: "ü", count: 129) } == ["name"])
    }

    @Test(
        arguments: [
            ([], []), ([1, 1_000], []), ([100, 50], ["thresholds"]), ([50, 50], ["thresholds"]),
            ([50, 0], ["thresholds[1]"]), ([1_001], ["thresholds[0]"]), (Array(1...11), ["thresholds"]),
        ] as [([Int], [String])]
    )
    func `thresholds are percentages in order`(_ thresholds: [Int], _ expected: [String]) {
        #expect(faults { $0.thresholds = thresholds } == expected)
    }

    @Test(arguments: ["lead@example.com", "a.b+c@sub.example.co", "o'brien@xn--bcher-kva.example"])
    func `recipients are addresses`(_ address: String) {
        #expect(faults { $0.recipients = [address] }.isEmpty)
    }

    @Test(arguments: [
        "", "lead", "@example.com", "lead@", "lead@localhost", "a@b@example.com", "a b@example.com", ".a@example.com",
        "a..b@example.com", "lead@-example.com", "lead@example..com", "lead@example.com\r\nBcc: x@example.com",
        "lead@example.com\n", "Lead <lead@example.com>", "\"a b\"@example.com", "a,b@example.com",
        "lead@[127.0.0.1]", "lead@exämple.com", "a@\(String(repeating: "x", count: 64)).com",
    ])
    func `recipients that are no addresses are named`(_ text: String) {
        #expect(faults { $0.recipients = ["ok@example.com", text] } == ["recipients[1]"])
    }

    @Test func `recipients are few and different`() {
        #expect(faults { $0.recipients = ["a@example.com", "A@Example.com"] } == ["recipients"])
        #expect(faults { $0.recipients = (0...20).map { "a\($0)@example.com" } } == ["recipients"])
        #expect(faults { $0.recipients = (0..<20).map { "a\($0)@example.com" } }.isEmpty)
    }

    @Test(arguments: [
        (Scope(type: .workspace, id: "acme"), true), (Scope(type: .workspace, id: "other"), false),
        (Scope(type: .workspace, id: "*"), false), (Scope(type: .user, id: "*"), true),
        (Scope(type: .user, id: ""), false), (Scope(type: .user, id: "a\u{1F}b"), false),
        (Scope(type: .tag, id: "feature=summarise"), true), (Scope(type: .tag, id: "feature=*"), true),
        (Scope(type: .tag, id: "feature"), false), (Scope(type: .tag, id: "=x"), false),
        (Scope(type: .tag, id: "feature="), false), (Scope(type: .tag, id: "*"), false),
    ])
    func `scopes have values that events can have`(_ scope: Scope, _ isGood: Bool) {
        #expect(faults { $0.scope = scope } == (isGood ? [] : ["scope.id"]))
    }
}
