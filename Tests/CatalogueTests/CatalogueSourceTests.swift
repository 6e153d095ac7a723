import Domain
import Glibc
import InMemoryLogging
import Logging
import PriceBook
import PriceDesk
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

/// A catalogue that is edited while the service runs.
@Suite(.timeLimit(.minutes(1))) struct CatalogueSourceTests {
    @Test func `an edit is taken over once it rests, without a restart`() async throws {
        try await watching { watch, path in
            #expect(watch.rate == "1")
            try write(text("2"), to: path)
            await watch.look()
            #expect(watch.rate == "1")
            await watch.look()
            #expect(watch.rate == "2")
            #expect(watch.revisions == [2])
            await watch.look(5)
            #expect(watch.revisions == [2])
            #expect(watch.shows("oliver_catalogue_reads_total{result=\"loaded\",service=\"pricing\"} 2"))
        }
    }

    @Test func `a file renamed over the old one is taken over, of the same size too`() async throws {
        try await watching { watch, path in
            for rate in ["3", "4", "5"] {
                try replace(path, with: text(rate))
                await watch.look(2)
                #expect(watch.rate == rate)
            }
            #expect(watch.revisions == [2, 3, 4])
        }
    }

    @Test func `a broken edit is told once and changes nothing, until it is put right`() async throws {
        try await watching { watch, path in
            try replace(path, with: text("cheap"))
            await watch.look(10)
            #expect(watch.rate == "1")
            #expect(watch.revisions.isEmpty)
            #expect(watch.shows("oliver_catalogue_broken{service=\"pricing\"} 1"))
            #expect(watch.shows("oliver_catalogue_reads_total{result=\"refused\",service=\"pricing\"} 1"))
            let told = watch.log.entries.filter { $0.level == .error }
            #expect(told.count == 1)
            let problems = told.first.flatMap { $0.metadata["problems"] }
            #expect(problems == ["\(path):3: models[0].rates.characters: is no decimal number"])

            try replace(path, with: text("2"))
            await watch.look(2)
            #expect(watch.rate == "2")
            #expect(watch.shows("oliver_catalogue_broken{service=\"pricing\"} 0"))
        }
    }

    @Test func `a file that vanishes leaves its prices, and is read when it is back`() async throws {
        try await watching { watch, path in
            #expect(unlink(path) == 0)
            await watch.look(5)
            #expect(watch.rate == "1")
            #expect(watch.log.entries.filter { $0.level == .error }.count == 1)
            try replace(path, with: text("2"))
            await watch.look(2)
            #expect(watch.rate == "2")
        }
    }

    @Test func `a file that is still being written is not read`() async throws {
        try await watching { watch, path in
            // Each part but the last would be read as a catalogue with fewer prices, or as none.
            let whole = text("2") + "  - {provider: p, model: n, \(Sample.rest), rates: {characters: 7}}\n"
            for length in stride(from: 20, to: whole.utf8.count, by: 20) {
                try write(String(decoding: whole.utf8.prefix(length), as: UTF8.self), to: path)
                await watch.look()
                #expect(watch.rate == "1")
            }
            try write(whole, to: path)
            await watch.look(2)
            #expect(watch.source.current.prices.count == 2)
            #expect(watch.log.entries.filter { $0.level == .error }.isEmpty)
        }
    }

    @Test func `a link that is turned to another file is followed`() async throws {
        try await watching(linked: true) { watch, path in
            try write(text("2"), to: path + ".second")
            #expect(symlink(path + ".second", path + ".link") == 0)
            #expect(rename(path + ".link", path) == 0)
            await watch.look(2)
            #expect(watch.rate == "2")
        }
    }

    @Test func `an edit that drops a chosen plan is refused`() async throws {
        let plans = "plans: {p: {default: a, known: [a, b]}}\n"
        try await watching(plans + text("1"), plans: ["p": "b"]) { watch, path in
            try replace(path, with: "plans: {p: {default: a, known: [a]}}\n" + text("2"))
            await watch.look(2)
            #expect(watch.rate == "1")
            #expect(watch.log.entries.contains { $0.metadata["problems"]?.description.contains("no plan b") == true })
        }
    }

    @Test(arguments: ["no/such/file.yaml", "/dev/zero", "/"])
    func `what is no file is refused at start`(_ path: String) throws {
        let error = #expect(throws: CatalogueError.self) {
            try CatalogueSource(.init(path: path), metrics: PrometheusRegistry().factory(service: "s"), logger: .quiet)
        }
        #expect(error?.description.hasPrefix("\(path): ") == true)
    }

    @Test func `the shipped catalogue needs no file`() throws {
        let source = try CatalogueSource(
            .init(),
            metrics: PrometheusRegistry().factory(service: "s"),
            logger: .quiet
        )
        #expect(source.current.revision == 1)
        let versions = source.current.versions(recordedAt: noon)
        #expect(versions.count == source.current.prices.count)
        #expect(versions.allSatisfy { $0.source == .catalogue && $0.workspace == nil })
    }

    // MARK: Files

    private func text(_ rate: String) -> String {
        Sample.text(Sample.price("rates: {characters: \(rate)}"))
    }

    /// Writes into the file itself, as an editor may.
    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        #expect(fputs(text, file) >= 0)
        #expect(fclose(file) == 0)
    }

    /// Writes another file and renames it over the old one.
    private func replace(_ path: String, with text: String) throws {
        try write(text, to: path + ".new")
        #expect(rename(path + ".new", path) == 0)
    }

    /// Runs a source over a file beside a body.
    private func watching(
        _ content: String? = nil,
        plans: [String: String] = [:],
        linked: Bool = false,
        _ body: (Watch, String) async throws -> Void
    ) async throws {
        try await withScratchFolder { folder in
            let path = folder + "/catalogue.yaml"
            try write(content ?? text("1"), to: linked ? path + ".first" : path)
            if linked { #expect(symlink(path + ".first", path) == 0) }
            let watch = try Watch(path: path, plans: plans)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.source.run() }
                await watch.clock.waitForSleepers()
                try await body(watch, path)
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}

/// A source whose clock the test moves.
private final class Watch: Sendable {
    let source: CatalogueSource
    let clock = ManualClock()
    let log = InMemoryLogHandler()
    private let registry = PrometheusRegistry()
    private let seen: Seen

    private final class Seen: Sendable {
        let revisions = Mutex<[Int]>([])
    }

    init(path: String, plans: [String: String]) throws {
        let (log, seen) = (log, Seen())
        self.seen = seen
        source = try CatalogueSource(
            .init(path: path, plans: plans),
            metrics: registry.factory(service: "pricing"),
            logger: Logger(label: "test") { _ in log },
            clock: clock,
            onChange: { current in seen.revisions.withLock { $0.append(current.revision) } }
        )
    }

    var rate: String? { source.current.prices.first?.flatRates.first?.rate.text }
    var revisions: [Int] { seen.revisions.withLock { $0 } }

    /// Lets the source look so many times.
    func look(_ times: Int = 1) async {
        for _ in 0..<times {
            clock.advance(by: .seconds(1))
            await clock.waitForSleepers()
        }
    }

    /// Whether the metrics have that line.
    func shows(_ line: String) -> Bool {
        String(decoding: registry.render(), as: UTF8.self).split(separator: "\n").contains { $0 == line }
    }
}
