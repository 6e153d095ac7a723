internal import Domain
internal import LocalServers
internal import ServiceRuntime

/// Sends a file's events, batch by batch, and keeps account.
struct ImportRun {
    let client: ServiceClient
    let path: String
    let fingerprint: String

    /// Times that a batch is sent before the import stops.
    private static let attempts = 8

    private var progressPath: String { "\(path).oliver-import" }
    private var reportPath: String { "\(path).rejected.jsonl" }

    /// Records the events, from where a start before ended.
    func record(_ feed: ImportFeed) async throws -> ImportSummary {
        var feed = feed
        var progress =
            ImportProgress.load(progressPath, fingerprint: fingerprint) ?? ImportProgress(fingerprint: fingerprint)
        let resumed = progress.records
        try feed.skip(resumed)
        var report = try ImportReport(reportPath, size: progress.reportSize)
        while true {
            let items = try feed.next(ImportCommand.batchLimit)
            if items.isEmpty { break }
            for batch in items.chunks(ImportCommand.batchLimit) {
                let answers = try await send(Array(batch), "/v1/record", list: "events")
                for (item, answer) in zip(batch, answers) {
                    switch answer["status"]?.text {
                    case "accepted": progress.accepted += 1
                    case "duplicate": progress.duplicates += 1
                    default:
                        progress.rejected += 1
                        report.add(item, answer["problem"])
                    }
                }
            }
            progress.records = feed.read
            progress.reportSize = try report.flush()
            try progress.save(to: progressPath)
            showProgress("\(progress.records) records, \(progress.accepted) accepted, \(progress.rejected) rejected")
        }
        endProgress()
        return ImportSummary(progress: progress, resumedAt: resumed, report: progress.rejected > 0 ? reportPath : nil)
    }

    /// Prices the events, and records nothing.
    func check(_ feed: ImportFeed) async throws -> ImportSummary {
        var feed = feed
        var progress = ImportProgress(fingerprint: fingerprint)
        var prices = ImportSummary.Prices()
        var report = try ImportReport(reportPath, size: 0)
        while true {
            let items = try feed.next(ImportCommand.batchLimit)
            if items.isEmpty { break }
            for batch in items.chunks(ImportCommand.batchLimit) {
                let answers = try await send(Array(batch), "/v1/estimate", list: "items")
                for (item, answer) in zip(batch, answers) {
                    guard answer["problem"] == nil, let status = answer["status"]?.text, status != "rejected" else {
                        progress.rejected += 1
                        report.add(item, answer["problem"])
                        continue
                    }
                    progress.accepted += 1
                    prices.add(status: status, cost: answer["cost_usd"]?.text)
                }
            }
            progress.records = feed.read
            showProgress("\(progress.records) records")
        }
        progress.reportSize = try report.flush()
        endProgress()
        return ImportSummary(
            progress: progress,
            resumedAt: 0,
            report: progress.rejected > 0 ? reportPath : nil,
            prices: prices
        )
    }

    /// An answer for each item: the installation's, or that of a record that is no event.
    private func send(_ items: [ImportItem], _ route: String, list: String) async throws -> [JSONValue] {
        var answers = items.map { item -> JSONValue? in
            guard case .failure(let error) = item.event else { return nil }
            return ["status": "rejected", "problem": ["detail": .string(error.description)]]
        }
        for attempt in 1... {
            let open = items.indices.filter { answers[$0] == nil }
            guard !open.isEmpty else { break }
            let given = try await post(open.compactMap { try? items[$0].event.get() }, route, list, attempt)
            for (index, answer) in zip(open, given ?? []) where !Self.isRefused(answer) { answers[index] = answer }
        }
        return answers.map { $0 ?? .null }
    }

    /// Sends events once; nil when the same may succeed in a moment, which it then waits for.
    private func post(_ events: [JSONValue], _ route: String, _ list: String, _ attempt: Int) async throws
        -> [JSONValue]?
    {
        var request = ServiceRequest(.post, route, body: JSONValue.object([.init(list, .array(events))]).bytes)
        request.headers = [("Oliver-Import", "true")]
        do {
            let answer = try JSONValue(parsing: try await client.send(request).bytes)
            let items = answer["items"]?.list ?? []
            guard items.count == events.count else { throw ImportError("The answer has not an item for each event.") }
            guard items.contains(where: Self.isRefused) else { return items }
            guard attempt < Self.attempts else { throw ImportError("The queue is full. Run the same command later.") }
            try await pause(attempt)
            return items
        } catch let error as ServiceError where error.isRetriable && attempt < Self.attempts {
            try await pause(attempt)
            return nil
        }
    }

    private func pause(_ attempt: Int) async throws {
        try await Task.sleep(for: .milliseconds(250 << attempt))
    }

    /// Whether the queue had no room for an item.
    private static func isRefused(_ answer: JSONValue) -> Bool {
        answer["problem"]?["status"]?.numberText == "503"
    }
}

extension Array {
    fileprivate func chunks(_ size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
