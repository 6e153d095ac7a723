internal import Directory
package import Domain
internal import Postgres

private let allChannels: SQL = """
    SELECT id, workspace, name, kind, target, events, version, created_at, created_by, updated_at
    FROM alert_channels WHERE removed_at IS NULL ORDER BY created_at, id
    """

private let lockChannel: SQL = """
    SELECT id, workspace, name, kind, target, events, version, created_at, created_by, updated_at
    FROM alert_channels WHERE id = $1 AND removed_at IS NULL FOR UPDATE
    """

private let countChannels: SQL = """
    SELECT count(*) AS count FROM alert_channels WHERE removed_at IS NULL AND workspace IS NOT DISTINCT FROM $1
    """

private let insertChannel: SQL = """
    INSERT INTO alert_channels (id, workspace, name, kind, target, events, version, created_at, created_by, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6::text[], $7, $8::timestamptz, $9, $10::timestamptz)
    """

private let updateChannel: SQL = """
    UPDATE alert_channels SET name = $2, target = $3, events = $4::text[], version = $5, updated_at = $6::timestamptz
    WHERE id = $1
    """

extension PostgresAlertStore {
    package func channels() async throws -> [Channel] {
        try await translating { try await pool.query(allChannels).map { try Channel(row: $0) } }
    }

    package func create(_ channel: Channel, by author: Author) async throws {
        try await translating {
            try await pool.withTransaction { connection in
                // Taking turns keeps the bound.
                _ = try await connection.query("LOCK TABLE alert_channels IN SHARE ROW EXCLUSIVE MODE")
                let rows = try await connection.query(countChannels, [.text(channel.workspace)])
                let count: Int = try rows.first?.value("count") ?? 0
                guard count < ChannelRules.channelsPerWorkspace else { throw AlertError.tooManyChannels }
                _ = try await connection.query(
                    insertChannel,
                    [
                        .text(channel.id), .text(channel.workspace), .text(channel.name), .text(channel.kind.rawValue),
                        .text(channel.target), .textArray(channel.events.map(\.rawValue)), .int(channel.version),
                        .timestamp(channel.createdAt), .text(channel.createdBy), .timestamp(channel.updatedAt),
                    ]
                )
                let entry = channel.entry("channel.create", by: author, from: nil)
                try await Directory.audit([entry], at: channel.createdAt, in: connection)
            }
        }
    }

    package func update(_ channel: Channel, by author: Author) async throws {
        try await translating {
            try await pool.withTransaction { connection in
                guard let row = try await connection.query(lockChannel, [.text(channel.id)]).first else {
                    throw AlertError.noChannel(channel.id)
                }
                let old = try Channel(row: row)
                guard old.version == channel.version - 1 else { throw AlertError.outdated(channel.id) }
                _ = try await connection.query(
                    updateChannel,
                    [
                        .text(channel.id), .text(channel.name), .text(channel.target),
                        .textArray(channel.events.map(\.rawValue)), .int(channel.version),
                        .timestamp(channel.updatedAt),
                    ]
                )
                let entry = channel.entry("channel.update", by: author, from: old)
                try await Directory.audit([entry], at: channel.updatedAt, in: connection)
            }
        }
    }

    package func removeChannel(_ id: String, by author: Author, at time: Timestamp) async throws {
        try await translating {
            try await pool.withTransaction(attempts: 3) { connection in
                guard let row = try await connection.query(lockChannel, [.text(id)]).first else {
                    throw AlertError.noChannel(id)
                }
                let channel = try Channel(row: row)
                let removed = try await connection.query(
                    "UPDATE alert_channels SET removed_at = $2::timestamptz WHERE id = $1 AND removed_at IS NULL",
                    [.text(id), .timestamp(time)]
                )
                guard removed.affectedRowCount == 1 else { throw AlertError.noChannel(id) }
                // The destination's row first, as everybody does who changes what is to be told there.
                _ = try await connection.query(
                    "UPDATE alert_targets SET due_at = NULL WHERE address = $1 AND kind <> 'email'",
                    [.text(id)]
                )
                let detail = PostgresValue.text("the channel was removed")
                _ = try await connection.query(abandonMessages, [.text(id), .timestamp(time), detail])
                let rows = try await connection.query(abandonDeliveries, [.text(id)])
                try await derive(Set(try rows.map { try $0.value("alert", as: Int64.self) }), on: connection)
                try await Directory.audit([channel.removal(by: author)], at: time, in: connection)
            }
        }
    }

    package func installationKey(orElse made: [UInt8]) async throws -> [UInt8] {
        try await translating {
            _ = try await pool.query(
                "INSERT INTO alert_installation (key) VALUES ($1) ON CONFLICT DO NOTHING",
                [.bytes(made)]
            )
            guard let row = try await pool.query("SELECT key FROM alert_installation").first else {
                throw AlertError(.unavailable, "The installation has no key.")
            }
            return try row.value("key")
        }
    }
}
