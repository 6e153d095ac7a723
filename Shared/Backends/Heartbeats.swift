package import Domain
internal import FoundationEssentials
package import Redis
internal import ServiceRuntime

/// What a running replica of a service says of itself every ten seconds.
package struct Heartbeat: Sendable, Hashable, Codable {
    package var service: String
    package var instance: String
    package var version: String
    /// Microseconds since 1970.
    package var startedAt: Int64
    /// Microseconds since 1970.
    package var beatAt: Int64
    /// What the service alone knows, for example `drift_microdollars`.
    package var facts: [String: String]
}

/// The heartbeats of all services, in a hash in Redis.
package struct Heartbeats: Sendable {
    private static let key = "services:{p00}"
    /// A replica that has not been heard of for so long does not run.
    private static let silence = Duration.seconds(35)

    private let redis: RedisPool

    package init(redis: RedisPool) {
        self.redis = redis
    }

    /// Tells that a replica lives.
    package func beat(_ heartbeat: Heartbeat) async throws {
        let text = String(decoding: try JSONEncoder().encode(heartbeat), as: UTF8.self)
        try await redis.send(RedisCommand("HSET", Self.key, "\(heartbeat.service)/\(heartbeat.instance)", text))
    }

    /// The replicas that live, by service and instance; those that have gone are forgotten.
    package func living(at now: Timestamp) async throws -> [Heartbeat] {
        let fields = try await redis.send(RedisCommand("HGETALL", Self.key)).fields
        let oldest = now.adding(.zero - Self.silence).microseconds
        var living: [Heartbeat] = []
        var gone: [String] = []
        for (name, reply) in fields {
            let text = reply.text ?? ""
            if let beat = try? JSONDecoder().decode(Heartbeat.self, from: Data(text.utf8)), beat.beatAt >= oldest {
                living.append(beat)
            } else {
                gone.append(name)
            }
        }
        if !gone.isEmpty {
            var command = RedisCommand("HDEL", Self.key)
            for name in gone { command.append(name) }
            try await redis.send(command)
        }
        return living.sorted { ($0.service, $0.instance) < ($1.service, $1.instance) }
    }
}
