import ArgumentParser
import Domain
import Testing

@testable import OliverCommands

private func usd(_ text: String) throws -> MoneySum {
    try #require(MoneySum(usd: text))
}

private func invoice(_ csv: String) throws -> Invoice {
    try Invoice(csv: Array(csv.utf8), by: .model)
}

private func ledger(_ json: String) throws -> BreakdownAnswer {
    try ServiceAnswer(bytes: Array(json.utf8), base: "test").read()
}

private let november = """
    {"rows":[{"key":"gpt-4o","cost_usd":"100.000000000001","events":3,"share":0.9},
    {"key":"old","cost_usd":"2.500000000000","events":1,"share":0.1},
    {"key":"","cost_usd":"-1.000000000000","events":0,"share":0}],
    "other":null,"total":{"cost_usd":"101.500000000001","events":4}}
    """

@Suite struct `A provider's bill` {
    @Test func `adds the lines of a model up, exactly, and ignores other columns`() throws {
        let bill = try invoice("date, Model ,AMOUNT_USD\n1,gpt-4o,0.1\n2,gpt-4o,0.2\n3,\"o1, mini\",1e-12\n4,,-5\n")
        #expect(
            try bill.amounts == [
                "gpt-4o": usd("0.3"), "o1, mini": MoneySum(picoDollars: 1), "": usd("-5"),
            ]
        )
        #expect(try bill.total == usd("-4.699999999999"))
    }

    @Test func `may say the total only`() throws {
        for csv in ["total\n12.50\n", "period,amount_usd\nnov,12.50"] {
            let bill = try invoice(csv)
            #expect(bill.amounts == nil)
            #expect(try bill.total == usd("12.5"))
        }
    }

    @Test(arguments: [
        ("", 1, "empty"), ("model,cost\na,1", 1, "amount_usd"), ("model,total\na,1", 1, "amount_usd"),
        ("model,amount_usd,model\na,1,b", 1, "twice"), ("model,amount_usd\n", 1, "no lines"),
        ("model,amount_usd\na,1\nb,$2", 3, "'$2'"), ("model,amount_usd\na,\"1,000\"", 2, "not a number"),
        ("model,amount_usd\na,0.0000000000001", 2, "at most 12 decimals"), ("model,amount_usd\na", 2, "1 fields"),
        ("model,amount_usd\n\na,1,2", 3, "3 fields"), ("model,amount_usd\na,1000000000001", 2, "beyond"),
    ]) func `names the line of what is wrong`(csv: String, line: Int, words: String) {
        #expect { try invoice(csv) } throws: { error in
            guard let error = error as? CSVError else { return false }
            return error.line == line && error.description.contains(words)
        }
    }

    @Test func `names the file of what is wrong`() {
        #expect { try Invoice.read("/nowhere/bill.csv", by: .model) } throws: {
            "\($0)".contains("/nowhere/bill.csv cannot be read: No such file")
        }
    }
}

@Suite struct `A comparison of bill and ledger` {
    private func comparison(_ csv: String, tolerance: String = "0.01") throws -> InvoiceComparison {
        try InvoiceComparison(
            try invoice(csv),
            ledger: try ledger(november),
            by: .model,
            tolerance: try usd(tolerance)
        )
    }

