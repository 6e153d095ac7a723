import Domain
import LocalServers
import Logging
import Postgres
import Redis
import ServiceRuntime
import Streams
import TestSupport
import Testing

@testable import OliverCommands

/// Each fault is caused, on real servers, and must be found by its name.
@Suite(.timeLimit(.minutes(2)))
struct `oliver doctor` {
    private struct Shifted: WallClock {
        var seconds: Int64
        var now: Timestamp { SystemWallClock().now.adding(.seconds(seconds)) }
    }

    /// An installation on servers of its own, with streams and tables unless they shall be missing.
    private func withInstallation(
        prepared: Bool = true,
        _ body: (Installation, LocalRedis) async throws -> Void
    ) async throws {
        try await withPrivateRedis(durability: .always) { server, redisURL in
            try await withPostgres { postgresURL in
                let installation = try Installation(redisURL: redisURL, postgresURL: postgresURL)
                if prepared {
                    try await installation.streams.prepare()
                    try await PostgresMigrator(
                        Installation.migrations,
                        configuration: installation.postgresConfiguration,
                        logger: .quiet
                    ).apply()
                }
                try await body(installation, server)
                await installation.redis.close()
                installation.postgres.close()
            }
        }
    }

    private func faults(_ doctor: Doctor) async -> Set<String> {
        let findings = await doctor.examine().findings
        #expect(findings.allSatisfy { $0.severity == .ok || !$0.advice.isEmpty })
        return Set(findings.filter { $0.severity != .ok }.map(\.check))
    }

    @Test func `finds a Redis that would lose events, and one that is away`() async throws {
        try await withInstallation { installation, server in
            let doctor = Doctor(installation: installation)
            // Nobody runs here, and no map of prices was ever fetched.
            let usual: Set<String> = ["no_consumer", "prices_stale"]
            #expect(await faults(doctor) == usual)
            try await installation.redis.send(RedisCommand("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"))
            #expect(await faults(doctor) == usual.union(["redis_evicting"]))
            try await installation.redis.send(RedisCommand("CONFIG", "SET", "maxmemory-policy", "noeviction"))
            try await installation.redis.send(RedisCommand("CONFIG", "SET", "appendonly", "no"))
            #expect(await faults(doctor) == usual.union(["redis_aof_off"]))
            try await installation.redis.send(RedisCommand("CONFIG", "SET", "maxmemory", "1000000"))
            #expect(await faults(doctor).contains("redis_memory"))
            await server.kill9()
            #expect(await faults(doctor) == ["redis_away", "prices_stale"])
        }
    }

    @Test func `finds stages that lag, entries that are stuck, and consumers that died`() async throws {
        try await withInstallation { installation, _ in
            var doctor = Doctor(installation: installation)
            // Added long ago, by its id.
            try await installation.redis.send(RedisCommand("XADD", "usage:raw:{p03}", "1-1", "p", "x"))
            #expect(await faults(doctor) == ["no_consumer", "prices_stale", "lag"])
            try await installation.redis.send(
                RedisCommand("XREADGROUP", "GROUP", "pricing", "dead", "COUNT", "1", "STREAMS", "usage:raw:{p03}", ">")
            )
            #expect(await faults(doctor) == ["no_consumer", "prices_stale", "lag", "pending_stuck"])
            doctor.limits.silence = 0
            #expect(await faults(doctor).contains("dead_consumer"))
            let text = await doctor.examine().text
            #expect(text.contains("dead of pricing of usage:raw holds 1 entries"))
            try await installation.redis.send(RedisCommand("XADD", "dead:{p03}", "*", "stage", "pricing"))
            #expect(await faults(doctor).contains("dead_letters"))
        }
    }

    @Test func `finds partitions and tables that are missing`() async throws {
        try await withInstallation(prepared: false) { installation, _ in
            let doctor = Doctor(installation: installation)
            #expect(await faults(doctor) == ["partitions", "migration_pending"])
            try await installation.redis.send(RedisCommand("SET", "oliver:partitions:{p00}", "8"))
            let finding = await doctor.examine().findings.first { $0.check == "partitions" }
            #expect(finding?.advice.contains("OLIVER_PARTITIONS=8") == true)
        }
    }

    @Test func `finds clocks that differ, old prices, a full disk, and a PostgreSQL that is away`() async throws {
        try await withInstallation { installation, _ in
            var doctor = Doctor(installation: installation)
            doctor.clock = Shifted(seconds: 3_600)
            #expect(await faults(doctor).isSuperset(of: ["redis_clock", "postgres_clock"]))
            doctor.clock = SystemWallClock()
            _ = try await installation.postgres.query(
                """
                INSERT INTO price_syncs (cause, requested_by, instance, url, started_at, finished_at, outcome)
                VALUES ('daily', '', '', '', now() - interval '5 days', now() - interval '5 days', 'applied')
                """
            )
            let stale = await doctor.examine().findings.first { $0.check == "prices_stale" }
            #expect(stale?.detail.contains("5 days") == true)
            doctor.limits.prices = 200
            #expect(await faults(doctor) == ["no_consumer"])
            doctor.folders = ["/tmp"]
            doctor.limits.disk = 0
            #expect(await faults(doctor) == ["no_consumer", "disk_full"])
        }
        try await withRedis { url in
            let nowhere = try Installation(redisURL: url, postgresURL: "postgres://nobody:x@127.0.0.1:1/none")
            #expect(await faults(Doctor(installation: nowhere)).contains("postgres_away"))
            await nowhere.redis.close()
            nowhere.postgres.close()
        }
    }

    @Test func `says that all is well, as text and as JSON`() {
        let well = Diagnosis(findings: [.ok("redis", "version 7")])
        #expect(well.isHealthy)
        #expect(well.text.hasSuffix("All is well."))
        let ill = Diagnosis(findings: [.ok("a", "b"), .fault("disk_full", "99 %", do: "Make room.")])
        #expect(!ill.isHealthy)
        #expect(ill.text.hasPrefix("FAULT   disk_full: 99 %\n          do: Make room."))
        #expect(ill.json.contains(#"{"severity":"fault","check":"disk_full","detail":"99 %","advice":"Make room."}"#))
    }
}
