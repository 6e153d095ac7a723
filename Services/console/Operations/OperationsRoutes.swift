package import Access
package import Backends
internal import Domain
package import Hummingbird
package import Postgres
package import ServiceRuntime
package import Streams

/// `GET /v1/operations`: how far every stage is behind and was in the last hour, who runs, and what ran last.
package struct OperationsRoutes: Sendable {
    private let authenticator: Authenticator
    private let streams: any StreamOperator
    private let watch: LagWatch
    private let heartbeats: Heartbeats
    private let postgres: PostgresPool
    private let clock: any WallClock

    package init(
        authenticator: Authenticator,
        streams: any StreamOperator,
        watch: LagWatch,
        heartbeats: Heartbeats,
        postgres: PostgresPool,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.streams = streams
        self.watch = watch
        self.heartbeats = heartbeats
        self.postgres = postgres
        self.clock = clock
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/operations") { request, _ in try await operations(request) }
    }

    private func operations(_ request: Request) async throws -> Response {
        _ = try await authenticator.operating(request)
        let byPartition = request.query("partitions") == "true"
        let now = clock.now
        let lags: [StreamLag]
        let deadLetters: Int
        let living: [Heartbeat]
        do {
            lags = try await streams.lag()
            deadLetters = try await streams.deadLetterCount()
            living = try await heartbeats.living(at: now)
        } catch {
            throw Problem.unavailable("The queue cannot be reached.", retryAfter: .seconds(1))
        }
        let jobs = try await JobRuns.last(in: postgres)
        var writer = JSONWriter(reserving: 16_384)
        writer.beginObject()
        writer.member("at", now.rfc3339)
        writer.key("stages")
        writer.array(StageLag.summing(lags)) { $0.write($1) }
        if byPartition {
            writer.key("partitions")
            writer.array(StageLag.summing(lags, byPartition: true)) { $0.write($1) }
        }
        writer.member("dead_letters", deadLetters)
        writer.member("drift_microdollars", living.drift)
        writer.key("services")
        writer.array(living) { $0.write($1) }
        writer.key("jobs")
        writer.array(jobs) { $0.write($1) }
        writer.key("history")
        writer.write(watch.history)
        writer.endObject()
        return .json(writer)
    }
}

extension Authenticator {
    /// The caller of a request about the whole installation, who may operate all of it.
    func operating(_ request: Request) async throws -> Caller {
        let caller = try await caller(of: request, needing: .operate)
        try caller.requireEverywhere()
        return caller
    }
}

extension [Heartbeat] {
    /// What counters differ from the ledger by, as budget's replicas found it last.
    fileprivate var drift: Int {
        compactMap { $0.facts["drift_microdollars"].flatMap { Int($0) } }.max() ?? 0
    }
}

extension JSONWriter {
    mutating func array<Item>(_ items: some Sequence<Item>, _ write: (inout JSONWriter, Item) -> Void) {
        beginArray()
        for item in items { write(&self, item) }
        endArray()
    }

    fileprivate mutating func write(_ beat: Heartbeat) {
        beginObject()
        member("service", beat.service)
        member("instance", beat.instance)
        member("version", beat.version)
        member("started_at", Timestamp(microseconds: beat.startedAt).rfc3339)
        endObject()
    }

    /// Writes samples as columns: `{"times":[…],"dead_letters":[…],"stages":[{"stream":…,"entries_behind":[…]}]}`.
    fileprivate mutating func write(_ history: [LagSample]) {
        beginObject()
        key("times")
        array(history) { $0.string(Timestamp(microseconds: $1.at * 1_000).rfc3339) }
        key("dead_letters")
        array(history) { $0.int($1.deadLetters) }
        key("stages")
        let stages = StreamKind.allCases.flatMap { stream in stream.groups.map { (stream, $0) } }
        array(stages) { writer, stage in
            let column = history.map { sample in
                sample.stages.first { $0.stream == stage.0 && $0.group == stage.1 }
            }
            writer.beginObject()
            writer.member("stream", stage.0.rawValue)
            writer.member("group", stage.1.rawValue)
            writer.key("entries_behind")
            writer.array(column) { $0.int($1?.behind ?? 0) }
            writer.key("seconds_behind")
            writer.array(column) { $0.seconds($1?.behindMilliseconds ?? 0) }
            writer.endObject()
        }
        endObject()
    }
}