    @Test func `lays every line of both sides beside each other, the largest difference first`() throws {
        let found = try comparison("model,amount_usd\ngpt-4o,110\nnew,3\n")
        #expect(
            try found.rows == [
                .init(key: "gpt-4o", ledger: usd("100.000000000001"), invoice: usd("110")),
                .init(key: "new", ledger: .zero, invoice: usd("3")),
                .init(key: "old", ledger: usd("2.5"), invoice: .zero),
                .init(key: "", ledger: usd("-1"), invoice: .zero),
            ]
        )
        #expect(found.rows.map(\.percentage) == ["9.09", "100.00", nil, nil])
        #expect(try found.total.difference == usd("11.499999999999"))
        #expect(!found.isEqual)
        let lines = found.table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines[0].starts(with: ["MODEL", "LEDGER", "USD"]))
        #expect(lines[1] == ["gpt-4o", "100.000000000001", "110.00", "+9.999999999999", "9.09", "differs"])
        #expect(lines[4] == ["(none)", "-1.00", "0.00", "+1.00", "-", "differs"])
        #expect(lines[5] == ["total", "101.500000000001", "113.00", "+11.499999999999", "10.18", "differs"])
    }

    @Test func `is equal to the last pico-dollar of the tolerance, and not beyond`() throws {
        let bill = "model,amount_usd\ngpt-4o,100.01\nold,2.5\n,-1"
        #expect(try comparison(bill).isEqual)
        #expect(try comparison(bill, tolerance: "0.009999999999").isEqual)
        #expect(try !comparison(bill, tolerance: "0.009999999998").isEqual)
    }

    @Test func `differs when no line does but their sum does`() throws {
        let bill = "model,amount_usd\ngpt-4o,100.01\nold,2.509\n,-1"
        let found = try comparison(bill)
        #expect(found.rows.allSatisfy { $0.difference <= MoneySum(picoDollars: 10_000_000_000) })
        #expect(!found.isEqual)
    }

    @Test func `compares the total only when the bill says nothing else`() throws {
        let found = try comparison("total\n101.50")
        #expect(found.rows.isEmpty)
        #expect(found.isEqual)
        #expect(found.adjustments.map(\.difference) == [MoneySum(picoDollars: -1)])
    }

    @Test func `refuses a report that does not show all of its lines`() throws {
        let report = try ledger(#"{"rows":[],"other":{"cost_usd":"1"},"total":{"cost_usd":"1"}}"#)
        #expect(throws: InvoiceTooLong.self) {
            try InvoiceComparison(
                try invoice("model,amount_usd\na,1"),
                ledger: report,
                by: .model,
                tolerance: .zero
            )
        }
        let total = try InvoiceComparison(try invoice("total\n1"), ledger: report, by: .model, tolerance: .zero)
        #expect(total.isEqual)
    }

    @Test func `percentages of credits have the right sign`() throws {
        let row = InvoiceComparison.Row(key: "a", ledger: try usd("-10"), invoice: try usd("-8"))
        #expect(try row.difference == usd("2"))
        #expect(row.percentage == "-25.00")
    }
}

@Suite struct `The command that compares bills` {
    private func command(_ arguments: String...) throws -> InvoiceCommand.Compare {
        let given = ["bill.csv", "--workspace", "acme", "--provider", "openai"] + arguments
        return try InvoiceCommand.Compare.parse(given)
    }

    @Test func `asks for the month in UTC and for all lines`() throws {
        let target = try command("--month", "2024-02").report.target
        #expect(
            target == "/v1/analytics/breakdown?by=model&limit=1000&workspace=acme&provider=openai"
                + "&from=2024-02-01T00%3A00%3A00Z&to=2024-03-01T00%3A00%3A00Z"
        )
        #expect(try command("--month", "2025-12").month.end.rfc3339 == "2026-01-01T00:00:00Z")
    }

    @Test func `adjusts each line by its difference, in the month wherever one lives`() throws {
        let command = try command("--month", "2024-02", "--adjust", "--reason", "Bill 7", "--key", "b7")
        let comparison = try InvoiceComparison(
            try invoice("model,amount_usd\ngpt-4o,100.000000000001\nold,2\n"),
            ledger: try ledger(november),
            by: .model,
            tolerance: .zero
        )
        let text = String(decoding: command.body(for: comparison), as: UTF8.self)
        #expect(
            text == #"{"workspace":"acme","reason":"Bill 7","key":"b7","items":["#
                + #"{"occurred_at":"2024-02-29T09:00:00Z","amount_usd":"1.000000000000","provider":"openai","#
                + #""reference":"bill.csv"},"#
                + #"{"occurred_at":"2024-02-29T09:00:00Z","amount_usd":"-0.500000000000","provider":"openai","#
                + #""model":"old","reference":"bill.csv"}]}"#
        )
    }

    @Test(arguments: [
        ["--month", "2026-13"], ["--month", "2026-1"], ["--month", "2024-02", "--tolerance", "-1"],
        ["--month", "2024-02", "--adjust"], ["--month", "2199-01", "--adjust", "--reason", "r", "--key", "k"],
    ]) func `refuses arguments that make no sense`(arguments: [String]) {
        #expect(throws: (any Error).self) {
            try InvoiceCommand.Compare.parse(["b.csv", "--workspace", "a", "--provider", "p"] + arguments)
        }
    }
}
