internal import ArgumentParser
internal import Domain
internal import ServiceRuntime

/// What providers bill.
struct InvoiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice",
        abstract: "Lays a provider's bill beside the ledger.",
        subcommands: [Compare.self]
    )
}

extension InvoiceDimension: ExpressibleByArgument {}

extension InvoiceCommand {
    struct Compare: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares a provider's bill of a month with the ledger, line by line.",
            discussion: """
                The file is a table with commas and a header: the columns model and amount_usd (others are ignored), or \
                total alone. Amounts are exact. Exits 0 when every line and the total are the same within the \
                tolerance, 2 when not. With --adjust what differs is added to the ledger, so that it says what the \
                bill says, and it exits 0.
                """
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "The bill, as comma-separated values.", completion: .file(extensions: ["csv"]))
        var file: String

        @Option(help: "The workspace that is billed.")
        var workspace: String

        @Option(help: "The provider, as events name it.")
        var provider: String

        @Option(help: "The month in UTC, like 2026-11.")
        var month: InvoiceMonth

        @Option(help: "What the bill's lines are about: model, team, project, user or source_app.")
        var by = InvoiceDimension.model

        @Option(help: "USD that a line, and the total, may differ by.")
        var tolerance = "0.01"

        @Flag(help: "Add what differs to the ledger, one adjustment a line.")
        var adjust = false

        @Option(help: "Why, for the record; needed to adjust.")
        var reason: String?

        @Option(help: "Names the adjustment: a second one with the same key is the first. Needed to adjust.")
        var key: String?

        @Option(help: "What the adjustments refer to (default: the file's name).")
        var reference: String?

        func validate() throws {
            guard let allowed = MoneySum(usd: tolerance), allowed >= .zero else {
                throw ValidationError("--tolerance must be a number of USD like 0.01.")
            }
            guard !adjust || (reason != nil && key != nil) else {
                throw ValidationError("--adjust needs --reason and --key.")
            }
            guard !adjust || month.end <= SystemWallClock().now else {
                throw ValidationError("The month has not ended: what differs now may be on its way.")
            }
        }

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let invoice = try Invoice.read(file, by: by)
            let comparison = try InvoiceComparison(
                invoice,
                ledger: try await client.send(report).read(),
                by: by,
                tolerance: MoneySum(usd: tolerance) ?? .zero
            )
            guard adjust, !comparison.isEqual else {
                return CommandOutput(
                    text: service.json ? Self.json(comparison, job: nil) : comparison.table,
                    exitCode: comparison.isEqual ? .success : ExitCode(2)
                )
            }
            let answer = try await client.send(ServiceRequest(.post, "/v1/adjustments", body: body(for: comparison)))
            let job: JobAnswer = try answer.read()
            let done = "\(comparison.table)\n\nThe ledger was adjusted to say what the invoice says.\n\(job.text)"
            return CommandOutput(text: service.json ? Self.json(comparison, job: answer.text) : done)
        }

        /// The ledger's side.
        var report: ServiceRequest {
            var request = ServiceRequest(.get, "/v1/analytics/breakdown")
            request.add("by", by.rawValue)
            request.add("limit", "1000")
            request.add("workspace", workspace)
            request.add("provider", provider)
            request.add("from", month.start.rfc3339)
            request.add("to", month.end.rfc3339)
            return request
        }

        /// The body that adds what differs.
        func body(for comparison: InvoiceComparison) -> [UInt8] {
            requestBody { writer in
                writer.member("workspace", workspace)
                writer.given("reason", reason)
                writer.given("key", key)
                writer.key("items")
                writer.beginArray()
                for row in comparison.adjustments {
                    writer.beginObject()
                    writer.member("occurred_at", month.adjustmentTime.rfc3339)
                    writer.member("amount_usd", row.difference.usd)
                    writer.member("provider", provider)
                    if let key = row.key, !key.isEmpty { writer.member(by.rawValue, key) }
                    writer.member("reference", reference ?? fileName)
                    writer.endObject()
                }
                writer.endArray()
            }
        }

        private var fileName: String {
            file.split(separator: "/").last.map(String.init) ?? file
        }

        private static func json(_ comparison: InvoiceComparison, job: String?) -> String {
            let bytes = requestBody { writer in
                comparison.write(to: &writer)
                if let job {
                    writer.key("job")
                    writer.raw(job)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
